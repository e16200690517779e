"""What is planted past the verbs: words nobody judged before they were entered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.canonical import digest as digest_of
from weighbridge.gate.case import Act
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.event import Kind, read_event
from weighbridge.model.predicates import DELEGATION
from weighbridge.seal.control import Action, Change
from weighbridge.seal.statement import Statement, write_statement

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.scene import Scene

_LASTS = "3600s"


def delegated(
    scene: Scene,
    giver: Person,
    to: Person,
    *,
    act: Act = Act.DELEGATE,
    lasts: str = _LASTS,
    environment: str = "",
) -> None:
    """Enter that somebody hands his right to approve to another, or takes it back.

    Args:
        scene: The twin.
        giver: Who hands it over.
        to: To whom.
        act: `delegate` or `withdraw`.
        lasts: For how long.
        environment: Where, as he signs it; here if empty.
    """
    place = scene.origin.place
    until = scene.in_future(lasts) if act is Act.DELEGATE else ""
    predicate: dict[str, Any] = {
        "act": act.value,
        "after": scene.size,
        "environment": environment or place.name,
        "environmentDigest": place.digest,
        "from": scene.registry.clock.time if act is Act.DELEGATE else "",
        "log": "drill",
        "reason": "a drill",
        "to": to.name,
        "until": until,
    }
    subject = (predicate["environment"], place.digest)
    payload = write_statement(Statement(DELEGATION, subjects=(subject,), predicate=predicate))
    body: dict[str, Any] = {
        "act": act.value,
        "bundle": scene.signed(payload, by=giver),
        "environment": place.name,
        "environmentDigest": place.digest,
        "from": predicate["from"],
        "person": giver.name,
        "predicateType": DELEGATION,
        "to": to.name,
        "until": until,
    }
    scene.plant(Kind.ACT_SAID, body)


def brought_again(scene: Scene, *, kind: Kind = Kind.ACT_SAID, back: int = 1) -> None:
    """Enter a word of before once more, as it was signed then.

    Args:
        scene: The twin.
        kind: Of which kind.
        back: Which one, counted from the newest.
    """
    with scene.registry.reading() as view:
        found = [one for one in map(read_event, view.entries()) if one.kind is kind]
    scene.plant(kind, found[-back].body)


def renamed(bundle: PolicyBundle, **spec: object) -> PolicyBundle:
    """Write another version of a policy, with the same demands but for what is told."""
    policy = bundle.policy
    metadata = policy.metadata.model_copy(update={"version": "drilled"})
    changed = {"metadata": metadata, "spec": policy.spec.model_copy(update=spec)}
    return replace(bundle, policy=policy.model_copy(update=changed))


def follow_policy(scene: Scene, bundle: PolicyBundle) -> None:
    """Have owners publish another policy, and the environment follow it."""
    place = scene.origin.place
    metadata, paper = bundle.policy.metadata, bundle_bytes(bundle)
    policy = scene.blobs.put(paper)
    subject = (f"{metadata.name}@{metadata.version}", policy)
    scene.own(Change(Action.POLICY_PUBLISH, subject=subject, parameters={}))
    record = canonical_bytes({**place.record, POLICY_DIGEST: digest_of(paper)})
    change = Change(
        Action.ENVIRONMENT_APPLY,
        subject=(place.name, scene.blobs.put(record)),
        parameters={"policy": policy},
    )
    scene.own(change)
