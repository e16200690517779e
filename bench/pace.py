"""How long to measure: so often as was said, or as a budget of time allows.

Each cell has its share: what it cannot do without (its inputs, and the fewest turns), as the kept
result tells, and an equal part of what is over. What one does not need the others have.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.weighing import figures, quartiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.measure import Enough, Measured, Turns

LEAST, MOST = 3, 15
"""Turns of a cell that is measured in a budget."""
CLOSE = 0.04
"""Spread of the middle half of the figures, in parts of them, at which nothing more is gained."""


def times(count: int) -> Enough:
    """Measure so often, no more and no less."""
    return lambda turns: len(turns.ours) >= count


def settled(values: Sequence[float]) -> bool:
    """Whether the middle half of figures lies close together."""
    found = quartiles(values)
    return found is not None and abs(found[1] - found[0]) <= CLOSE * abs(found[0] + found[1]) / 2


@dataclass(slots=True)
class Pace:
    """A budget, shared out among cells.

    Attributes:
        budget: Seconds for all of them.
        floors: Seconds that each cannot do without, by name, as far as known.
        clock: Tells seconds.
        left: Names of the cells that are not begun.
    """

    budget: float
    floors: Mapping[str, float]
    left: list[str]
    clock: Callable[[], float] = time.monotonic
    _begun: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self._begun = self.clock()

    @property
    def remaining(self) -> float:
        """Seconds that are left of the budget; below 0 if it is overdrawn."""
        return self.budget - (self.clock() - self._begun)

    def begin(self, cell: Measured) -> Enough:
        """Begin a cell, and say until when it is measured."""
        spare = self.remaining - sum(self.floors.get(name, 0.0) for name in self.left)
        share = self.floors.get(cell.name, 0.0) + max(spare, 0.0) / len(self.left)
        until = self.clock() + share
        self.left.remove(cell.name)

        def enough(turns: Turns) -> bool:
            count = len(turns.ours)
            if count < LEAST:
                return False
            if count >= MOST or settled(figures(cell, turns)):
                return True
            return self.clock() + turns.seconds / count > until

        return enough
