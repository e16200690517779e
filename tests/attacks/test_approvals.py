"""Approvals that people gave, brought before the gate where they were not given.

Whoever does that holds the log's key: the verbs sign and log an approval in one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.promoted import ENVIRONMENT, FIRST, POLICY, SECOND
from weighbridge.bootstrap import rule_set
from weighbridge.codec.bundle import bundle_bytes
from weighbridge.gate.case import Act
from weighbridge.model.decision import Outcome
from weighbridge.model.event import Kind
from weighbridge.seal.control import trust_key
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.environments import application, load_environment
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.published import publication

if TYPE_CHECKING:
    from tests.attacks.hands import Hands


def refused(hands: Hands, release: str) -> bool:
    """Tell whether the gate refuses production, and for want of approvals."""
    asked = hands.asked(release)
    outcomes = {one.id: one.outcome for one in asked.decision.conditions}
    return not asked.moved and outcomes["approvals:0"] is Outcome.UNMET


def test_an_approval_of_another_release(hands: Hands) -> None:
    for body in hands.bodies(Kind.ACT_SAID, FIRST):
        stolen = body | {"release": hands.digest(SECOND), "version": "1.1.0"}
        hands.append(Kind.ACT_SAID, stolen)
    assert refused(hands, SECOND)
    assert hands.asked(FIRST).moved  # for which they were given


def test_an_approval_for_another_environment(hands: Hands) -> None:
    release = hands.digest(SECOND)
    for person in ("cat", "dora"):
        intent = Intent(act=Act.APPROVE, release=release, environment="staging")
        say(intent, signer=hands.key(person), registry=hands.registry)
    for body in hands.bodies(Kind.ACT_SAID, SECOND):
        hands.append(Kind.ACT_SAID, body | {"environment": "production"})
    assert refused(hands, SECOND)


def test_an_approval_under_another_policy(hands: Hands) -> None:
    (hands.folder / "policy.yaml").write_text(POLICY.replace('version: "1"', 'version: "2"'))
    bundle = load_policy(hands.folder / "policy.yaml", rule_set=rule_set()).bundle
    hands.registry.blobs.put(bundle_bytes(bundle))
    hands.owners(publication(bundle))
    path = hands.folder / "production.yaml"
    text = ENVIRONMENT.format(name="production", more=", promotesFrom: staging")
    path.write_text(text.replace("house@1", "house@2"))
    applied = application(*load_environment(path), hands.registry)
    hands.registry.blobs.put(applied.record)
    hands.owners(applied.change)
    for body in hands.bodies(Kind.ACT_SAID, FIRST):
        hands.append(Kind.ACT_SAID, body)
    assert refused(hands, FIRST)


def test_an_approval_that_is_brought_back_after_its_key_expired(hands: Hands) -> None:
    given = hands.bodies(Kind.ACT_SAID, FIRST)
    hands.approve(FIRST, "cat", act=Act.WITHDRAW)
    key = hands.keys.public("cat").spki_der
    until = "2026-04-01T00:00:00Z"
    hands.owners(trust_key(key, person="cat", roles=["ml-lead"], until=until))
    hands.clock.set("2026-04-02T00:00:00Z")
    hands.append(Kind.ACT_SAID, next(body for body in given if body["person"] == "cat"))
    assert refused(hands, FIRST)
