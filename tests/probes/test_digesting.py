from __future__ import annotations

import hashlib
import random

import pytest
from blake3 import blake3
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.probes.reading import digesting
from weighbridge.probes.reading.digesting import LANES, digest_all, digest_texts, lane_gain

TEXTS = st.lists(st.binary(max_size=300), min_size=1, max_size=LANES)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def chunked(data: bytes, seed: int) -> list[bytes]:
    source = random.Random(seed)  # noqa: S311 - the same chunks for the same seed
    chunks = []
    while data:
        size = source.randint(1, 100)
        chunks.append(data[:size])
        data = data[size:]
    return chunks


@pytest.fixture(params=[0.0, 1_000.0], ids=["one by one", "side by side"])
def gain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    found: float = request.param
    monkeypatch.setattr(digesting, "lane_gain", lambda: found)
    monkeypatch.setattr(digesting, "_FEWEST", 0)
    return found


@pytest.mark.parametrize("number", range(1, LANES + 1))
def test_both_ways_give_the_digests_of_the_library(gain: float, number: int) -> None:
    source = random.Random(number)  # noqa: S311 - the same texts in every run
    texts = [source.randbytes(source.choice([0, 1, 63, 64, 65, 5_000])) for _ in range(number)]
    wanted = [sha256(text) for text in texts]
    sizes = [len(text) for text in texts]
    streams = [iter(chunked(text, number)) for text in texts]
    assert digest_all(streams, sizes) == wanted, gain
    assert digest_texts(texts) == wanted


@given(TEXTS)
def test_sizes_decide_the_way_and_never_the_result(texts: list[bytes]) -> None:
    for sizes in ([1 << 30] * len(texts), [0] * len(texts)):
        assert digest_all(
            [iter([text]) for text in texts if text], sizes[: sum(map(bool, texts))]
        ) == [sha256(text) for text in texts if text]


def test_the_other_algorithm_has_its_own_name() -> None:
    wanted = [f"blake3:{blake3(text).hexdigest()}" for text in (b"", b"abc")]
    assert digest_texts([b"", b"abc"], algorithm="blake3") == wanted
    assert digest_all([iter([]), iter([b"a", b"bc"])], [0, 3], algorithm="blake3") == wanted


def test_lanes_agree_with_the_library_before_they_are_used() -> None:
    lane_gain.cache_clear()
    assert lane_gain() > 0


class Wrong:
    """Lanes that do not compute what they should."""

    def update(self, texts: list[bytes]) -> None:
        assert len(texts) == LANES

    def digest(self) -> list[bytes]:
        return [bytes(32)] * LANES


def test_lanes_that_compute_something_else_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digesting, "_lanes", Wrong)
    lane_gain.cache_clear()
    assert lane_gain() == 0
    lane_gain.cache_clear()


def test_where_there_are_no_lanes_the_library_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Wrong:
        raise ImportError

    monkeypatch.setattr(digesting, "_lanes", missing)
    lane_gain.cache_clear()
    assert lane_gain() == 0
    assert digest_texts([b"x" * 9_000] * LANES) == [sha256(b"x" * 9_000)] * LANES
    lane_gain.cache_clear()


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([100_000] * 16, True),
        ([100_000], False),
        ([10] * 16, False),
        ([1_000_000, 1_000, 1_000], False),
        ([], False),
    ],
)
def test_files_of_like_size_go_together(
    monkeypatch: pytest.MonkeyPatch, sizes: list[int], *, together: bool
) -> None:
    monkeypatch.setattr(digesting, "lane_gain", lambda: 5.0)
    assert digesting._go_together(sizes) is together
