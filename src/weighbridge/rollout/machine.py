"""The state machine of a delivery: where it stands, what was seen, and where it goes next.

It decides one position at a time, which the driver enters in the ledger before it does anything.
Turning round comes before all else, then orders, then failures, then progress; nothing that is
unknown is progress.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from weighbridge.model.delivery import (
    WHOLE,
    Cause,
    Delivery,
    Desired,
    Health,
    Order,
    Phase,
    Position,
    Strategy,
    Tally,
    Why,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.delivery import Ordered
    from weighbridge.rollout.plan import Plan, Step
    from weighbridge.rollout.questions import Question

_RUNNING = frozenset({Phase.ROLLING_OUT, Phase.WATCHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen of a delivery at some time.

    Attributes:
        release: How the release runs.
        previous: How the one before runs.
        firing: Failure modes whose alerts fire, each with what fires; none if that is not known.
        refused: Why it may not be delivered; None if it may.
        moved: Where the pointer is if it left the release; empty if it did not.
        settled: Whether all that a rollback does beside the target is done.
        unsettled: Why that cannot be done; empty if it can.
    """

    release: Health = field(default_factory=Health)
    previous: Health = field(default_factory=Health)
    firing: Mapping[str, str] = field(default_factory=dict)
    refused: Cause | None = None
    moved: str = ""
    settled: bool = False
    unsettled: str = ""


def desired(delivery: Delivery) -> Desired:
    """Return what is to run, and which share of requests it gets."""
    position, before = delivery.position, bool(delivery.previous)
    if position.phase is Phase.DELIVERED:
        return Desired(release=True, previous=False, weight=WHOLE)
    if delivery.over:
        runs = before and position.phase is not Phase.STOPPED
        return Desired(release=False, previous=runs, weight=0)
    apart = delivery.strategy is Strategy.RECREATE and before
    back = position.phase is Phase.ROLLING_BACK
    return Desired(
        release=not (apart and back),
        previous=before and not (apart and not back),
        weight=0 if back else position.weight,
    )


def active(plan: Plan, delivery: Delivery) -> tuple[str, ...]:
    """Name the analyses that are asked where a delivery stands."""
    position = delivery.position
    names: tuple[str, ...] = ()
    if position.phase is Phase.ROLLING_OUT:
        step = plan.steps[position.step]
        names = (*((step.analysis,) if step.analysis else ()), *plan.beside)
    elif position.phase is Phase.WATCHING:
        names = tuple(one for one in plan.questions if plan.turns(one))
    elif position.phase is Phase.ROLLING_BACK and delivery.previous:
        names = tuple(one for one in plan.verify if one in plan.questions)
    if position.paused is not None:
        names = tuple(one for one in names if plan.turns(one))
    return names


def due(plan: Plan, delivery: Delivery) -> dict[str, int]:
    """Say when each analysis is to be asked next, in milliseconds of Unix time."""
    found = {}
    for name in active(plan, delivery):
        at = _next(plan, delivery, plan.questions[name])
        if at is not None:
            found[name] = at
    return found


def _next(plan: Plan, delivery: Delivery, question: Question) -> int | None:
    position = delivery.position
    tally = delivery.tallies.get(question.name, Tally())
    rolling = position.phase is Phase.ROLLING_OUT
    step = plan.steps[position.step] if rolling else None
    judging = step is not None and step.analysis == question.name
    count = step.count if step is not None and judging else question.count
    endless = position.phase in {Phase.ROLLING_BACK, Phase.WATCHING} or position.paused is not None
    if tally.last is not None:
        again = not count or tally.judged < count or endless
        every = question.interval or (question.freshness if endless else 0)
        return tally.last.at + every if again and every else None
    if step is not None and judging:
        return position.since + step.before
    return position.since + question.interval


def decide(plan: Plan, delivery: Delivery, sight: Sight, now: int) -> Position | None:
    """Decide where a delivery goes next.

    Args:
        plan: What its manifest demands.
        delivery: Where it stands.
        sight: What was seen.
        now: When, in milliseconds of Unix time.

    Returns:
        The next position; None to stay.
    """
    if delivery.over:
        return None
    if delivery.position.phase is Phase.ROLLING_BACK:
        return _brought_back(plan, delivery, sight, now)
    cause = sight.refused or _taken_out(delivery, sight) or _turning(plan, delivery, sight)
    if cause is not None:
        return _turned(delivery, cause, now)
    if delivery.order is not None:
        return _ordered(plan, delivery, delivery.order, now)
    return _gone_on(plan, delivery, sight, now)


