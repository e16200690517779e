"""Evidence that comes with a release: what counts here is kept, nothing else, and nothing stops."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.repacked import Repacked
from tests.usecases.stage import REPORT
from tests.usecases.workshop import LABELS, blob, sha256
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.oci import read_document, write_document
from weighbridge.model.event import read_event
from weighbridge.model.oci import MANIFEST, Manifest
from weighbridge.model.predicates import RELEASE as SIGNED
from weighbridge.packing.modelpack import attach, describe_bytes
from weighbridge.probes.reading.in_memory import InMemory
from weighbridge.seal.bundle import MEDIA_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran

TO = "oci:../layout"


@pytest.fixture
def second(cast: Cast) -> Path:
    """Copy the registry as it was before anybody signed: same owners, same trust."""
    return shutil.copytree(cast.store, cast.folder.parent / "second")


def pull(cast: Cast, registry: Path | str, *words: str) -> Ran:
    return cast("pull", f"{TO}:1.0.0", f"--registry={registry}", "--output-format=json", *words)


def outcomes(ran: Ran) -> list[tuple[str, str, str]]:
    assert ran.code == 0, ran.err
    return [(one["predicateType"], one["outcome"], one["person"]) for one in ran.json["evidence"]]


def evidence(registry: Path) -> list[dict[str, Any]]:
    with EmbeddedRegistry(registry).reading() as view:
        events = [read_event(entry) for entry in view.entries()]
    return [dict(event.body) for event in events if event.kind == "evidence.added"]


def sign_and_push(cast: Cast) -> Repacked:
    cast.done("sign", RELEASE, by="bea")
    cast.done("check", RELEASE, "--sign", by="carl")
    cast.done("push", RELEASE, TO)
    return Repacked(cast.folder.parent / "layout", "1.0.0")


def test_evidence_of_people_who_are_trusted_here_is_kept(cast: Cast, second: Path) -> None:
    sign_and_push(cast)
    assert cast("verify", RELEASE, f"--registry={second}").code == 1
    found = pull(cast, second)
    assert outcomes(found) == [(SIGNED, "added", "bea"), (REPORT, "added", "carl")]
    cast.done("verify", RELEASE, f"--registry={second}")
    theirs = [body["bundle"] for body in evidence(cast.store)]
    assert [body["bundle"] for body in evidence(second)] == theirs
    cast.done("log", "verify", "--deep", f"--registry={second}")


def test_what_is_known_is_not_kept_twice(cast: Cast, second: Path) -> None:
    sign_and_push(cast)
    pull(cast, second)
    again = pull(cast, second)
    assert outcomes(again) == [(SIGNED, "known", "bea"), (REPORT, "known", "carl")]
    assert outcomes(pull(cast, cast.store)) == outcomes(again)
    assert len(evidence(second)) == 2


def test_the_order_of_the_ledger_it_comes_from_is_kept(cast: Cast, second: Path) -> None:
    for _ in range(3):
        cast.done("check", RELEASE, "--sign", by="carl")
        cast.done("sign", RELEASE, by="bea")
    cast.done("push", RELEASE, TO)
    assert {outcome for _, outcome, _ in outcomes(pull(cast, second))} <= {"added", "known"}
    theirs = list(dict.fromkeys(body["bundle"] for body in evidence(cast.store)))
    kept = [body["bundle"] for body in evidence(second)]
    assert kept == [bundle for bundle in theirs if bundle in kept]
    assert kept


def test_evidence_of_others_is_told_and_does_not_count(cast: Cast, second: Path) -> None:
    cast.trust("mia", "ml-lead")
    said = cast.folder.parent / "said.json"
    said.write_text("{}")
    words = (f"--predicate={said}", "--type=https://example.com/p")
    cast.done("attest", RELEASE, *words, by="mia")
    sign_and_push(cast)
    found = pull(cast, second)
    assert ("https://example.com/p", "not-trusted", "") in outcomes(found)
    assert "evidence not trusted: https://example.com/p: unknown key" in found.err
    assert len(evidence(second)) == 2


def test_a_key_that_was_revoked_here_does_not_count(cast: Cast, second: Path) -> None:
    sign_and_push(cast)
    words = ("revoke", "bea", "--reason=lost", f"--registry={second}")
    assert cast("key", *words, by="ann ben").code == 0
    assert outcomes(pull(cast, second))[0] == (SIGNED, "not-trusted", "")


def test_what_is_known_here_is_never_superseded_from_outside(cast: Cast, second: Path) -> None:
    sign_and_push(cast)
    path = blob(second, sha256(LABELS))
    path.chmod(0o600)
    path.write_bytes(b"damaged here")
    assert cast("check", RELEASE, "--sign", f"--registry={second}", by="carl").code == 1
    path.write_bytes(LABELS)
    before = evidence(second)
    found = pull(cast, second)
    assert (REPORT, "held-here", "carl") in outcomes(found)
    assert "is not superseded from outside" in found.err
    assert [one for one in evidence(second) if one["predicateType"] == REPORT] == before


def test_without_owners_there_is_nobody_to_trust(cast: Cast) -> None:
    sign_and_push(cast)
    found = pull(cast, "fresh")
    assert {outcome for _, outcome, _ in outcomes(found)} == {"no-owners"}
    assert cast("show", RELEASE, "--registry=fresh").code == 0
    assert outcomes(pull(cast, "fresh", "--no-evidence")) == []


def test_a_dry_run_keeps_no_evidence(cast: Cast, second: Path) -> None:
    sign_and_push(cast)
    found = pull(cast, second, "--dry-run")
    assert {outcome for _, outcome, _ in outcomes(found)} == {"added"}
    assert evidence(second) == []


def attach_to(pack: Repacked, data: bytes, *, subject: str = "") -> None:
    """Have bytes that claim to be a bundle refer to a release."""
    main = pack.repository.resolve(pack.tag)
    bundle = describe_bytes(data, MEDIA_TYPE)
    pack.repository.push(bundle, InMemory(data))
    made = attach(bundle, main, predicate_type="x", entry=1)
    if subject:
        made = replace(made, subject=replace(main, digest=subject))
    pack.repository.put(write_document(made), media_type=MANIFEST)


def bundles(pack: Repacked) -> list[str]:
    """List the digests of the bundles that refer to a release."""
    found = []
    for one in pack.repository.referrers(pack.repository.resolve(pack.tag).digest):
        manifest = read_document(pack.repository.manifest(one), one.media_type)
        assert isinstance(manifest, Manifest)
        found.append(manifest.layers[0].digest)
    return found


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 10_000])
def test_what_is_no_bundle_does_not_count(data: bytes, cast: Cast, second: Path) -> None:
    attach_to(sign_and_push(cast), data)
    found = pull(cast, second)
    assert sorted(outcome for _, outcome, _ in outcomes(found)) == ["added", "added", "not-trusted"]
    assert len(evidence(second)) == 2


def test_evidence_about_another_release_does_not_count(cast: Cast, second: Path) -> None:
    pack = sign_and_push(cast)
    cast.edit('"1.0.0"', '"2.0.0"')
    cast.done("seal")
    cast.done("sign", "demo@2.0.0", by="bea")
    attach_to(pack, cast.blob(evidence(cast.store)[-1]["bundle"]).read_bytes())
    found = pull(cast, second)
    assert (SIGNED, "not-trusted", "") in outcomes(found)
    assert "other subject" in found.err
    assert {body["release"] for body in evidence(second)} == {cast.digest}


@pytest.mark.parametrize("how", ["flipped", "missing", "short"])
def test_evidence_that_cannot_be_read_is_told(how: str, cast: Cast, second: Path) -> None:
    pack = sign_and_push(cast)
    path = pack.path(bundles(pack)[0])
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-1] if how == "short" else data[:-1] + b"x")
    found = pull(cast, second)
    assert [outcome for _, outcome, _ in outcomes(found)] == ["added"]
    assert len(found.json["unread"]) == 1
    assert "evidence not read: " in found.err


def test_a_layout_whose_referrers_are_damaged_still_gives_the_release(
    cast: Cast, second: Path
) -> None:
    pack = sign_and_push(cast)
    referring = pack.repository.referrers(pack.repository.resolve("1.0.0").digest)
    pack.path(referring[0].digest).write_bytes(b"{}")
    found = pull(cast, second)
    assert outcomes(found) == []
    assert len(found.json["unread"]) == 1
