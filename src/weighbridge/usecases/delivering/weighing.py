"""What is delivered is weighed once more: the bytes, the decision, and what was said since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.compliance import why
from weighbridge.gate.glass import never_past
from weighbridge.model.decision import ENFORCE, GateVerdict
from weighbridge.model.delivery import Cause, Why
from weighbridge.model.errors import DeliveryError, Fault, NotFoundError, WeighbridgeError
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Verdict
from weighbridge.rules.configuration.value_out_of_range import RULE as IN_RANGE
from weighbridge.rules.engine import judge
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer
from weighbridge.usecases.replay_decision import replay_decision
from weighbridge.usecases.verify import stored_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.ports import BlobReader, Progress, Registry
    from weighbridge.model.verification import Problem
    from weighbridge.usecases.overseeing import Standing
    from weighbridge.usecases.references import Named


def pointer_of(name: str, environment: str, registry: Registry) -> Pointer:
    """Read where a name points.

    Raises:
        NotFoundError: It points to nothing there, or there is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(environment)
        pointer = gathering.pointer(environment, name)
    if not pointer.release:
        help_ = [f"weighbridge promote {name}@VERSION --to {environment}"]
        raise NotFoundError(f"{environment} points to no release of {name}", help=help_)
    return pointer


def weigh_decision(name: str, environment: str, registry: Registry) -> list[Problem]:
    """Make the newest decision on what stands somewhere again, and say where it differs."""
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        pointer = gathering.pointer(environment, name)
    return list(replay_decision(str(pointer.moves[-1].entry), registry=registry).problems)


def weigh_bytes(release: str, blobs: BlobReader, progress: Progress) -> list[Problem]:
    """Read every stored byte of a release."""
    return stored_problems(release, blobs, progress)


def weigh_parameters(named: Named) -> Cause | None:
    """Hold the values a release is going to run with against their ranges and conditions."""
    facts = Facts(release=named.release, document=named.document, sealed=True)
    found = [one for one in judge([IN_RANGE], facts).findings if one.verdict is not Verdict.PASS]
    if not found:
        return None
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    return Cause(why=Why.PARAMETER, name=found[0].subject, text=f"{found[0].message}{more}")


def said_against(name: str, environment: str, *, registry: Registry, now: str) -> Cause | None:
    """Say why what stands somewhere may not run there now; None if it may.

    Where the gate only observes, and under broken glass, what nobody gets past counts alone.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        standing = Overseer(gathering, now=now).look(environment, name)
    verdict = standing.decision.verdict
    if verdict is GateVerdict.ALLOWED:
        return None
    if _past(standing) and not never_past(standing.decision):
        return None
    return Cause(why=Why.GATE, name=verdict.value, text=why(standing.decision))


def _past(standing: Standing) -> bool:
    """Tell whether it was let in past what is not met: observed, or under broken glass."""
    spec = standing.case.environment["spec"]
    return spec.get("enforcement", ENFORCE) != ENFORCE or standing.pointer.moves[-1].under_glass


def refuse(problems: Sequence[Problem], title: str) -> WeighbridgeError:
    """Return the error that says what is wrong with a release that was to be delivered."""
    faults = [
        Fault(
            DeliveryError.code,
            f"{title} is not delivered: {one.message}",
            seen=one.seen,
            wanted=one.wanted,
            cause=f"{one.code}, {one.subject}",
            help=tuple(one.remediation),
        )
        for one in problems
    ]
    return DeliveryError.from_faults(faults)