def _gone_on(plan: Plan, delivery: Delivery, sight: Sight, now: int) -> Position | None:
    """Wait for a person where something asks for one, or make progress."""
    if delivery.position.paused is not None:
        return None
    stopped = _stopped(plan, delivery, sight)
    if stopped is not None:
        return replace(delivery.position, paused=stopped, since=now)
    return _progress(plan, delivery, sight, now)


def _taken_out(delivery: Delivery, sight: Sight) -> Cause | None:
    """Say why a delivery cannot go on, whatever is measured."""
    phase = delivery.position.phase
    if sight.moved:
        return Cause(why=Why.POINTER, text=f"{delivery.environment} points to {sight.moved} now")
    if delivery.order is not None and delivery.order.order is Order.ABORT:
        one = delivery.order
        return Cause(why=Why.ORDER, name=one.person, text=one.reason)
    if sight.release.gone:
        why = Why.CRASH if phase in _RUNNING else Why.NOT_READY
        return Cause(why=why, text=sight.release.gone)
    return None


def _turning(plan: Plan, delivery: Delivery, sight: Sight) -> Cause | None:
    """Say what of the manifest's signals turns a delivery round now."""
    if delivery.position.phase not in _RUNNING:
        return None
    for name, shown in sorted(sight.firing.items()):
        mode = plan.modes.get(name)
        if mode is not None and (mode.action == "rollback" or _listed(plan, name)):
            text = f"{mode.symptom} ({shown})"
            return Cause(why=Why.FAILURE_MODE, name=name, text=text)
    failed = _failed(plan, delivery)
    return failed if failed is not None and plan.turns(failed.name) else None


def _listed(plan: Plan, name: str) -> bool:
    return plan.automatic is not None and name in plan.automatic


def _failed(plan: Plan, delivery: Delivery) -> Cause | None:
    """Name the analysis that failed more often than is tolerated."""
    for name in active(plan, delivery):
        tally = delivery.tallies.get(name, Tally())
        if tally.failures > plan.questions[name].failure_limit:
            text = "" if tally.last is None else tally.last.text
            return Cause(why=Why.ANALYSIS, name=name, text=text)
    return None


def _turned(delivery: Delivery, cause: Cause, now: int) -> Position:
    """Turn round: from here on the release gets no requests."""
    # A restored release that does not come up leaves what is there where it is.
    restoring = delivery.strategy is Strategy.RESTORE
    phase = Phase.FAILED if restoring else Phase.ROLLING_BACK
    return Position(phase=phase, step=delivery.position.step, weight=0, since=now, cause=cause)


def _ordered(plan: Plan, delivery: Delivery, ordered: Ordered, now: int) -> Position:
    """Do what a person orders; aborting is turning round."""
    position = delivery.position
    if ordered.order is Order.PAUSE:
        paused = Cause(why=Why.ORDER, name=ordered.person, text=ordered.reason)
        return replace(position, paused=paused, since=now)
    if ordered.order is Order.SKIP and position.phase is Phase.ROLLING_OUT:
        return _after(plan, delivery, now)
    if ordered.order is Order.SKIP and position.phase is Phase.WATCHING:
        return _ended(delivery, now)
    return replace(position, paused=None, since=now)


def _stopped(plan: Plan, delivery: Delivery, sight: Sight) -> Cause | None:
    """Say what makes a delivery wait for a person."""
    if delivery.position.phase not in _RUNNING:
        return None
    for name, shown in sorted(sight.firing.items()):
        mode = plan.modes.get(name)
        if mode is not None and mode.action == "pause":
            text = f"{mode.symptom} ({shown})"
            return Cause(why=Why.FAILURE_MODE, name=name, text=text)
    failed = _failed(plan, delivery)
    if failed is not None:
        return failed
    for name in active(plan, delivery):
        tally = delivery.tallies.get(name, Tally())
        if tally.inconclusive > plan.questions[name].inconclusive_limit:
            text = "" if tally.last is None else tally.last.text
            return Cause(why=Why.ANALYSIS, name=name, text=text)
    return None


