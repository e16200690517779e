"""What the tables say of two versions: the worst of the rows that speak of them.

A row that is past its last day decides nothing, and no row at all is unknown. Unknown is never yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.coverage import Fit
from weighbridge.rules.compatibility.tables.shipped import COMPATIBILITY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.compatibility_data import CompatibilityData, Kind, Row
    from weighbridge.model.fact import Facts
    from weighbridge.model.release.compatibility import Target

_WORST: Final = (Fit.NO, Fit.UNKNOWN, Fit.IF, Fit.YES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the tables say.

    Attributes:
        fit: How the two go together.
        row: The row that says so; None if none speaks of them.
        stale: Whether it says nothing because it is past its last day.
    """

    fit: Fit
    row: Row | None = None
    stale: bool = False

    @property
    def id(self) -> str:
        """The row's id, or empty."""
        return self.row.id if self.row else ""

    @property
    def unknown_because(self) -> str:
        """Why nothing is known, one clause."""
        if self.row is None:
            return "the compatibility data has no row for it"
        if self.stale:
            return f"the row {self.row.id} was good until {self.row.valid_until}"
        return f"the row {self.row.id} does not decide it"


def data_of(facts: Facts) -> CompatibilityData:
    """Return the tables that count: those owners published, or those of this version."""
    return COMPATIBILITY if facts.compatibility is None else facts.compatibility


def place_of(target: Target) -> str:
    """Write where a target is, as rows do: `linux-aarch64`."""
    return f"{target.os}-{target.arch}"


def judge(rows: Iterable[Row], other: str, now: str) -> Verdict:
    """Hold a version against rows; the worst of them counts."""
    worst = Verdict(fit=Fit.UNKNOWN)
    for row in rows:
        found = Verdict(fit=row.fit(other, now), row=row, stale=not row.holds(now))
        if worst.row is None or _WORST.index(found.fit) < _WORST.index(worst.fit):
            worst = found
    return worst


def rows_for(
    data: CompatibilityData, kind: Kind, subject: str, version: str = "", place: str = ""
) -> list[Row]:
    """List the rows that speak of a version of a subject at a place."""
    return [
        row
        for row in data.about(kind, subject)
        if row.speaks_of(version) and place.startswith(row.platform)
    ]
