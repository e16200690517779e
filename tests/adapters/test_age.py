"""Our age files are read by another implementation, and its by ours; badly made ones by neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyrage  # type: ignore[import-untyped] # a compiled module without stubs
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.age_files import (
    BAD,
    CHUNK,
    FOREIGN,
    GOOD,
    GREASE,
    IDENTITY,
    IDENTITY_TEXT,
    LOOSE,
    RECIPIENT_TEXT,
    SECRET,
)
from tests.adapters.memory import MemorySource
from weighbridge.adapters.blobs import age_header, bech32
from weighbridge.adapters.blobs.age import AgeSealing, AgeSource
from weighbridge.adapters.blobs.age_keys import read_identities, read_recipients
from weighbridge.adapters.blobs.bech32 import read_bech32, write_bech32
from weighbridge.adapters.blobs.store import DamagedError
from weighbridge.model.errors import KeyFileError, SettingsError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

OTHER = pyrage.x25519.Identity.from_str(IDENTITY_TEXT)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]
FIRST = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
"""The recipient the specification shows, of the identity it shows."""
FIRST_SECRET = "AGE-SECRET-KEY-1" + "GFPYYSJZ" * 6 + "GFPQ4EGAEX"


def data_of(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


def seal(data: bytes, step: int = 50_000) -> bytes:
    sealing = AgeSealing([IDENTITY.public_key()])
    parts = [sealing.update(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join([*parts, sealing.finish()])


def read_all(data: bytes, *, step: int = 30_000) -> bytes:
    with AgeSource(MemorySource(data), [IDENTITY]) as source:
        found = b"".join(iter(lambda: source.read(step), b""))
        assert len(found) == source.size
        assert not source.changed()
        assert source.identity() == ""
        return found


@pytest.mark.parametrize("size", SIZES)
def test_each_reads_what_the_other_wrote(size: int) -> None:
    data = data_of(size)
    assert pyrage.decrypt(seal(data), [OTHER]) == data
    theirs = pyrage.encrypt(
        data, [OTHER.to_public(), pyrage.x25519.Identity.generate().to_public()]
    )
    assert read_all(theirs) == data


@pytest.mark.parametrize("name", GOOD)
def test_well_made_files_are_read(name: str) -> None:
    assert read_all(GOOD[name]) == pyrage.decrypt(GOOD[name], [OTHER])


@pytest.mark.parametrize("name", BAD)
def test_badly_made_files_are_refused(name: str) -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(BAD[name], [OTHER])
    with pytest.raises((DamagedError, UnavailableError)):
        read_all(BAD[name])


@pytest.mark.parametrize("name", LOOSE)
def test_the_grammar_is_kept_where_others_are_loose(name: str) -> None:
    assert pyrage.decrypt(LOOSE[name], [OTHER]) == b"payload"
    with pytest.raises(DamagedError, match="a line that is none"):
        read_all(LOOSE[name])


@pytest.mark.parametrize("name", FOREIGN)
def test_files_for_others_are_not_read_and_not_called_damaged(name: str) -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(FOREIGN[name], [OTHER])
    with pytest.raises(UnavailableError, match="no identity"):
        read_all(FOREIGN[name])


def test_no_identity_opens_nothing() -> None:
    with pytest.raises(UnavailableError):
        AgeSource(MemorySource(GOOD["one chunk"]), [])


def test_any_of_several_identities_will_do() -> None:
    others = [X25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2)]
    source = AgeSource(MemorySource(GOOD["two chunks"]), [*others, IDENTITY])
    assert source.size == CHUNK + 1


@pytest.mark.parametrize("size", [0, 1, CHUNK, 3 * CHUNK + 5])
@given(places=st.lists(st.tuples(st.integers(0, 4 * CHUNK), st.integers(0, 2 * CHUNK)), max_size=4))
def test_any_stretch_can_be_read(size: int, places: list[tuple[int, int]]) -> None:
    data = data_of(size)
    source = AgeSource(MemorySource(SEALED[size]), [IDENTITY])
    for offset, length in places:
        assert source.read_at(offset, length) == data[offset : offset + length]
    assert source.read(3) == data[:3]
    assert source.read_at(1, 1) == data[1:2]
    assert source.read(CHUNK) + source.read(CHUNK) == data[3 : 3 + 2 * CHUNK]


SEALED = {size: seal(data_of(size)) for size in SIZES}


def test_a_file_cut_short_anywhere_is_refused() -> None:
    whole = SEALED[CHUNK + 1]
    for end in (*range(0, 400, 7), CHUNK // 2, *range(len(whole) - 40, len(whole))):
        with pytest.raises(DamagedError):
            read_all(whole[:end])


def test_a_bit_flipped_anywhere_is_noticed() -> None:
    whole = SEALED[1]
    for at in range(len(whole)):
        spoilt = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
        with pytest.raises((DamagedError, UnavailableError)):
            read_all(spoilt)


def test_a_chunk_spoilt_in_the_middle_is_noticed_when_it_is_read() -> None:
    whole = bytearray(SEALED[3 * CHUNK])
    whole[-CHUNK - 100] ^= 1
    source = AgeSource(MemorySource(bytes(whole)), [IDENTITY])
    assert source.read_at(0, 10) == data_of(10)
    with pytest.raises(DamagedError, match="chunk 1 "):
        source.read_at(CHUNK, 10)


def test_a_file_that_becomes_shorter_while_it_is_read() -> None:
    inner = MemorySource(SEALED[3 * CHUNK])
    source = AgeSource(inner, [IDENTITY])
    inner.data = inner.data[: CHUNK + 100]
    assert source.changed()
    with pytest.raises(DamagedError, match="shorter"):
        source.read_at(CHUNK, 10)


def test_a_header_without_end_is_not_read_for_ever() -> None:
    endless = GOOD["one chunk"][:22] + GREASE * (age_header.LARGEST // len(GREASE) + 1)
    with pytest.raises(DamagedError, match="no end"):
        read_all(endless)


def test_no_two_files_share_a_key() -> None:
    assert seal(b"same")[200:] != seal(b"same")[200:]


def test_the_keys_the_specification_shows() -> None:
    prefix, secret = read_bech32(FIRST_SECRET)
    assert prefix == "age-secret-key-"
    public = X25519PrivateKey.from_private_bytes(secret).public_key()
    assert [key.public_bytes_raw() for key in read_recipients([FIRST])] == [
        public.public_bytes_raw()
    ]
    assert write_bech32("age", public.public_bytes_raw()) == FIRST
    assert str(OTHER.to_public()) == RECIPIENT_TEXT


@given(st.binary(max_size=80))
def test_what_is_written_as_bech32_is_read(data: bytes) -> None:
    text = write_bech32("age", data)
    assert read_bech32(text) == read_bech32(text.upper()) == ("age", data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "age1",
        FIRST[:-1],
        FIRST[:-1] + "q",
        FIRST.replace("v", "b", 1),
        FIRST.upper(),
        FIRST[:-1] + FIRST[-1].upper(),
        " " + FIRST,
        "é" + FIRST,
        FIRST_SECRET,
        write_bech32("age", SECRET[1:]),
        write_bech32("age", bytes(32)),
        write_bech32("ages", SECRET),
        "age1pq" + FIRST[4:],
    ],
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="no recipient") as caught:
        read_recipients([text])
    assert FIRST_SECRET not in caught.value.faults[0].seen


def test_bits_that_mean_nothing_are_refused() -> None:
    for values in ([1, 1], [0, 0, 0]):  # a bit behind the byte, and five of them
        check = bech32._polymod([*bech32._expanded("age"), *values, *[0] * 6]) ^ 1
        values += [check >> 5 * (5 - at) & 31 for at in range(6)]
        text = "age1" + "".join(bech32._CHARACTERS[value] for value in values)
        with pytest.raises(ValueError, match="bits that mean nothing"):
            read_bech32(text)


def identity_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "identity"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_identities_are_read_as_age_keygen_writes_them(tmp_path: Path) -> None:
    text = f"# created: today\n# public key: {FIRST}\n{FIRST_SECRET}\n\n{IDENTITY_TEXT}\n"
    found = read_identities(identity_file(tmp_path, text))
    assert [one.private_bytes_raw() for one in found] == [read_bech32(FIRST_SECRET)[1], SECRET]


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", FIRST, FIRST_SECRET.lower(), FIRST_SECRET[:-1], "\udcff"]
)
def test_what_holds_no_identity_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    path = identity_file(tmp_path, "")
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(KeyFileError, match="no identity of age in line 1") as caught:
        read_identities(path)
    fault = caught.value.faults[0]
    assert FIRST_SECRET[16:-1].lower() not in f"{fault}".lower()


def test_identities_others_may_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="may be read by others"):
        read_identities(identity_file(tmp_path, IDENTITY_TEXT, 0o644))
    with pytest.raises(KeyFileError, match="cannot be read: no such file"):
        read_identities(tmp_path / "nowhere")
