"""`log verify --deep` holds every entry against what was signed, and papers against digests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.usecases.stage import FIRST, SECOND
from tests.usecases.workshop import LABELS, sha256
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

OTHER = sha256(LABELS)


def newest(stage: Stage, kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = [one["body"] for one in stage.entries() if one["kind"] == kind][-1]
    return found


def found(stage: Stage) -> list[tuple[str, str]]:
    document = stage("log", "verify", "--deep", "--output-format=json").json
    return [(one["subject"], one["message"]) for one in document["problems"]]


def lies(stage: Stage, kind: Kind, lied: dict[str, object]) -> None:
    """Append entries of a kind, each with one lie, and see that each is found."""
    body = newest(stage, kind)
    told = {
        (
            f"entry {stage.append(kind, body | {name: value})}",
            f"its {name} is not that of the bundle",
        )
        for name, value in lied.items()
    }
    assert told <= set(found(stage)), kind


def test_an_act_is_what_was_signed(stage: Stage) -> None:
    stage.arrive(FIRST)
    stage.say("approve", by="mia")
    assert found(stage) == []
    lies(
        stage,
        Kind.ACT_SAID,
        {
            "act": "reject",
            "environment": "staging",
            "name": "other",
            "person": "max",
            "predicateType": "x",
            "release": OTHER,
            "version": "2",
        },
    )
    at = stage.append(Kind.ACT_SAID, newest(stage, Kind.ACT_SAID) | {"bundle": OTHER})
    told = [message for subject, message in found(stage) if subject == f"entry {at}"]
    assert told[0].startswith("its papers cannot be read: ")
    evidence = newest(stage, Kind.EVIDENCE_ADDED)["bundle"]
    at = stage.append(Kind.ACT_SAID, newest(stage, Kind.ACT_SAID) | {"bundle": evidence})
    assert f"entry {at}" in {subject for subject, _ in found(stage)}


def test_a_decision_is_what_was_signed(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    stage.promote(FIRST, "production")
    stage.roll_back()
    assert found(stage) == []
    decided: dict[str, object] = {
        "environment": "canary",
        "environmentDigest": OTHER,
        "mode": "observe",
        "name": "other",
        "outcome": OTHER,
        "person": "max",
        "policy": OTHER,
        "release": OTHER,
        "trust": OTHER,
        "verdict": "needs",
        "version": "2",
    }
    lies(stage, Kind.PROMOTION_BLOCKED, decided | {"verdict": "allowed"})
    lies(stage, Kind.PROMOTION_DONE, {"generation": 9, "previous": OTHER})
    lies(stage, Kind.ROLLBACK_DONE, {"generation": 9})


def test_a_decision_under_another_trust_is_found(stage: Stage) -> None:
    stage.arrive(FIRST)
    body = newest(stage, Kind.PROMOTION_DONE)
    assert stage.trust("cat", "sre").code == 0
    at = stage.append(Kind.PROMOTION_BLOCKED, body)
    message = "its trust is not what owners had agreed on then"
    assert found(stage) == [(f"entry {at}", message)]


def test_papers_that_are_gone_or_damaged_are_found(stage: Stage) -> None:
    stage.arrive(FIRST)
    entry = len(stage.entries()) - 1
    body = newest(stage, Kind.PROMOTION_DONE)
    for name in ("outcome", "trust", "policy", "environmentDigest"):
        whole = stage.blob(body[name]).read_bytes()
        stage.overwrite(body[name], whole[:-1] + b" ")
        assert f"its {name} cannot be read" in str(dict(found(stage))[f"entry {entry}"])
        stage.overwrite(body[name], whole)
    assert found(stage) == []
    stage.blob(body["decision"]).unlink()
    assert dict(found(stage))[f"entry {entry}"].startswith("its papers cannot be read: ")


def test_a_proposal_or_a_refusal_is_what_was_signed(stage: Stage) -> None:
    assert stage.trust("cat", "sre", by="ann").code == 1
    assert stage.trust("mia", "owner", by="bea").code == 4
    assert found(stage) == []
    lied: dict[str, object] = {"about": "key of x", "action": "key.revoke", "subject": OTHER}
    lies(stage, Kind.CONTROL_REFUSED, lied)
    lies(stage, Kind.CONTROL_PROPOSED, lied)
    body = newest(stage, Kind.CONTROL_PROPOSED)
    at = stage.append(Kind.CONTROL_PROPOSED, body | {"signers": ["ben"]})
    assert (f"entry {at}", "its signers are not those of the bundles") in found(stage)
    at = stage.append(Kind.CONTROL_PROPOSED, body | {"statement": OTHER})
    assert dict(found(stage))[f"entry {at}"].startswith("its papers cannot be read: ")


def test_where_blobs_lie_is_what_the_newest_entry_says(stage: Stage) -> None:
    at = stage.append(Kind.STORE_SETTLED, {"address": ""})
    assert found(stage) == [(f"entry {at}", "it does not say where blobs lie")]
    settled = {"address": "", "conditional": True, "encrypted": True, "identity": "ab"}
    stage.append(Kind.STORE_SETTLED, settled)
    assert ("store", "the registry's store is not what the entries say") in found(stage)


def test_a_name_that_was_bound_to_another_release_is_found(stage: Stage) -> None:
    digest = stage.release(SECOND)
    stage.append(Kind.RELEASE_SEALED, {"digest": digest, "name": "demo", "version": "6"})
    stage.execute("INSERT INTO release VALUES ('demo', '6', ?)", digest)
    assert found(stage) == [(digest, "its manifest bears another name")]
