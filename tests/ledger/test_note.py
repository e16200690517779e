from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ledger import signing, strategies
from weighbridge.ledger.note import (
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
    decode,
    read_note,
    read_text,
    read_verifier_key,
    verify_note,
    write_note,
    write_verifier_key,
)
from weighbridge.model.base64text import write_base64

# The example of golang.org/x/mod/sumdb/note, the first implementation of signed notes.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
).encode()

PRIME = 2**255 - 19
TEXT = b"first\n\nlast\n"
SIGNED = signing.signed(TEXT)
KEY = signing.verifier_key()
LINE = SIGNED.removeprefix(TEXT + b"\n")


def test_a_note_of_another_implementation_verifies() -> None:
    key, note = read_verifier_key(NEUMANN), read_note(NEUMANN_NOTE)
    verify_note(note, key, verify=signing.verify)
    assert (key.name, len(note.text)) == ("PeterNeumann", 99)
    assert (write_verifier_key(key), write_note(note)) == (NEUMANN, NEUMANN_NOTE)


def test_the_text_ends_at_the_last_empty_line() -> None:
    assert read_note(SIGNED).text == TEXT
    assert read_note(b"\n\n" + LINE).text == b"\n"


@given(strategies.notes)
def test_a_note_written_is_read_back(note: Note) -> None:
    assert read_note(write_note(note)) == note


@given(st.text(st.sampled_from("a \n—+Aw=é\r")).map(str.encode) | st.binary())
@example(SIGNED)
def test_whatever_is_read_is_written_back_to_the_same_bytes(data: bytes) -> None:
    try:
        note = read_note(data)
    except NoteError:
        return
    assert write_note(note) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a signed note"),
        (TEXT, "not of its form"),
        (TEXT[:-1], "not a signed note"),
        (TEXT + LINE, "not of its form"),
        (b"\n" + LINE, "not a signed note"),
        (SIGNED[:-1], "not a signed note"),
        (SIGNED + b"\n", "not a signed note"),
        (SIGNED.replace(b"\n", b"\r\n"), "control"),
        (SIGNED[:-1] + b"\r\n", "control"),
        (b"\0" + SIGNED, "control"),
        (b"a\tb" + SIGNED, "control"),
        (b"\x1f" + SIGNED, "control"),
        (b"\xff" + SIGNED, "UTF-8"),
        (b"\xed\xa0\x80" + SIGNED, "UTF-8"),
        (SIGNED + LINE, "two signatures"),
        (SIGNED + b"\n" + LINE + b"x", "not a signed note"),
        (SIGNED + LINE.replace("—".encode(), b"-"), "not of its form"),
        (SIGNED + LINE.replace(b" ", b"  ", 1), "not of its form"),
        (SIGNED + LINE[:-1] + b" \n", "not of its form"),
        (SIGNED + b" " + LINE, "not of its form"),
        (SIGNED + "— a+b AAAAAAA=\n".encode(), "key name"),
        (SIGNED + "— a\u00a0b AAAAAAA=\n".encode(), "key name"),
        (SIGNED + "— a\u2028b AAAAAAA=\n".encode(), "key name"),
        (SIGNED + "— a AAAAAA==\n".encode(), "too short"),
        (SIGNED + "— a AAA=\n".encode(), "too short"),
        (SIGNED + "— a AAAAAAA\n".encode(), "not base64|must be base64"),
        (SIGNED + "— a AAAAAAB=\n".encode(), "canonical"),
        (SIGNED + "— a AAAAAA-_\n".encode(), "must be base64"),
    ],
)
def test_what_is_not_a_note_byte_for_byte_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_note(data)


def test_a_note_has_at_most_64_signatures() -> None:
    lines = ["— {} AAAAAAA=\n".format("x" * length).encode() for length in range(1, 65)]
    assert len(read_note(SIGNED + b"".join(lines[:63])).signatures) == 64
    with pytest.raises(NoteError, match="64"):
        read_note(SIGNED + b"".join(lines))
    with pytest.raises(NoteError, match="1 to 64"):
        Note(text=TEXT, signatures=())


@pytest.mark.parametrize("text", [b"", b"text", b"a\r\n", b"\xff\n"])
def test_no_note_is_made_of_what_could_not_be_read_back(text: bytes) -> None:
    with pytest.raises(NoteError):
        Note(text=text, signatures=(signing.signature(text),))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\x01b", "a\u3000", "a\ud800"])
def test_no_key_has_a_name_that_is_none(name: str) -> None:
    with pytest.raises(NoteError, match="key name"):
        NoteSignature(name=name, key_id=bytes(4), signature=b"x")
    with pytest.raises(NoteError, match="key name"):
        VerifierKey(name=name, public_key=KEY.public_key)


