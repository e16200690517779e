from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


def statement(cast: Cast, digest: str) -> dict[str, Any]:
    """Read the statement inside a stored bundle."""
    bundle = json.loads(cast.blob(digest).read_bytes())
    found: dict[str, Any] = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    return found


def test_an_author_signs_the_sealed_release(cast: Cast) -> None:
    signed = cast.done("sign", RELEASE, by="bea")
    bundle = signed.out.split()[0]
    assert signed.out == f"{bundle}  signed by bea (builder), entry 4\n"
    assert cast.last() == {
        "index": 4,
        "time": "2026-02-01T00:00:00Z",
        "kind": "evidence.added",
        "control": 3,
        "body": {
            "bundle": bundle,
            "person": "bea",
            "predicateType": "https://weighbridge.dev/release/v1",
            "release": cast.digest,
            "signer": cast.spki("bea"),
            "subjects": [cast.digest],
        },
    }


def test_the_statement_names_the_release_and_its_sections(cast: Cast) -> None:
    bundle = cast.done("sign", RELEASE, by="bea").out.split()[0]
    sections = cast.done("seal", "--dry-run", "--output-format=json").json["sections"]
    assert statement(cast, bundle) == {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://weighbridge.dev/release/v1",
        "subject": [{"name": RELEASE, "digest": {"sha256": cast.digest.removeprefix("sha256:")}}],
        "predicate": {"name": "demo", "version": "1.0.0", "sections": sections},
    }


def test_a_release_is_named_by_its_files_too(cast: Cast) -> None:
    by_name = cast.done("sign", RELEASE, "--dry-run").out
    assert cast.done("sign", ".", "--dry-run").out == by_name
    assert cast.done("sign", "release.yaml", "--dry-run").out == by_name
    assert cast.done("sign", cast.digest, "--dry-run").out == by_name
    assert cast.done("sign", cast.digest[:20], "--dry-run").out == by_name


def test_what_was_signed_as_plain_values(cast: Cast) -> None:
    found = cast.done("sign", RELEASE, "--output-format=json", by="bea").json
    assert found == {
        "schemaVersion": 1,
        "evidence": [
            {
                "entry": 4,
                "bundle": cast.last()["body"]["bundle"],
                "predicateType": "https://weighbridge.dev/release/v1",
                "person": "bea",
                "roles": ["builder"],
                "keyDigest": cast.spki("bea"),
                "at": "2026-02-01T00:00:00Z",
            }
        ],
    }


def test_several_sign_at_once(cast: Cast) -> None:
    signed = cast.done("sign", RELEASE, by="bea carl")
    assert [line.split("signed by ")[1] for line in signed.out.splitlines()] == [
        "bea (builder), entry 4",
        "carl (checker), entry 5",
    ]


def test_of_several_all_sign_or_none(cast: Cast) -> None:
    found = cast("sign", RELEASE, by="bea dora")
    assert (found.code, found.out) == (4, "")
    assert cast.kinds()[4:] == ["evidence.refused"]
    assert cast.last()["body"]["signer"] == cast.spki("dora")
    assert cast.verify().code == 1


@pytest.mark.parametrize("verb", [("sign",), ("check", "--sign"), ("attest",)], ids=" ".join)
def test_what_is_not_sealed_is_sealed_first(verb: tuple[str, ...], cast: Cast) -> None:
    (cast.folder / "labels.json").write_bytes(b'["cat", "cow"]\n')
    commit(cast.folder)
    more = (
        ["--predicate=labels.json", "--type=https://example.com/t"] if verb == ("attest",) else []
    )
    before = cast.everything()
    found = cast(*verb, ".", *more, by="bea")
    assert (found.code, found.out) == (2, "")
    assert "error[WB141]: release.yaml and the files beside it are not sealed" in found.err
    assert "= help:  weighbridge seal\n" in found.err
    assert cast.everything() == before


def test_what_cannot_be_sealed_at_all_is_not_sealed(cast: Cast) -> None:
    (cast.folder / "labels.json").unlink()
    commit(cast.folder)
    found = cast("sign", ".", by="bea")
    assert found.code == 2
    assert "error[WB141]" in found.err
    assert "labels.json" in found.err


def test_an_unknown_release_is_not_signed(cast: Cast) -> None:
    found = cast("sign", "demo@9.9.9", by="bea")
    assert (found.code, found.out) == (2, "")
    assert "error[WB130]: the registry holds no release demo@9.9.9" in found.err


def test_a_dry_run_shows_what_would_be_signed(cast: Cast) -> None:
    before = cast.everything()
    shown = cast("sign", RELEASE, "--dry-run")
    assert (shown.code, shown.err) == (0, "nothing was signed\n")
    assert shown.json["predicateType"] == "https://weighbridge.dev/release/v1"
    assert cast.everything() == before


def test_who_acts_must_be_said_where_there_are_several_keys(cast: Cast) -> None:
    found = cast("sign", RELEASE)
    assert (found.code, found.out) == (2, "")
    assert "there are several keys to act with" in found.err


def test_signing_twice_is_two_pieces_of_evidence_of_one_person(cast: Cast) -> None:
    cast.done("sign", RELEASE, by="bea")
    cast.done("sign", RELEASE, by="bea")
    assert cast.verify("--threshold=1").code == 0
    assert cast.verify("--threshold=2").code == 1
