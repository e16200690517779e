"""What came of making a decision again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.model.decision import Decision
    from weighbridge.model.verification import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A decision that was made again, or could not be.

    Attributes:
        entry: Its entry in the ledger.
        kind: What the entry says was done.
        bundle: Digest of the signed decision.
        person: Who asked for it and signed it.
        decision: What the gate says, or what was signed where it could not be asked.
        problems: Where it differs; empty if it is the same to the byte.
        undone: Why it could not be made again; empty if it was.
    """

    entry: int
    kind: str
    bundle: str
    person: str
    decision: Decision
    problems: tuple[Problem, ...] = ()
    undone: tuple[Problem, ...] = ()

    @property
    def verdict(self) -> str:
        """Say `pass`, `inconclusive` or `fail`."""
        if self.problems:
            return "fail"
        return "inconclusive" if self.undone else "pass"
