from __future__ import annotations

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.mentions import mentioned, mentioned_in_stream

ONE = hashlib.sha256(b"1").hexdigest()
TWO = hashlib.sha256(b"2").hexdigest()
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
VALUES = st.recursive(
    st.one_of(st.integers(), st.text(max_size=8), DIGESTS, DIGESTS.map("sha256:{}".format)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=5) | DIGESTS, inner, max_size=4),
    ),
    max_leaves=6,
)


def said(*digests: str) -> set[str]:
    return {f"sha256:{digest}" for digest in digests}


def strings(value: object) -> set[str]:
    """List every text in a value, keys too."""
    if isinstance(value, dict):
        return {*value}.union(*map(strings, value.values()))
    if isinstance(value, list):
        return set[str]().union(*map(strings, value))
    return {value} if isinstance(value, str) else set()


@given(VALUES)
def test_every_digest_in_json_is_found(value: object) -> None:
    wanted = {text.removeprefix("sha256:") for text in strings(value)}
    digests = said(*(text for text in wanted if len(text) == 64 and text.isascii()))
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
        assert digests <= mentioned(text)
        assert digests <= mentioned(
            json.dumps({"payload": base64.b64encode(text).decode()}).encode()
        )


@given(VALUES, st.integers(1, 90))
def test_a_stream_mentions_what_its_whole_does(value: object, step: int) -> None:
    data = json.dumps(value).encode()
    chunks = [data[at : at + step] for at in range(0, len(data), step)]
    plain = {one for one in mentioned(data) if one.removeprefix("sha256:").encode() in data}
    assert plain <= mentioned_in_stream(chunks)
    assert mentioned_in_stream([*chunks, b" "]) <= mentioned(data)


def test_other_spellings_of_a_digest() -> None:
    assert mentioned(ONE.encode()) == said(ONE)
    assert mentioned(f"x: sha256-{ONE.upper()}, {TWO}".encode()) == said(ONE, TWO)
    escaped = "".join(f"\\u00{ord(letter):02x}" for letter in ONE)
    assert said(ONE) <= mentioned(f'"{escaped}"'.encode())
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for text in (encode(bytes.fromhex(ONE)), encode(bytes.fromhex(ONE)).rstrip(b"=")):
            assert mentioned(b'"%s"' % text) == said(ONE)
            assert mentioned(b'"%s"' % text.replace(b"/", b"\\/")) == said(ONE)


def test_base64_within_base64_is_read_as_deep_as_it_makes_sense() -> None:
    text = f'{{"a": "{ONE}"}}'.encode()
    for _ in range(4):
        text = json.dumps({"payload": base64.b64encode(text).decode()}).encode()
    assert said(ONE) <= mentioned(text)
    assert said(ONE).isdisjoint(mentioned(text, deepest=3))


def test_what_is_no_digest_is_none() -> None:
    for text in (ONE[1:], ONE + "0", ONE * 2, "g" + ONE[1:], ""):
        assert said(ONE).isdisjoint(mentioned(text.encode()))
    assert mentioned(b"A" * 45) == set()  # of an impossible length


def test_a_digest_between_two_chunks_is_found() -> None:
    data = f'["{ONE}","{TWO}"]'.encode()
    for at in range(len(data)):
        assert mentioned_in_stream([data[:at], data[at:]]) == said(ONE, TWO)
    assert mentioned_in_stream([]) == set()