def _progress(plan: Plan, delivery: Delivery, sight: Sight, now: int) -> Position | None:
    position = delivery.position
    lasted = now - position.since
    if position.phase is Phase.WATCHING:
        return _ended(delivery, now) if lasted >= plan.window and sight.release.ready else None
    if position.phase is Phase.PREPARING:
        if sight.release.ready:
            weight = plan.steps[0].weight
            return Position(phase=Phase.ROLLING_OUT, step=0, weight=weight, since=now)
        if lasted > plan.start:
            text = f"it was not ready after {plan.start // 1000} s"
            return _turned(delivery, Cause(why=Why.NOT_READY, text=text), now)
        return None
    step = plan.steps[position.step]
    done = lasted >= step.hold and _is_judged(step, delivery)
    return _after(plan, delivery, now) if done and sight.release.ready else None


def _is_judged(step: Step, delivery: Delivery) -> bool:
    return not step.analysis or delivery.tallies.get(step.analysis, Tally()).judged >= step.count


def _after(plan: Plan, delivery: Delivery, now: int) -> Position:
    """Return the position behind a step."""
    step = delivery.position.step + 1
    if step < len(plan.steps):
        weight = plan.steps[step].weight
        return Position(phase=Phase.ROLLING_OUT, step=step, weight=weight, since=now)
    if plan.window:
        last = delivery.position.step
        return Position(phase=Phase.WATCHING, step=last, weight=WHOLE, since=now)
    return _ended(delivery, now)


def _ended(delivery: Delivery, now: int) -> Position:
    step = delivery.position.step
    return Position(phase=Phase.DELIVERED, step=step, weight=WHOLE, since=now)


def _brought_back(plan: Plan, delivery: Delivery, sight: Sight, now: int) -> Position | None:
    """Decide when a rollback is done, or cannot be."""
    position = delivery.position
    ended = replace(position, since=now, paused=None)
    if not delivery.previous:
        return replace(ended, phase=Phase.FAILED)
    missing = _not_back(plan, delivery, sight)
    if not missing:
        return replace(ended, phase=Phase.ROLLED_BACK, late=now - position.since > plan.back)
    if sight.previous.gone or sight.unsettled or now - position.since > plan.back:
        return replace(ended, phase=Phase.FAILED, late=True, cause=_joined(position, missing))
    return None


def _not_back(plan: Plan, delivery: Delivery, sight: Sight) -> str:
    """Say what a rollback still waits for; empty if it is done."""
    if sight.unsettled:
        return sight.unsettled
    if sight.previous.gone:
        return f"the release before {sight.previous.gone}"
    if not sight.previous.ready:
        return "the release before is not ready"
    if not sight.settled:
        return "the pointer is not back"
    for name in active(plan, delivery):
        last = delivery.tallies.get(name, Tally()).last
        if not delivery.tallies.get(name, Tally()).successes:
            return f"{name} did not succeed on it: {'not asked yet' if last is None else last.text}"
    return ""


def _joined(position: Position, missing: str) -> Cause:
    """Say why a rollback failed, and what had set it off."""
    cause = position.cause or Cause(why=Why.TIMEOUT)
    return replace(cause, text=f"{cause.text}; and {missing}" if cause.text else missing)


def wakes(plan: Plan, delivery: Delivery, now: int) -> int | None:
    """Say when something more is to be done by the clock alone; None if nothing is."""
    position = delivery.position
    moments = list(due(plan, delivery).values())
    if position.paused is None:
        lasts = {
            Phase.PREPARING: plan.start + 1,
            Phase.ROLLING_BACK: plan.back + 1,
            Phase.WATCHING: plan.window,
        }.get(position.phase)
        if position.phase is Phase.ROLLING_OUT:
            lasts = plan.steps[position.step].hold
        if lasts is not None:
            moments.append(position.since + lasts)
    return min((one for one in moments if one > now), default=None)