def test_signatures_of_other_keys_count_for_nothing() -> None:
    witness = signing.signature(TEXT, 2, "witness.example")
    namesake = signing.signature(TEXT, 2)
    note = read_note(signing.signed(TEXT, witness, namesake))
    verify_note(note, KEY, verify=signing.verify)
    verify_note(note, signing.verifier_key(2, "witness.example"), verify=signing.verify)
    with pytest.raises(NoteError, match="not signed by the key of witness"):
        verify_note(note, signing.verifier_key(1, "witness.example"), verify=signing.verify)


def test_a_signature_under_a_stolen_name_and_id_is_refused() -> None:
    other = signing.private_key(2).sign(TEXT)
    line = NoteSignature(name=KEY.name, key_id=KEY.key_id, signature=other)
    with pytest.raises(NoteError, match="not valid"):
        verify_note(Note(text=TEXT, signatures=(line,)), KEY, verify=signing.verify)


def test_every_spoiled_byte_of_a_note_is_refused() -> None:
    for spoiled in signing.spoiled(SIGNED):
        with pytest.raises(NoteError):
            verify_note(read_note(spoiled), KEY, verify=signing.verify)


@given(strategies.names, st.integers(0, 255))
def test_a_key_written_is_read_back(name: str, seed: int) -> None:
    key = signing.verifier_key(seed, name)
    assert read_verifier_key(write_verifier_key(key)) == key


def test_every_spoiled_character_of_a_key_is_refused() -> None:
    for spoiled in signing.spoiled(NEUMANN.encode()):
        with pytest.raises(NoteError):
            read_verifier_key(spoiled.decode("latin-1"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "NAME[+]ID[+]KEY"),
        ("PeterNeumann+c74f20a3", "NAME[+]ID[+]KEY"),
        (NEUMANN + "\n", "NAME[+]ID[+]KEY"),
        (NEUMANN.replace("c74f20a3", "C74F20A3"), "NAME[+]ID[+]KEY"),
        (NEUMANN.replace("c74f20a3", "c74f20a4"), "another id"),
        (NEUMANN.replace("PeterNeumann", "PeterN"), "another id"),
        (NEUMANN.replace("PeterNeumann", "Peter N"), "key name"),
        (NEUMANN.replace("+AR", "+BR"), "type Ed25519"),
        (NEUMANN[:-4], "32 bytes"),
        (NEUMANN + "AAAA", "32 bytes"),
        (NEUMANN[:-1] + "=", "canonical"),
    ],
)
def test_what_is_not_a_key_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_verifier_key(text)


def weak_heights() -> list[int]:
    """Return y of the eight points of small order: x may have either sign."""
    d = -121665 * pow(121666, -1, PRIME) % PRIME
    # Doubling a point of order 8 gives y = 0, hence x² = -y² and, on the curve, 2y² + dy⁴ = 1.
    root = pow(1 + d, (PRIME + 3) // 8, PRIME)
    roots = [root, root * pow(2, (PRIME - 1) // 4, PRIME) % PRIME]
    squares = [(sign * r - 1) * pow(d, -1, PRIME) % PRIME for r in roots for sign in (1, -1)]
    heights = []
    for square in squares:
        y = pow(square, (PRIME + 3) // 8, PRIME)
        heights += [y, y * pow(2, (PRIME - 1) // 4, PRIME) % PRIME]
    found = {y for y in heights if (2 * y**2 + d * y**4) % PRIME == 1}
    return sorted({0, 1, PRIME - 1} | found | {PRIME - y for y in found})


def test_keys_anyone_can_sign_for_are_refused() -> None:
    heights = weak_heights()
    assert len(heights) == 5
    for height in [*heights, *(y + PRIME for y in heights if y + PRIME < 2**255)]:
        for sign in (0, 2**255):
            weak = (height | sign).to_bytes(32, "little")
            with pytest.raises(NoteError, match="anyone can sign for it"):
                VerifierKey(name="log.example", public_key=weak)


def test_such_a_key_would_verify_whatever_one_likes() -> None:
    identity = (1).to_bytes(32, "little")
    assert signing.verify(identity, b"anything", identity + bytes(32))


@given(st.binary())
def test_base64_has_one_spelling(data: bytes) -> None:
    text = write_base64(data)
    assert text == base64.standard_b64encode(data).decode()
    assert decode(text) == data


@pytest.mark.parametrize(
    "text", ["QUE", "QUE==", "QUF=", "QUE=\n", " QUE=", "QU E=", "é", "Q", "="]
)
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    with pytest.raises(NoteError):
        decode(text)


def test_text_may_be_of_any_script() -> None:
    assert read_text("Waage — 秤\n".encode()) == "Waage — 秤\n"
