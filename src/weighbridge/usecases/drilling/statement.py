"""A drill as a statement about the release it was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.drill import Drill, Fate, Planted
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.errors import UsageError
from weighbridge.model.predicates import DRILL
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.scene import Scene


def drill_statement(drill: Drill) -> bytes:
    """Write a drill as what is signed.

    Raises:
        UsageError: Nothing came of it, so that there is nothing to be said.
    """
    if drill.controls or not drill.caught + drill.through:
        failed = ", ".join(name for name, _ in drill.controls)
        help_ = [f"weighbridge drill {drill.environment}"]
        message = "this drill proves nothing: acts without any fault were refused, too"
        raise UsageError(message, seen=failed, help=help_)
    planted = [
        {
            "by": ", ".join(one.by),
            "caught": one.fate is Fate.CAUGHT,
            "name": one.name,
            "verdict": one.verdict,
        }
        for one in drill.planted
        if one.fate is not Fate.ABSENT
    ]
    predicate = {
        "at": drill.at,
        "environment": {"digest": drill.environment_digest, "name": drill.environment},
        "notApplicable": [one.name for one in drill.absent],
        "planted": planted,
        "policy": {"digest": drill.policy_digest, "name": drill.policy},
        "result": "PASSED" if drill.verdict == "pass" else "FAILED",
    }
    subject = (drill.title, drill.release)
    return write_statement(Statement(DRILL, subjects=(subject,), predicate=predicate))


def suppose_drilled(scene: Scene) -> None:
    """Have this very drill be evidence in the twin, where the policy asks for one of its gate.

    Without it no gate that asks for its own drill could ever be drilled.
    """
    place = scene.origin.place
    if not any(one.type in {"drill", DRILL} for one in place.bundle.policy.spec.evidence or ()):
        return
    with scene.registry.reading() as view:
        applied, record = Gathering.of(view, scene.registry).environment(place.name)
    itself = Planted(
        name="this-drill",
        family="twin",
        says="this very drill",
        fate=Fate.CAUGHT,
        verdict="supposed",
    )
    metadata = place.bundle.policy.metadata
    payload = drill_statement(
        Drill(
            environment=place.name,
            environment_digest=applied,
            release=scene.origin.release,
            title=scene.origin.title,
            policy=f"{metadata.name}@{metadata.version}",
            policy_digest=record[POLICY_DIGEST],
            switches=(),
            mode="enforce",
            at=scene.registry.clock.time,
            without=(),
            controls=(),
            planted=(itself,),
        )
    )
    scene.attest(payload, by=scene.cast.checkers)
