from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

TYPE = "https://example.com/accuracy/v1"
SAID = b'{"accuracy": 0.9100, "loss" : 1e-3,\n "n": 10 }'


def attest(cast: Cast, said: bytes, *words: str, by: str = "bea") -> Ran:
    path = cast.folder.parent / "said.json"
    path.write_bytes(said)
    named = [] if "--type" in words else [f"--type={TYPE}"]
    return cast("attest", RELEASE, "--predicate=../said.json", *named, *words, by=by)


def test_the_bytes_of_a_predicate_stay_as_they_are(cast: Cast) -> None:
    """Decimals have no canonical form: written again they could mean something else."""
    signed = attest(cast, SAID)
    assert signed.code == 0
    bundle = json.loads(cast.blob(signed.out.split()[0]).read_bytes())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"])
    assert SAID in payload
    assert json.loads(payload)["predicateType"] == TYPE


def test_an_attestation_is_evidence_of_its_type(cast: Cast) -> None:
    attest(cast, SAID)
    assert cast.last()["body"]["predicateType"] == TYPE
    assert cast.verify(f"--type={TYPE}").json["signers"] == [
        {
            "person": "bea",
            "role": "builder",
            "keyDigest": cast.spki("bea"),
            "at": "2026-02-01T00:00:00Z",
        }
    ]
    assert cast.verify().code == 1
    assert cast.verify("--type=https://example.com/other").code == 1


def test_what_was_attested_as_plain_values(cast: Cast) -> None:
    (evidence,) = attest(cast, SAID, "--output-format=json").json["evidence"]
    assert (evidence["predicateType"], evidence["person"]) == (TYPE, "bea")


def test_an_attestation_by_a_stranger_is_refused_and_logged(cast: Cast) -> None:
    found = attest(cast, SAID, by="dora")
    assert (found.code, found.out) == (4, "")
    assert cast.last()["body"]["reason"] == "unknown-key"
    assert cast.last()["body"]["predicateType"] == TYPE


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"", "the predicate cannot be read"),
        (b"[1]", "the predicate is not a mapping"),
        (b'{"a": 1} {}', "the predicate cannot be read"),
        (b'{"a": 1, "a": 2}', "the predicate cannot be read"),
        (b'{"a": NaN}', "the predicate cannot be read"),
        (b"\xff", "the predicate cannot be read"),
        (b'{"a":' * 5000, "the predicate cannot be read"),
        (b'{"a": "' + b"x" * (8 << 20) + b'"}', "the predicate is larger than 8388608 bytes"),
    ],
    ids=["empty", "list", "two", "twice", "nan", "utf-8", "deep", "large"],
)
def test_what_is_no_predicate_is_not_signed(said: bytes, why: str, cast: Cast) -> None:
    found = attest(cast, said)
    assert (found.code, found.out) == (2, "")
    assert f"this cannot be attested: {why}" in found.err
    assert cast.kinds()[4:] == []


def test_a_predicate_needs_a_type(cast: Cast) -> None:
    assert "the statement's predicate has no type" in attest(cast, SAID, "--type", "").err


@pytest.mark.parametrize("words", ["evaluation", "https:", "https://a b", "../x"])
def test_a_type_that_is_no_uri_is_not_signed(words: str, cast: Cast) -> None:
    found = attest(cast, SAID, "--type", words)
    assert (found.code, "the type of a predicate is a URI" in found.err) == (2, True)
    assert cast.kinds()[4:] == []


def test_a_predicate_that_is_not_there(cast: Cast) -> None:
    found = cast("attest", RELEASE, "--predicate=none.json", f"--type={TYPE}", by="bea")
    assert (found.code, found.out) == (2, "")
    assert "error[WB102]: none.json cannot be read" in found.err


def test_a_dry_run_shows_what_would_be_signed(cast: Cast) -> None:
    (cast.folder.parent / "said.json").write_bytes(SAID)
    before = cast.everything()
    shown = attest(cast, SAID, "--dry-run", by="")
    assert (shown.code, shown.err) == (0, "nothing was signed\n")
    assert SAID.decode() in shown.out
    assert cast.everything() == before
