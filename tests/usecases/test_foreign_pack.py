"""Promotions on what others signed: decided by it, and decided again from a pack alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.predicates import SARIF
from tests.usecases.foreign import SARIF_TYPE, dsse, statement
from tests.usecases.packs import complaints, edited, judged
from tests.usecases.promoted import FIRST, POLICY, SECOND, promoted, promoted_folder
from tests.usecases.workshop import LABELS, LOCK, WEIGHTS, sha256
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.model.event import Kind
from weighbridge.model.ports import NoProgress
from weighbridge.model.predicates import PUBLISH
from weighbridge.packing.evidence_pack import read_pack, subjects_name
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.foreign import add_foreign, read_foreign
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]

MODEL = sha256(WEIGHTS)
BAD = {**SARIF, "runs": [{**SARIF["runs"][0], "results": [{"message": {}, "level": "error"}]}]}
ENVIRONMENT = """\
apiVersion: weighbridge.dev/v1
kind: Environment
metadata: {name: lab}
spec: {policy: house@2}
"""


def take(story: Promoted, name: str, payload: bytes, by: str = "bea") -> int:
    data = read_foreign(dsse(payload, by=by, keys=story.keys), registry=story.registry)
    (found,) = add_foreign(data, release=story.digest(name), registry=story.registry)
    return found.added.index


def open_lab(story: Promoted, demand: str) -> None:
    """Have an environment that asks for some evidence more."""
    policy = story.folder / "policy.yaml"
    text = POLICY.replace('"1"', '"2"').replace("  approvals:", f"{demand}  approvals:")
    policy.write_text(text)
    bundle = load_policy(policy, rule_set=rule_set()).bundle
    story.registry.blobs.put(bundle_bytes(bundle))
    story.owners(publication(bundle))
    path = story.folder / "lab.yaml"
    path.write_text(ENVIRONMENT)
    applied = application(*load_environment(path), story.registry)
    story.registry.blobs.put(applied.record)
    story.owners(applied.change)


@pytest.fixture
def lab(promoted: Promoted) -> Promoted:
    """Have an environment that asks for what a scanner found."""
    open_lab(promoted, "    - {type: sarif, signedBy: {role: builder}}\n")
    return promoted


def sarif(predicate: object = SARIF, *digests: str) -> bytes:
    return statement(SARIF_TYPE, predicate, *(digests or (MODEL,)))


def test_a_promotion_on_what_others_signed_verifies_elsewhere(lab: Promoted) -> None:
    assert not lab.promote(FIRST, "lab")
    index = take(lab, FIRST, sarif())
    assert lab.promote(FIRST, "lab")
    pack = export_pack(lab.digest(FIRST), "lab", registry=lab.registry)
    found = judged(lab, pack)
    assert found.problems == ()
    assert found.told is not None
    assert index in {one.entry for one in found.told.evidence}


def test_one_statement_may_be_given_for_two_releases_that_share_the_file(lab: Promoted) -> None:
    first = take(lab, FIRST, sarif())
    assert not lab.promote(SECOND, "lab")
    second = take(lab, SECOND, sarif())
    assert second > first
    assert lab.promote(SECOND, "lab")
    pack = export_pack(lab.digest(SECOND), "lab", registry=lab.registry)
    found = judged(lab, pack)
    assert found.told is not None
    entries = {one.entry for one in found.told.evidence}
    assert (second in entries, first in entries) == (True, False)


def test_a_newer_failing_one_supersedes_and_an_old_one_does_not_come_back(lab: Promoted) -> None:
    good = take(lab, FIRST, sarif())
    take(lab, FIRST, sarif(BAD))
    assert not lab.promote(FIRST, "lab")
    assert take(lab, FIRST, sarif()) == good
    assert not lab.promote(FIRST, "lab")
    take(lab, FIRST, sarif(SARIF, MODEL, sha256(LABELS)))
    assert lab.promote(FIRST, "lab")


def test_who_has_not_the_role_does_not_count(lab: Promoted) -> None:
    take(lab, FIRST, sarif(), by="carl")
    assert not lab.promote(FIRST, "lab")


def seal_locked(story: Promoted, lock: bytes) -> str:
    """Seal, sign and weigh a release whose lock has hashes."""
    manifest = story.folder / "release.yaml"
    (story.folder / "requirements.lock").write_bytes(lock)
    text = manifest.read_text().replace(sha256(LOCK.encode()), sha256(lock))
    manifest.write_text(text.replace('"1.1.0"', '"1.2.0"'))
    named, _ = find_authored(None, start=story.folder, catalogues=lambda _: [])
    seal(named, registry=story.registry, environ={}, progress=NoProgress())
    story.sign("demo@1.2.0")
    story.check("demo@1.2.0")
    return "demo@1.2.0"


def test_the_lock_in_which_a_package_stands_is_in_the_pack(lab: Promoted) -> None:
    """Without it nobody could tell that its publisher's word is about this release."""
    wheel = sha256(b"a wheel")
    lock = f"click==8.1.7 --hash={wheel}\n".encode()
    name = seal_locked(lab, lock)
    take(lab, name, sarif())
    index = take(lab, name, statement(PUBLISH, None, wheel))
    assert lab.promote(name, "lab")
    pack = export_pack(lab.digest(name), "lab", registry=lab.registry)
    found = judged(lab, pack)
    assert found.problems == ()
    assert found.told is not None
    assert index in {one.entry for one in found.told.evidence}
    paper = subjects_name(sha256(lock))
    assert read_pack(pack)[0][paper] == lock
    assert complaints(judged(lab, edited(pack, **{paper: None})))
    assert complaints(judged(lab, edited(pack, **{paper: lock + b"#"})))


def test_evidence_an_entry_claims_to_be_about_a_release_is_not_believed(lab: Promoted) -> None:
    """Whoever can write entries cannot make a statement be about what it is not about."""
    blobs = lab.registry.blobs
    (data,) = read_foreign(
        dsse(sarif(SARIF, sha256(b"stranger")), by="bea", keys=lab.keys), registry=lab.registry
    )
    body = {
        "bundle": blobs.put(data),
        "person": "bea",
        "predicateType": SARIF_TYPE,
        "release": lab.digest(FIRST),
        "signer": lab.keys.public("bea").spki_digest,
        "subjects": [sha256(b"stranger")],
    }
    lab.registry.change(lambda transaction: transaction.append(Kind.EVIDENCE_ADDED, body))
    assert not lab.promote(FIRST, "lab")
