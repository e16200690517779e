"""What a delivery would do, before anything is entered or started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.rollout.plan import Plan, Step
    from weighbridge.usecases.delivering.beginning import Departure


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would be done.

    Attributes:
        environment: Where.
        unpromoted: Whether it would be a sandbox.
        departure: The delivery that would begin.
        plan: What its manifest demands; None if it is what runs there already.
    """

    environment: str
    unpromoted: bool
    departure: Departure
    plan: Plan | None

    def document(self) -> dict[str, Any]:
        """Write it as plain values."""
        departure, metadata = self.departure, self.departure.cargo.release.metadata
        return {
            "environment": self.environment,
            "name": metadata.name,
            "version": metadata.version,
            "release": departure.cargo.digest,
            "previous": departure.previous or None,
            "unpromoted": self.unpromoted,
            "runs": self.plan is None,
            "strategy": departure.strategy.value,
            "target": departure.place.kind,
            "steps": [_record(one) for one in self._steps],
        }

    def text(self) -> str:
        """Write it in lines."""
        return "".join(f"{line}\n" for line in self._lines())

    @property
    def _steps(self) -> tuple[Step, ...]:
        return () if self.plan is None else self.plan.steps

    def _lines(self) -> Iterator[str]:
        metadata = self.departure.cargo.release.metadata
        title = f"{metadata.name}@{metadata.version}"
        where = "here, as a sandbox" if self.unpromoted else f"to {self.environment}"
        if self.plan is None:
            yield f"{title} is what runs {'here' if self.unpromoted else f'in {self.environment}'}"
            return
        verb = "run" if self.unpromoted else "delivered"
        yield f"{title} would be {verb} {where}: {self.departure.strategy}"
        for one in self._steps:
            judged = f", judged by {one.analysis} ({one.count} times)" if one.analysis else ""
            yield f"  {one.weight} % for {one.hold / 1000:g} s{judged}"


def _record(step: Step) -> dict[str, Any]:
    return {
        "weight": step.weight,
        "milliseconds": step.hold,
        "analysis": step.analysis or None,
        "count": step.count,
    }
