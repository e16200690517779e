"""What `log verify` finds, and `--deep` besides: the registry holds what the entries say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import LABELS, WEIGHTS, sha256
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from tests.usecases.cast import Cast


@pytest.fixture
def log(cast: Cast) -> Cast:
    """Let bea sign: the log has five entries then."""
    cast.done("sign", RELEASE, by="bea")
    return cast


def deep(cast: Cast) -> list[tuple[str, str]]:
    """List subject and message of what a deep look finds wrong."""
    found = cast("log", "verify", "--deep", "--output-format=json")
    assert found.code == (1 if found.json["problems"] else 0)
    return [(problem["subject"], problem["message"]) for problem in found.json["problems"]]


def test_an_entry_that_was_changed_is_found(log: Cast) -> None:
    log.execute("UPDATE entry SET body = CAST(replace(body, 'bea', 'eve') AS BLOB) WHERE idx = 4")
    found = log("log", "verify", "--output-format=json")
    assert found.code == 1
    assert [problem["message"] for problem in found.json["problems"]] == [
        "the entries are not those that were signed"
    ]
    assert ("checkpoint", "the entries are not those that were signed") in deep(log)


def test_an_entry_that_is_none_is_found(log: Cast) -> None:
    log.execute("UPDATE entry SET body = CAST('{}' AS BLOB) WHERE idx = 1")
    found = log("log", "verify", "--output-format=json")
    assert [problem["subject"] for problem in found.json["problems"]] == ["entry 1", "checkpoint"]


def test_an_entry_that_is_gone_from_the_middle_is_found(log: Cast) -> None:
    log.execute("DELETE FROM entry WHERE idx = 2")
    assert ("entries", "the ledger holds no entry 2") in deep(log)


def test_entries_without_a_checkpoint_are_found(log: Cast) -> None:
    log.execute("DELETE FROM checkpoint")
    assert log("log", "verify").code == 1


def test_an_entry_appended_without_a_checkpoint_is_found(log: Cast) -> None:
    log.execute("INSERT INTO entry SELECT 5, body FROM entry WHERE idx = 4")
    found = log("log", "verify", "--output-format=json")
    assert found.code == 1
    assert found.json["problems"][0]["message"] == "it is of another number of entries"


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("DELETE FROM topic WHERE name LIKE 'subject:%'", "index"),
        ("INSERT INTO topic VALUES ('subject:sha256:00', 4)", "index"),
        ("DELETE FROM topic WHERE name = 'control' AND entry = 3", "index"),
        ("DELETE FROM release", "release"),
        ("INSERT INTO release VALUES ('demo', '6.6.6', (SELECT digest FROM release))", "release"),
        ("UPDATE release SET digest = 'sha256:' || replace(hex(zeroblob(32)), 'x', '')", "release"),
        ("UPDATE release SET version = '1.0.1'", "release"),
        ("UPDATE node SET hash = zeroblob(32) WHERE leaf = 0 AND level = 0", "node"),
        ("UPDATE node SET hash = zeroblob(32) WHERE leaf = 1 AND level = 1", "node"),
        ("DELETE FROM node WHERE leaf = 3 AND level = 2", "node"),
        ("INSERT INTO node VALUES (5, 0, zeroblob(32))", "node"),
    ],
)
def test_a_registry_that_says_what_the_entries_do_not(damage: str, what: str, log: Cast) -> None:
    assert deep(log) == []
    log.execute(damage)
    assert (what, f"the registry's {what} is not what the entries say") in deep(log)
    assert r"b'\x" not in log("log", "verify", "--deep").err


def test_only_a_deep_look_finds_a_hidden_piece_of_evidence(log: Cast) -> None:
    log.execute("DELETE FROM topic WHERE name LIKE 'subject:%'")
    log.done("log", "verify")
    assert log("log", "verify", "--deep").code == 1


def test_evidence_that_is_gone_is_found(log: Cast) -> None:
    log.blob(log.last()["body"]["bundle"]).unlink()
    ((subject, message),) = deep(log)
    assert subject == "entry 4"
    assert message.startswith("its evidence cannot be read: ")


def test_evidence_that_was_changed_is_found(log: Cast) -> None:
    bundle = log.last()["body"]["bundle"]
    log.overwrite(bundle, log.blob(bundle).read_bytes().replace(b"sig", b"SIG"))
    assert [subject for subject, _ in deep(log)] == ["entry 4"]


def test_an_entry_that_says_another_thing_than_its_evidence_is_found(log: Cast) -> None:
    body = log.last()["body"]
    log.append(
        Kind.EVIDENCE_ADDED,
        body | {"predicateType": "x", "signer": "y", "subjects": [sha256(LABELS)]},
    )
    assert deep(log) == [
        ("entry 5", "its predicateType is not that of the bundle"),
        ("entry 5", "its signer is not that of the bundle"),
        ("entry 5", "its subjects is not that of the bundle"),
    ]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"person": "carl"}, "its person is not that of the bundle"),
        ({"release": sha256(LABELS)}, "its release is not what the bundle is about"),
    ],
)
def test_an_entry_that_names_somebody_else_or_another_release_is_found(
    said: dict[str, str], message: str, log: Cast
) -> None:
    log.append(Kind.EVIDENCE_ADDED, log.last()["body"] | said)
    assert deep(log) == [("entry 5", message)]


def test_a_manifest_that_is_gone_is_found(log: Cast) -> None:
    digest = log.digest
    log.blob(digest).unlink()
    assert [subject for subject, _ in deep(log)] == [digest]


def forged(log: Cast, **changed: object) -> None:
    """Append a change in force that ann alone signed."""
    log.trust("dora", "owner", by="ann")
    log.append(Kind.CONTROL_APPLIED, log.last()["body"] | changed)


def test_a_change_too_few_owners_signed_is_found_and_trusted_by_nobody(log: Cast) -> None:
    forged(log)
    assert deep(log) == [("control plane", "entry 6 is not signed by enough owners")]
    log.done("log", "verify")  # the entries are those that were signed
    for words in (("verify", RELEASE), ("registry", "status")):
        found = log(*words)
        assert (found.code, found.out) == (1, "")
        assert "error[WB135]: entry 6 is not signed by enough owners" in found.err
    assert log("sign", RELEASE, by="dora").code == 1


def test_a_change_nobody_signed_is_found(log: Cast) -> None:
    forged(log, bundles=[])
    assert deep(log) == [("control plane", "a change of the control plane has no signature")]


def test_a_change_signed_by_no_bundle_is_found(log: Cast) -> None:
    forged(log, bundles=[sha256(WEIGHTS)])
    assert deep(log) == [("control plane", "a change of the control plane is not what was logged")]


def test_a_change_whose_signatures_are_gone_is_found(log: Cast) -> None:
    for digest in log.entries()[3]["body"]["bundles"]:
        log.blob(digest).unlink()
    ((subject, message),) = deep(log)
    assert subject == "control plane"
    assert message.startswith("the registry does not hold sha256:")


def test_a_change_nobody_could_make_is_found(log: Cast) -> None:
    log.trust("bea", "sre", by="ann")
    log.revoke("bea")
    assert log.trust("bea", "sre", by="ben").code == 4
    log.append(Kind.CONTROL_APPLIED, log.last()["body"])
    assert deep(log) == [("control plane", "entry 8 is no change owners can make")]


def test_the_whole_of_it_is_plain_json(log: Cast) -> None:
    log.execute("DELETE FROM topic")
    found = log("log", "verify", "--deep", "--output-format=json")
    (problem,) = json.loads(found.out)["problems"]
    assert problem.keys() == {"code", "subject", "message", "seen", "wanted", "remediation"}
    assert problem["code"] == "WB135"


def test_trust_that_was_replaced_does_not_come_back_with_the_signatures_of_then(log: Cast) -> None:
    granted = log.entries()[2]["body"]
    log.trust("bea", "sre")
    log.append(Kind.CONTROL_APPLIED, granted)
    assert deep(log) == [("control plane", "entry 6 applies what entry 2 applied")]
    assert log.verify("--role=builder").code == 1


def test_a_change_under_the_name_of_another_is_found(log: Cast) -> None:
    granted = log.entries()[2]["body"]
    log.append(Kind.CONTROL_APPLIED, granted | {"statement": sha256(LABELS)})
    assert deep(log) == [
        ("control plane", "a change of the control plane is not the one that was signed")
    ]


# What whoever holds the log's key can write, and nobody believes.


@pytest.mark.parametrize(
    ("index", "changes", "said"),
    [
        (4, {"time": "2025-01-01T00:00:00Z"}, "it is older than the entry before it"),
        (4, {"control": 2}, "it names another newest change of trust"),
        (4, {"control": None}, "it names another newest change of trust"),
        (4, {"kind": "registry.initialised"}, "the registry begins with entry 0 and with no other"),
        (
            0,
            {"kind": "release.sealed", "body": {"name": "a"}},
            "the registry begins with entry 0 and with no other",
        ),
        (4, {"kind": "nonsense"}, "this is not an event"),
        (1, {"body": {"name": "demo"}}, "it does not say which release it binds"),
    ],
)
def test_entries_that_no_registry_writes(
    index: int, changes: dict[str, object], said: str, log: Cast
) -> None:
    log.rewrite(index, **changes)
    found = log("log", "verify", "--output-format=json")
    (problem, *_) = found.json["problems"]
    assert (found.code, problem["subject"]) == (1, f"entry {index}")
    assert problem["message"].startswith(said)


@pytest.mark.parametrize(
    ("index", "changes", "said"),
    [
        (4, {"control": 4}, "entry 4 names no entry before it"),
        (4, {"control": 9}, "entry 4 names no entry before it"),
        (4, {"control": 1}, "entry 1 changes no trust, yet a later one says so"),
        (4, {"control": None}, "entry 4 does not say what changed trust before it"),
        (0, {"body": {"logKey": "", "owners": [], "threshold": 1}}, "entry 0 does not name this"),
        (0, {"body": {}}, "entry 0 does not name owners"),
        (4, {"kind": "nonsense"}, "entry 4 is not what was logged"),
    ],
)
def test_a_chain_of_trust_that_leads_nowhere(
    index: int, changes: dict[str, object], said: str, log: Cast
) -> None:
    log.rewrite(index, **changes)
    for words in (("verify", RELEASE), ("registry", "status")):
        found = log(*words)
        assert (found.code, found.out) == (1, "")
        assert f"error[WB135]: {said}" in found.err


def test_an_entry_nobody_signed_hides_no_revocation(log: Cast) -> None:
    assert log.revoke("bea", "--at=2026-01-01T00:00:00Z").code == 0
    assert log.verify("--role=builder").code == 1
    entry = json.loads(log.execute("SELECT body FROM entry WHERE idx = 5")[0][0])
    assert entry["kind"] == "control.applied"
    unsigned = {**entry, "kind": "release.refused", "control": 3, "body": {"name": "x"}}
    log.execute("INSERT INTO entry VALUES (6, ?)", canonical_bytes(unsigned))
    found = log.verify("--role=builder")
    assert found.code == 1
    assert "the checkpoint is of another number of entries" in found.err
