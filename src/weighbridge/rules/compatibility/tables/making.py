"""How the shipped tables are written: one source for many rows, one line of text for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, Row
from weighbridge.model.lifecycle import Cycle

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKED: Final = "2026-11-28"
"""Day on which the shipped rows were last held against their sources."""

FOR_A_YEAR: Final = "2027-11-28"
"""Until when what changes slowly is believed."""

FOR_HALF_A_YEAR: Final = "2027-05-28"
"""Until when what a vendor may move is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where rows were read.

    Attributes:
        url: Its address.
        day: Its own date, or empty.
        until: Last day on which they are believed.
        confidence: How sure they are.
    """

    url: str
    day: str = ""
    until: str = FOR_A_YEAR
    confidence: str = "high"

    def row(
        self, kind: Kind, name: str, subject: str, versions: str, admits: str, **more: str
    ) -> Row:
        """Make a row that was read here.

        Args:
            kind: Its kind.
            name: The end of its id.
            subject: What it is about.
            versions: Which versions of that.
            admits: Which versions of the other.
            more: Other values, by the names of its fields.
        """
        return Row(
            id=f"{kind.value}/{name}",
            kind=kind,
            subject=subject,
            versions=versions,
            admits=admits,
            source=self.url,
            source_date=self.day,
            checked=CHECKED,
            valid_until=self.until,
            confidence=self.confidence,
            **more,
        )

    def cycles(self, product: str, lines: str, extended_by: str = "") -> Iterator[Cycle]:
        """Make the series of a product: a line each of series, first release, end, extended end.

        A `-` stands for what is not recorded.
        """
        for line in lines.split("\n"):
            if line.strip():
                cycle, released, eol, extended = (*line.split(), "-")[:4]
                yield Cycle(
                    id=f"{product}/{cycle}",
                    product=product,
                    cycle=cycle,
                    released=released.strip("-"),
                    eol=eol.strip("-"),
                    extended=extended.strip("-"),
                    extended_by=extended_by if extended != "-" else "",
                    source=self.url,
                    source_date=self.day,
                    checked=CHECKED,
                    valid_until=self.until,
                    confidence=self.confidence,
                )


def words(lines: str) -> Iterator[list[str]]:
    """Split a table that is written as text into its lines' words."""
    return (line.split() for line in lines.split("\n") if line.strip())


def series(version: str) -> str:
    """Write the range of a release series: `12.4` with all its patches."""
    return f"=={version}.*"
