"""What people try who want a release through: each is refused, and told why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.promoted import ENVIRONMENT, FIRST, POLICY
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.model.decision import Outcome
from weighbridge.model.errors import ClockError, DocumentError, NotAllowedError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import TEST_RESULT
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import trust_key
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import compile_policy, load_policy
from weighbridge.usecases.promote import promote
from weighbridge.usecases.published import publication
from weighbridge.usecases.references import sealed_release

if TYPE_CHECKING:
    from tests.attacks.hands import Hands
    from weighbridge.model.decision import Judged
    from weighbridge.usecases.deciding import Promotion
    from weighbridge.usecases.policies import LoadedPolicy

CONDITION = """\
  conditions:
    - id: asked
      title: What is asked
      expr: {expr}
      message: '"no"'
      tests: {{pass: [{{release: {{}}}}], fail: [{{release: {{}}}}]}}
"""


def loaded(hands: Hands, policy: str) -> LoadedPolicy:
    (hands.folder / "policy.yaml").write_text(policy)
    return load_policy(hands.folder / "policy.yaml", rule_set=rule_set())


def demand(hands: Hands, policy: str) -> None:
    """Have owners publish a policy as version 2, and apply it to production."""
    bundle = loaded(hands, policy.replace('version: "1"', 'version: "2"')).bundle
    hands.registry.blobs.put(bundle_bytes(bundle))
    hands.owners(publication(bundle))
    path = hands.folder / "production.yaml"
    text = ENVIRONMENT.format(name="production", more=", promotesFrom: staging")
    path.write_text(text.replace("house@1", "house@2"))
    applied = application(*load_environment(path), hands.registry)
    hands.registry.blobs.put(applied.record)
    hands.owners(applied.change)


def give(hands: Hands, person: str, *roles: str) -> None:
    spki = hands.keys.public(person).spki_der
    hands.owners(trust_key(spki, person=person, roles=roles))


def condition(asked: Promotion, name: str) -> Judged:
    return next(one for one in asked.decision.conditions if one.id == name)


def asking(hands: Hands, expr: str) -> Judged:
    """Ask something by a condition, and for production; return what came of the condition."""
    quoted = json.dumps(expr)
    demand(hands, POLICY + CONDITION.format(expr=quoted))
    asked = hands.asked(FIRST)
    assert not asked.moved
    return condition(asked, "asked")


def test_approving_what_one_asked_for(hands: Hands) -> None:
    give(hands, "max", "ml-lead", "releaser")
    hands.asked(FIRST)
    with pytest.raises(NotAllowedError, match="asked for it"):
        hands.approve(FIRST, "max")


def test_an_owner_approving_what_he_asked_for(hands: Hands) -> None:
    give(hands, "ann", "ml-lead", "owner", "releaser")
    registry = hands.registry
    promote(hands.digest(FIRST), "production", signer=hands.key("ann"), registry=registry)
    with pytest.raises(NotAllowedError, match="asked for it"):
        hands.approve(FIRST, "ann")


def test_approving_what_one_signed(hands: Hands) -> None:
    give(hands, "bea", "builder", "ml-lead")
    with pytest.raises(NotAllowedError, match="signed evidence about it"):
        hands.approve(FIRST, "bea")


def test_a_second_account_with_the_same_key(hands: Hands) -> None:
    spki = hands.keys.public("cat").spki_der
    with pytest.raises(NotAllowedError, match="key"):
        hands.owners(trust_key(spki, person="catherine", roles=["ml-lead"]))


def test_approvals_from_before_the_outcome_changed(hands: Hands) -> None:
    named = sealed_release(hands.digest(FIRST), hands.registry)
    statement = json.loads(hands.registry.blobs.read(report_of(hands)))
    report = statement["predicate"]["https://weighbridge.dev/v1"]["report"]
    found = {"code": "CFG002", "severity": "note", "verdict": "fail", "subject": "threshold"}
    report["findings"].append({**report["findings"][0], **found})
    report["summary"]["notes"] += 1
    hands.attest(FIRST, json.dumps(statement, separators=(",", ":")).encode(), by="carl")
    asked = hands.asked(FIRST)
    one = condition(asked, "approvals:0")
    assert (asked.moved, one.outcome) == (False, Outcome.UNMET)
    assert "cat: given before the outcome changed" in one.seen
    assert named.digest == asked.decision.release


def report_of(hands: Hands) -> str:
    """Return the digest of the payload of the newest report, kept beside its bundle."""
    bodies = hands.bodies(Kind.EVIDENCE_ADDED, FIRST)
    newest = [body["bundle"] for body in bodies if body["predicateType"] == TEST_RESULT][-1]
    return hands.registry.blobs.put(read_bundle(hands.registry.blobs.read(newest)).payload)


def test_a_stale_report(hands: Hands) -> None:
    demand(hands, POLICY.replace("noneAbove: error", "noneAbove: error, maxAge: 24h"))
    asked = hands.asked(FIRST)
    one = condition(asked, "fresh:report")
    assert (asked.moved, one.outcome) == (False, Outcome.UNMET)
    assert one.wanted


def test_a_report_signed_by_somebody_who_does_not_check(hands: Hands) -> None:
    hands.owners(trust_key(hands.keys.public("carl").spki_der, person="carl", roles=["builder"]))
    asked = hands.asked(FIRST)
    one = condition(asked, "evidence:report")
    assert (asked.moved, one.outcome) == (False, Outcome.UNMET)
    assert "checker" in one.wanted + one.why


def test_a_clock_that_was_moved_back(hands: Hands) -> None:
    hands.clock.set("2026-01-15T00:00:00Z")
    with pytest.raises(ClockError):
        hands.asked(FIRST)


def test_a_policy_swapped_after_approvals(hands: Hands) -> None:
    demand(hands, POLICY)
    asked = hands.asked(FIRST)
    one = condition(asked, "approvals:0")
    assert (asked.moved, one.outcome) == (False, Outcome.UNMET)
    assert "cat: given under another policy; dora: given under another policy" in one.seen


def test_a_condition_that_breaks(hands: Hands) -> None:
    one = asking(hands, "1 / size(release.images) > 0 || true")
    assert one.outcome is Outcome.INCONCLUSIVE
    assert one.why.startswith("it could not be decided: ")


def test_a_condition_that_would_never_end(hands: Hands) -> None:
    tens = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    nested = "true"
    for name in "abcde":
        nested = f"{tens}.all({name}, {nested})"
    one = asking(hands, nested)
    assert one.outcome is Outcome.INCONCLUSIVE
    assert "budget" in one.why or "iterations" in one.why or "loop" in one.why


def test_a_misspelt_field(hands: Hands) -> None:
    policy = POLICY + CONDITION.format(expr="'release.spec.modle.task == \"x\"'")
    with pytest.raises(DocumentError) as refused:
        compile_policy(loaded(hands, policy))
    (fault,) = refused.value.faults
    assert "modle" in fault.message
    assert fault.location is not None
    assert (
        policy.splitlines()[fault.location.line - 1][fault.location.column - 1 :].find("modle") >= 0
    )
    assert "model" in fault.help[0]


def test_a_huge_expression(hands: Hands) -> None:
    policy = POLICY + CONDITION.format(expr=json.dumps("true && " * 9_000 + "true"))
    with pytest.raises(DocumentError, match="is not at most 65536 long"):
        compile_policy(loaded(hands, policy))
