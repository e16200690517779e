from __future__ import annotations

import gzip
import random
import sys
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.formats.image.unfolding import PIECE, Gzip, compression, unfolding
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.unpacking import Chained, UnpackError, Zlib
from weighbridge.model.limits import DEFAULT_IMAGE_LIMITS, ImageLimits

if TYPE_CHECKING:
    from weighbridge.formats.image.unfolding import Unfolding

TEXT = b"what is in a layer\n" * 20_000
CHANCE = random.Random(7).randbytes(300_000)  # noqa: S311 - the same in every run
WRITERS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}
both = pytest.mark.parametrize("kind", ["gzip", "zstd"])


def unfold(
    raw: bytes, kind: str, *, step: int = 1 << 16, limits: ImageLimits = DEFAULT_IMAGE_LIMITS
) -> tuple[bytes, Unfolding, str]:
    made = unfolding(kind, limits)
    pieces = []
    for at in range(0, len(raw), step):
        pieces += list(made.push(raw[at : at + step]))
    assert all(len(piece) <= PIECE for piece in pieces)
    fault = made.finish()
    return b"".join(pieces), made, fault


@both
@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_a_stream_unfolds_in_whatever_pieces_it_comes(kind: str, step: int) -> None:
    data = TEXT[:4000] if step == 1 else TEXT + CHANCE

    found, made, fault = unfold(WRITERS[kind](data), kind, step=step)

    assert (found == data, made.behind, fault) == (True, 0, "")


@both
@given(parts=st.lists(st.binary(max_size=2000), min_size=1, max_size=5), step=st.integers(1, 999))
def test_streams_in_a_row_are_one(kind: str, parts: list[bytes], step: int) -> None:
    raw = b"".join(map(WRITERS[kind], parts))

    found, made, fault = unfold(raw, kind, step=step)

    assert (found, made.behind, fault) == (b"".join(parts), 0, "")


@both
@pytest.mark.parametrize("step", [1, 3, 5, 1 << 20])
@pytest.mark.parametrize("behind", [b"\0", b"xy", b"\x1fnothing", bytes(600)])
def test_what_follows_is_counted(kind: str, step: int, behind: bytes) -> None:
    found, made, fault = unfold(WRITERS[kind](b"data") + behind, kind, step=step)

    assert (found, made.behind, fault) == (b"data", len(behind), "")


@both
def test_a_stream_that_was_cut_off_is_told(kind: str) -> None:
    raw = WRITERS[kind](CHANCE)
    for length in (5, len(raw) // 2, len(raw) - 1):
        assert unfold(raw[:length], kind)[2] == "the compressed data end too early"


@both
def test_a_flipped_byte_is_told(kind: str) -> None:
    raw = bytearray(WRITERS[kind](TEXT))
    raw[-3] ^= 1

    with pytest.raises(UnpackError):
        unfold(bytes(raw), kind)


def test_frames_that_are_skipped_hold_nothing() -> None:
    first = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    empty = b"\x5f\x2a\x4d\x18\0\0\0\0"

    found, made, fault = unfold(first + WRITERS["zstd"](TEXT) + empty, "zstd", step=9)

    assert (found == TEXT, made.behind, fault) == (True, 0, "")


@pytest.mark.parametrize("block", [b"\x07\0\0", b"\x05\0\xff"])
def test_a_block_that_is_none_is_told(block: bytes) -> None:
    with pytest.raises(UnpackError, match="block"):
        unfold(b"\x28\xb5\x2f\xfd\x20\x01" + block, "zstd")


def test_a_frame_without_blocks_or_sizes_is_read() -> None:
    stream = zstandard.ZstdCompressor(write_content_size=False).compressobj()
    raw = stream.compress(TEXT) + stream.flush()

    assert unfold(raw + WRITERS["zstd"](b""), "zstd")[0] == TEXT


def test_four_bytes_that_become_many_come_in_bounded_pieces() -> None:
    raw = WRITERS["zstd"](bytes(64 << 20))
    assert len(raw) < 10_000

    assert len(unfold(raw, "zstd")[0]) == 64 << 20


def test_too_many_streams_are_over_a_limit() -> None:
    raw = WRITERS["gzip"](b"x") * 50

    with pytest.raises(BudgetExceededError, match="more than 10 streams"):
        unfold(raw, "gzip", limits=ImageLimits(streams=10))


def test_the_standard_library_unfolds_the_same() -> None:
    made = Gzip(DEFAULT_IMAGE_LIMITS)
    made._chain = Chained(lambda: Zlib(16 + zlib.MAX_WBITS), b"\x1f\x8b")
    raw = WRITERS["gzip"](TEXT) + WRITERS["gzip"](CHANCE) + b"rest"

    assert b"".join(made.push(raw)) == TEXT + CHANCE
    assert (made.behind, made.finish()) == (4, "")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\x51\x2a\x4d\x18", "zstd"),
        (b"usr/", "none"),
        (b"", "none"),
    ],
)
def test_the_first_bytes_tell_the_compression(head: bytes, name: str) -> None:
    assert compression(head) == name


def test_without_the_extra_zstd_is_not_read_and_gzip_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("zstandard", "isal", "weighbridge.formats.image.fast_gzip"):
        monkeypatch.setitem(sys.modules, name, None)

    assert unfold(WRITERS["gzip"](TEXT), "gzip")[0] == TEXT
    with pytest.raises(BudgetExceededError, match=r"weighbridge\[oci\]"):
        unfolding("zstd", DEFAULT_IMAGE_LIMITS)
