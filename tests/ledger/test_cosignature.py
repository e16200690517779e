from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger import signing
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.cosignature import (
    LATEST,
    WitnessKey,
    cosign,
    read_lines,
    read_witness_key,
    seconds,
    time_text,
    verify_cosignature,
    with_lines,
    write_lines,
    write_witness_key,
)
from weighbridge.ledger.note import (
    MOST_SIGNATURES,
    Note,
    NoteError,
    NoteSignature,
    read_note,
    read_verifier_key,
    verify_note,
    write_note,
)

# A checkpoint of a public log, cosigned by public witnesses, none of them ours.
PUBLIC = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHb\
dQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3Nyg\
NI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhI\
gcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75\
W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTy\
nk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/\
2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
""".encode()
PUBLIC_LOG = (
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
)
PUBLIC_WITNESSES = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
]

# The example of https://c2sp.org/tlog-cosignature; the keys are not told there.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1\
gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oy\
in1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()

TEXT = signing.CHECKPOINT.text()
AT = 1679315147


def witness_key(seed: int = 9, name: str = "witness.example/w") -> WitnessKey:
    return WitnessKey(
        name=name, public_key=signing.private_key(seed).public_key().public_bytes_raw()
    )


def cosigned(seed: int = 9, at: int = AT, name: str = "witness.example/w") -> NoteSignature:
    return cosign(TEXT, witness_key(seed, name), at=at, sign=signing.private_key(seed).sign)


def checked(line: NoteSignature, seed: int = 9, text: bytes = TEXT) -> int:
    raw = witness_key(seed).public_key
    return verify_cosignature(text, line, raw, verify=signing.verify)


@pytest.mark.parametrize("text", PUBLIC_WITNESSES)
def test_a_cosignature_of_a_public_witness_verifies(text: str) -> None:
    key, note = read_witness_key(text), read_note(PUBLIC)
    assert write_witness_key(key) == text
    (line,) = [line for line in note.signatures if key.made(line)]
    at = verify_cosignature(note.text, line, key.public_key, verify=signing.verify)
    assert time_text(at) == "2026-05-23T21:50:24Z"
    verify_note(note, read_verifier_key(PUBLIC_LOG), verify=signing.verify)
    assert write_note(note) == PUBLIC


def test_the_example_of_c2sp_is_read_and_written_back() -> None:
    note = read_note(EXAMPLE)
    assert read_checkpoint(note.text).size == 20852163
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == AT
    assert write_note(note) == EXAMPLE


def test_a_cosignature_is_over_header_time_and_text() -> None:
    line = cosigned()
    message = b"cosignature/v1\ntime 1679315147\n" + TEXT
    assert line.signature == AT.to_bytes(8, "big") + signing.private_key(9).sign(message)
    assert checked(line) == AT


@given(st.integers(0, LATEST))
def test_a_cosignature_says_its_time(at: int) -> None:
    assert checked(cosigned(at=at)) == at
    assert seconds(time_text(at)) == at


@pytest.mark.parametrize("at", [-1, LATEST + 1, 2**63])
def test_there_is_no_time_beyond_the_calendar(at: int) -> None:
    with pytest.raises(NoteError, match="the time of a cosignature"):
        cosigned(at=at)
    late = dataclasses.replace(cosigned(), signature=b"\xff" * 72)
    with pytest.raises(NoteError, match="the time of a cosignature"):
        checked(late)


def test_every_changed_byte_of_a_line_is_seen() -> None:
    line = write_lines([cosigned()])

    def counts(data: bytes) -> bool:
        try:
            (read,) = read_lines(data, TEXT)
            return checked(read) == AT
        except (NoteError, ValueError):
            return False

    assert counts(line)
    assert [bad for bad in signing.spoiled(line) if bad != line and counts(bad)] == []


def test_a_cosignature_is_of_one_text_and_one_key() -> None:
    line = cosigned()
    with pytest.raises(NoteError, match="not valid"):
        checked(line, text=TEXT.replace(b"7", b"8"))
    with pytest.raises(NoteError, match="not of the key"):
        checked(line, seed=8)
    with pytest.raises(NoteError, match="no cosignature"):
        checked(dataclasses.replace(line, signature=line.signature + b"\0"))


def test_a_log_signature_is_no_cosignature_nor_the_other_way_round() -> None:
    key = witness_key()
    plain = signing.signature(TEXT, 9, key.name)
    assert not key.made(plain)
    with pytest.raises(NoteError, match="not of the key"):
        checked(plain)
    with pytest.raises(NoteError, match="not of type Ed25519"):
        read_verifier_key(write_witness_key(key))
    with pytest.raises(NoteError, match="not of type 0x04"):
        read_witness_key(PUBLIC_LOG)
    with pytest.raises(NoteError, match="another id"):
        read_witness_key(write_witness_key(key).replace("example", "exbmple"))


@pytest.mark.parametrize("raw", [bytes(32), b"\1" + bytes(31), b"\xec" + b"\xff" * 30 + b"\x7f"])
def test_a_key_of_small_order_is_refused(raw: bytes) -> None:
    with pytest.raises(NoteError, match="anyone can sign for it"):
        WitnessKey(name="w", public_key=raw)


def test_a_second_line_of_one_key_replaces_the_first() -> None:
    note = read_note(signing.signed(TEXT))
    once = read_note(with_lines(note, [cosigned(at=1)]))
    twice = read_note(with_lines(once, [cosigned(at=2), cosigned(8)]))
    assert [line.name for line in twice.signatures] == [
        signing.ORIGIN,
        "witness.example/w",
        "witness.example/w",
    ]
    assert checked(twice.signatures[1]) == 2
    with pytest.raises(NoteError, match="of the same key"):
        read_lines(write_lines([cosigned(at=1)]) + write_lines([cosigned(at=2)]), TEXT)


def test_a_note_takes_no_more_lines_than_it_may() -> None:
    note = read_note(signing.signed(TEXT))
    many = [cosigned(name=f"w{number}") for number in range(MOST_SIGNATURES)]
    assert len(read_note(with_lines(note, many[1:])).signatures) == MOST_SIGNATURES
    with pytest.raises(NoteError, match="1 to 64"):
        with_lines(note, many)
    with pytest.raises(NoteError, match="1 to 64"):
        Note(text=TEXT, signatures=())
