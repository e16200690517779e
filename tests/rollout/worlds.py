"""A world deliveries happen in, simulated: servers, metrics and a clock, without any waiting."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.model.delivery import (
    Answer,
    Delivery,
    Health,
    Measured,
    Phase,
    Place,
    Position,
    Reading,
    Strategy,
)
from weighbridge.model.event import Event, Kind
from weighbridge.model.release.rollout import Analysis
from weighbridge.rollout.folding import after
from weighbridge.rollout.judging import judge
from weighbridge.rollout.machine import Sight, decide, due, wakes
from weighbridge.rollout.plan import Mode, Plan, Step
from weighbridge.rollout.questions import question_of

if TYPE_CHECKING:
    from collections.abc import Callable

NEW, OLD = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
BEGAN = 1_800_000_000_000
QUERY = (
    'sum(rate(errors_total{release="$release"}[10s]))'
    ' / sum(rate(requests_total{release="$release"}[10s]))'
)


def analysis(**more: Any) -> Analysis:  # noqa: ANN401 - whatever an analysis has
    """Write an analysis of the manifest; names as Python has them."""
    known: dict[str, Any] = {
        **dict.fromkeys(Analysis.model_fields),
        "name": "errors",
        "query": QUERY,
        "success": "value < 0.01",
        "failure": "value > 0.05",
        "interval": "1s",
        "min_samples": 20,
        "on_no_data": "pause",
    }
    return Analysis.model_construct(**{**known, **more})


def plan(*steps: Step, **more: Any) -> Plan:  # noqa: ANN401 - whatever a plan has
    """Make a plan of one analysis, `errors`, in steps of 10, 50 and 100 %."""
    question = question_of(more.pop("asks", analysis()), "/spec/rollout/analysis/0", scrape=1000)
    judged: dict[str, Any] = {"hold": 5_000, "analysis": "errors", "before": 1_000, "count": 5}
    default = (Step(weight=10, **judged), Step(weight=50, **judged), Step(weight=100))
    known: dict[str, Any] = {
        "strategy": Strategy.CANARY,
        "steps": steps or default,
        "questions": {"errors": question},
        "modes": {"wrong": Mode(name="wrong", action="rollback", symptom="labels are wrong")},
    }
    return Plan(**{**known, **more})


def delivery(**more: Any) -> Delivery:  # noqa: ANN401 - whatever a delivery has
    """Make a delivery that has just begun."""
    known: dict[str, Any] = {
        "entry": 7,
        "environment": "production",
        "name": "demo",
        "release": NEW,
        "version": "1.1.0",
        "generation": 2,
        "previous": OLD,
        "strategy": Strategy.CANARY,
        "place": Place(kind="local"),
        "rendering": f"sha256:{'c' * 64}",
        "unpromoted": False,
        "person": "dora",
        "began": BEGAN,
        "position": Position(phase=Phase.PREPARING, since=BEGAN),
    }
    return Delivery(**{**known, **more})


@dataclass
class World:
    """What is there to be seen; each part can be changed while time goes on.

    Attributes:
        plan: What is demanded.
        delivery: Where it stands.
        answer: Answers a query at a time, for a release.
        health: How releases run, at a time.
    """

    plan: Plan
    delivery: Delivery
    answer: Callable[[int], Reading]
    health: Callable[[str, int], Health] = lambda _release, _now: Health(ready=True)
    firing: Callable[[int], dict[str, str]] = lambda _now: {}
    settled: bool = True
    unsettled: str = ""
    now: int = BEGAN
    positions: list[Position] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)

    def sight(self) -> Sight:
        return Sight(
            release=self.health(self.delivery.release, self.now),
            previous=self.health(OLD, self.now) if self.delivery.previous else Health(),
            firing=self.firing(self.now),
            settled=self.settled,
            unsettled=self.unsettled,
        )

    def tick(self) -> None:
        """Do what a driver does in one round."""
        for name, at in due(self.plan, self.delivery).items():
            if at <= self.now:
                found = judge(self.plan.questions[name], self.answer(self.now), self.now)
                self.measured.append(found)
                self._enter(Kind.DELIVERY_MEASURED, found.record())
        position = decide(self.plan, self.delivery, self.sight(), self.now)
        if position is not None:
            self.positions.append(position)
            self._enter(Kind.DELIVERY_MOVED, position.record())
            return
        wake = wakes(self.plan, self.delivery, self.now)
        self.now += 250 if wake is None else min(250, wake - self.now)

    def _enter(self, kind: Kind, body: dict[str, Any]) -> None:
        event = Event(kind=kind, time="2027-01-01T00:00:00Z", control=0, body=body)
        self.delivery = after(self.delivery, 8, event)

    def run(self, most: int = 5_000) -> Delivery:
        """Go on until it is over or waits for a person."""
        for _ in range(most):
            if self.delivery.over or self.delivery.position.paused is not None:
                return self.delivery
            self.tick()
        raise AssertionError(f"it does not end: {self.delivery.position}")

    @property
    def weights(self) -> list[int]:
        return [one.weight for one in self.positions]

    @property
    def phases(self) -> list[Phase]:
        return [one.phase for one in self.positions]


def reading(value: str, samples: str = "100", *, age: float = 0.0) -> Callable[[int], Reading]:
    """Answer always the same, with samples that old (seconds)."""

    def answer(now: int) -> Reading:
        return Reading(
            value=Answer(values=(value,) if value else ()),
            samples=(Answer(values=(samples,) if samples else ()),),
            newest=Answer(values=(str(now / 1000 - age),)),
        )

    return answer


def outage(_now: int) -> Reading:
    """Answer that nobody answers."""
    down = Answer(error="connection refused")
    return Reading(value=down, samples=(down,), newest=down)
