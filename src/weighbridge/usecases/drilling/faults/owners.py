"""What owners decide, changed by too few or by who is none; and who may deploy where."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import bundle_bytes
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.times import span
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.seal.control import Action, Change, trust_key
from weighbridge.usecases.drilling.cast import BYSTANDER, COLLEAGUE, DEPLOYER, STRANGER
from weighbridge.usecases.drilling.closing import APPROVALS
from weighbridge.usecases.drilling.faults.people import ELSEWHERE
from weighbridge.usecases.drilling.interface import Fault, Trial
from weighbridge.usecases.drilling.judging import RACE, done, promoted
from weighbridge.usecases.drilling.planting import follow_policy, renamed
from weighbridge.usecases.drilling.playing import finished
from weighbridge.usecases.promote import promote

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.ports import Transaction
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "owners and deployers"
TOO_FEW = "owners"
_SIGNATURE = frozenset({"wrong-role", "unknown-key"})


def _one_owner(scene: Scene) -> Trial:
    """Have one owner alone publish another policy."""
    bundle = renamed(scene.origin.place.bundle)
    metadata = bundle.policy.metadata
    digest = scene.blobs.put(bundle_bytes(bundle))
    subject = (f"{metadata.name}@{metadata.version}", digest)
    change = Change(Action.POLICY_PUBLISH, subject=subject, parameters={})
    outcome = scene.own(change, by=scene.cast.owners[:1])
    if outcome.applied:
        return Trial(refused=False, verdict="applied")
    why = f"{outcome.missing} more owners must sign"
    return Trial(refused=True, verdict="waits", lines=frozenset({(TOO_FEW,)}), why=why)


def one_is_enough(scene: Scene) -> str:
    """Say that one owner alone decides, or nothing."""
    return "one owner alone may change what is trusted" if scene.cast.threshold == 1 else ""


def _no_owner(scene: Scene) -> Trial:
    """Have somebody who is no owner trust a key."""
    person = scene.cast[BYSTANDER]
    change = trust_key(scene.cast[STRANGER].key.spki, person=STRANGER, roles=["builder"])
    return done(lambda: scene.own(change, by=[person]))


def _unpublished(scene: Scene) -> Trial:
    """Have owners apply an environment under a policy that was never published."""
    record = {**scene.origin.place.record, POLICY_DIGEST: ELSEWHERE}
    digest = scene.blobs.put(canonical_bytes(record))
    change = Change(
        Action.ENVIRONMENT_APPLY,
        subject=(scene.environment, digest),
        parameters={"policy": ELSEWHERE},
    )
    return done(lambda: scene.own(change))


def _edited_policy(scene: Scene) -> Trial:
    """Have the store hold another policy where the environment's own should be."""
    place = scene.origin.place
    scene.blobs.replace(place.policy, bundle_bytes(renamed(place.bundle)))
    return promoted(scene)


def _edited_environment(scene: Scene) -> Trial:
    """Have the store hold another environment where the one that was applied should be."""
    place = scene.origin.place
    spec = {**place.record["spec"], "enforcement": "observe"}
    scene.blobs.replace(place.digest, canonical_bytes({**place.record, "spec": spec}))
    return promoted(scene)


def _swapped_policy(scene: Scene) -> Trial:
    """Have the environment follow another version of its policy, after all have approved."""
    follow_policy(scene, renamed(scene.origin.place.bundle))
    return promoted(scene)


def _deployed_by(scene: Scene, name: str) -> Trial:
    return done(lambda: scene.promote(by=name))


class _Raced:
    """A registry in which somebody else is faster, once."""

    def __init__(self, scene: Scene) -> None:
        self._registry = scene.registry
        self._rival: Callable[[], object] | None = lambda: scene.promote(by=COLLEAGUE)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - all else is the registry's
        return getattr(self._registry, name)

    def change(self, change: Callable[[Transaction], Any]) -> Any:  # noqa: ANN401 - as the port
        """Let the other go first."""
        rival, self._rival = self._rival, None
        if rival is not None:
            rival()
        return self._registry.change(change)


def _raced(scene: Scene) -> Trial:
    raced: Any = _Raced(scene)
    found = promote(
        scene.origin.release, scene.environment, signer=scene.cast[DEPLOYER].key, registry=raced
    )
    lost = found.lost is not None and not found.moved
    lines = frozenset({(RACE,)}) if lost else frozenset()
    return Trial(refused=not found.moved, verdict="lost" if lost else "moved", lines=lines)


def _held(scene: Scene) -> Trial:
    """Go back, and ask for the same release again."""
    scene.roll_back()
    return promoted(scene)


def _never_held(scene: Scene) -> str:
    policy = scene.origin.place.bundle.policy.spec.rollback_policy
    holds = policy is None or policy.holds
    return "" if holds else "its policy holds nothing after a rollback"


def _skipped(scene: Scene) -> Trial:
    scene.play(step for step in scene.steps() if step.place is None)
    return finished(scene)


def _first(scene: Scene) -> str:
    return "" if scene.origin.places[:-1] else f"nothing comes before {scene.environment}"


def _unsoaked(scene: Scene) -> Trial:
    """Come to the environment before only now."""
    scene.play(step for step in scene.steps() if step.place is None)
    for place in scene.origin.places[:-1]:
        scene.arrive(place)
    return finished(scene)


def _soaks_not(scene: Scene) -> str:
    soak = scene.origin.place.record["spec"].get("soak")
    asked = soak is not None and span(soak).total_seconds() > 0
    return _first(scene) or ("" if asked else f"{scene.environment} asks for no time there")


_fault = partial(Fault, family=FAMILY, begins="approved")

FAULTS = (
    _fault(
        "policy-by-one-owner",
        "one owner alone publishes another policy",
        _one_owner,
        {TOO_FEW},
        control="trusting",
        missing=one_is_enough,
    ),
    _fault(
        "trust-by-no-owner",
        "somebody who is no owner has a key trusted",
        _no_owner,
        _SIGNATURE,
        control="trusting",
    ),
    _fault(
        "unpublished-policy",
        "the environment is to follow a policy that was never published",
        _unpublished,
        {"unknown-policy"},
        control="trusting",
    ),
    _fault(
        "edited-policy",
        "the store holds another policy than the environment is pinned to",
        _edited_policy,
        {"WB", "case-intact"},
    ),
    _fault(
        "edited-environment",
        "the store holds another environment than owners applied",
        _edited_environment,
        {"WB", "case-intact"},
    ),
    _fault(
        "policy-swapped",
        "the policy is another since all have approved",
        _swapped_policy,
        {"approvals"},
        close=APPROVALS,
    ),
    _fault(
        "deployed-without-role",
        "somebody promotes it who may not deploy there",
        partial(_deployed_by, name=BYSTANDER),
        _SIGNATURE,
    ),
    _fault(
        "deployed-by-stranger",
        "a key promotes it that nobody trusts",
        partial(_deployed_by, name=STRANGER),
        _SIGNATURE,
    ),
    _fault("promotion-race", "somebody else moves the pointer meanwhile", _raced, {RACE}),
    _fault(
        "promoted-while-held",
        "after a rollback the same release is asked for again",
        _held,
        {"not-held"},
        begins="succeeded",
        control="rollback",
        missing=_never_held,
    ),
    _fault(
        "environment-skipped",
        "the release was never in the environment before",
        _skipped,
        {"promoted-before"},
        begins="founded",
        missing=_first,
    ),
    _fault(
        "not-soaked",
        "the release came to the environment before only now",
        _unsoaked,
        {"soaked"},
        begins="founded",
        missing=_soaks_not,
    ),
)
