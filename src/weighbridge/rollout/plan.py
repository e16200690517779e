"""What a manifest demands of a delivery, made ready to be driven: steps, questions, ways back."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from weighbridge.model.delivery import WHOLE, Strategy
from weighbridge.rollout.questions import Question, question_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release import ModelRelease
    from weighbridge.model.release.rollout import Rollback, Rollout

DEFAULT_START: Final = 120_000
"""Milliseconds a release may take until it is ready, where nobody says otherwise."""
DEFAULT_BACK: Final = 300_000
"""Milliseconds a rollback may take where the manifest says nothing."""
_SWITCHED: Final = frozenset({Strategy.ROLLING, Strategy.RECREATE})
"""Strategies in which all requests move at once: on one machine there is one replica."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a rollout.

    Attributes:
        weight: Share of requests, in percent.
        hold: How long it lasts at least, in milliseconds.
        analysis: The analysis that judges it; empty for none.
        before: Milliseconds before the first measurement.
        count: How many measurements judge it.
    """

    weight: int
    hold: int = 0
    analysis: str = ""
    before: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A failure mode that somebody watches for.

    Attributes:
        name: Its id.
        action: `rollback`, `pause` or `page`.
        symptom: What people see.
    """

    name: str
    action: str
    symptom: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a manifest demands of a delivery.

    Attributes:
        strategy: How the release takes the place of the one before.
        steps: The steps, in order; at least one, and the last one is all requests.
        questions: The analyses, by name.
        beside: Analyses of no step, asked all along the steps.
        automatic: What turns it round by itself: analyses and failure modes; None for each of them.
        modes: Failure modes, by id.
        verify: Analyses that must succeed on the release before, once it is back.
        window: Milliseconds it is watched behind the last step.
        start: Milliseconds it may take until it is ready.
        back: Milliseconds a rollback may take.
    """

    strategy: Strategy
    steps: tuple[Step, ...]
    questions: Mapping[str, Question] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    automatic: frozenset[str] | None = None
    modes: Mapping[str, Mode] = field(default_factory=dict)
    verify: tuple[str, ...] = ()
    window: int = 0
    start: int = DEFAULT_START
    back: int = DEFAULT_BACK

    def turns(self, name: str) -> bool:
        """Tell whether an analysis or a failure mode turns a delivery round by itself."""
        return self.automatic is None or name in self.automatic


def plan_of(
    release: ModelRelease, *, strategy: Strategy, first: bool, scrape: int, start: int
) -> Plan:
    """Make a manifest's demands ready.

    Args:
        release: The manifest.
        strategy: How it takes the place of the one before (`strategy_of`).
        first: Whether there is none before it: then there is nothing to share requests with, to
            hold it against, or to go back to, and it gets all requests as soon as it is ready.
        scrape: Milliseconds between two samples of the metrics.
        start: Milliseconds it may take until it is ready.

    Raises:
        PlanError: It cannot be driven as it stands; says where.
    """
    spec = release.spec
    asked = list(_questions(spec.rollout, scrape))
    known = {one.name: one for one in asked}
    at_once = first or strategy is Strategy.RESTORE
    steps = (Step(weight=WHOLE),) if at_once else _steps(spec.rollout, strategy, known)
    named = {one.analysis for one in steps}
    return Plan(
        strategy=strategy,
        steps=steps,
        questions=known,
        beside=() if at_once else tuple(one for one in known if one not in named),
        automatic=_automatic(spec.rollback),
        modes={
            one.id: Mode(name=one.id, action=one.action, symptom=one.symptom)
            for one in spec.failure_modes or ()
            if one.signal is not None
        },
        verify=tuple(spec.rollback.verify or ()) if spec.rollback is not None else (),
        window=0 if at_once else _of_rollback(spec.rollback, "window", 0),
        start=start,
        back=_of_rollback(spec.rollback, "max_duration", DEFAULT_BACK),
    )


def strategy_of(release: ModelRelease) -> Strategy:
    """Return how a release wants to take the place of the one before it."""
    rollout = release.spec.rollout
    return Strategy.ROLLING if rollout is None else Strategy(rollout.strategy)


def milliseconds(duration: str | None) -> int:
    """Return a duration of a manifest in whole milliseconds; 0 for none."""
    return 0 if duration is None else int(Decimal(duration.removesuffix("s")) * 1000)


def _questions(rollout: Rollout | None, scrape: int) -> Iterator[Question]:
    for index, one in enumerate(rollout.analysis or () if rollout is not None else ()):
        yield question_of(one, f"/spec/rollout/analysis/{index}", scrape=scrape)


def _automatic(rollback: Rollback | None) -> frozenset[str] | None:
    """Name what turns a delivery round: all there is, unless the manifest lists it."""
    listed = None if rollback is None else rollback.automatic_on
    return None if listed is None else frozenset(listed)


def _of_rollback(rollback: Rollback | None, name: str, otherwise: int) -> int:
    said = None if rollback is None else getattr(rollback, name)
    return otherwise if said is None else milliseconds(said)


def _steps(
    rollout: Rollout | None, strategy: Strategy, known: Mapping[str, Question]
) -> tuple[Step, ...]:
    """Return the steps; the last one is all requests."""
    said = rollout.steps or () if rollout is not None else ()
    if not said:
        return (Step(weight=WHOLE),)
    found = [
        _judged(Step(weight=one.weight, hold=milliseconds(one.hold)), known.get(one.analysis or ""))
        for one in said
    ]
    if strategy in _SWITCHED:
        last = found[-1]
        return (
            Step(
                weight=WHOLE,
                hold=last.hold,
                analysis=last.analysis,
                before=last.before,
                count=last.count,
            ),
        )
    return (*found, *(() if found[-1].weight == WHOLE else (Step(weight=WHOLE),)))


def _judged(step: Step, question: Question | None) -> Step:
    """Fit measurements into a step, so that the last one falls on its end.

    As controllers are told to: with a count they may take longer than the step holds.
    """
    if question is None:
        return step
    interval = question.interval
    count = question.count or (max(1, step.hold // interval) if interval else 1)
    measuring = (count - 1) * interval
    return Step(
        weight=step.weight,
        hold=step.hold,
        analysis=question.name,
        before=max(0, step.hold - measuring),
        count=count,
    )
