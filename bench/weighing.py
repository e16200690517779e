"""Judge what was measured: the rows that come of cells."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from bench.measure import (
    Cell,
    Memory,
    Rate,
    cpu_seconds,
    interleave,
    peak_memory,
    told,
    wall_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.measure import Clock, Command, Enough, Measured, Turns, Unit

Outcome = Literal["met", "missed", "not installed", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of a cell.

    Attributes:
        name: Name of the cell.
        unit: What `ours` and `peer` count: seconds, or MiB of memory.
        ours: Median of ours, None if it could not be run.
        peer: Median of the peer, None if there is none or it could not be run.
        ratio: `ours / peer`, where both are known and compared.
        over: `ours - peer`, where memory is measured.
        rate: Operations in a CPU second, where that is measured.
        lower: Lower quartile of the figure that is judged, turn by turn; None if there is none.
        upper: Its upper quartile.
        turns: How often each command was measured.
        at_most: What was wanted, None of a rate.
        at_least: What was wanted of a rate, else None.
        absolute: Whether `at_most` is in seconds or MiB of ours alone.
        clock: Which seconds were counted.
        outcome: The verdict.
        note: Why there is no figure, or empty.
        prepared: Seconds on the wall until its inputs were there.
        seconds: Seconds on the wall that one turn of all its commands takes.
        later: The day it was measured apart from the others that are kept; empty if with them.
    """

    name: str
    unit: Unit = "s"
    ours: float | None = None
    peer: float | None = None
    ratio: float | None = None
    over: float | None = None
    rate: float | None = None
    lower: float | None = None
    upper: float | None = None
    turns: int = 0
    at_most: float | None = None
    at_least: float | None = None
    absolute: bool = False
    clock: Clock = "cpu"
    outcome: Outcome
    note: str = ""
    prepared: float = 0.0
    seconds: float = 0.0
    later: str = ""


def blank(cell: Measured) -> Row:
    """Return the row of a cell nothing was measured of yet."""
    row = Row(name=cell.name, outcome="not installed")
    if isinstance(cell, Rate):
        return replace(row, at_least=cell.at_least)
    if isinstance(cell, Memory):
        return replace(row, at_most=cell.at_most, unit="MiB", absolute=cell.peer is None)
    return replace(row, at_most=cell.at_most, absolute=cell.peer is None, clock=cell.clock)


def measure_of(cell: Measured) -> Callable[[Command], float]:
    """Return what a cell is measured by."""
    if isinstance(cell, Memory):
        return told if cell.told else peak_memory
    clocks = {"cpu": cpu_seconds, "wall": wall_seconds, "told": told}
    return clocks[cell.clock] if isinstance(cell, Cell) else cpu_seconds


def figures(cell: Measured, turns: Turns) -> list[float]:
    """Return what is judged of a cell, turn by turn.

    Turns in which work cost nothing, or the peer nothing, have no figure.
    """
    if not turns.peer:
        return list(turns.ours) if cell.peer is None else []
    pairs = list(zip(turns.ours, turns.peer, strict=True))
    if isinstance(cell, Rate):
        return [cell.operations / (ours - peer) for ours, peer in pairs if ours > peer]
    if isinstance(cell, Memory):
        return [ours - peer for ours, peer in pairs]
    return [ours / peer for ours, peer in pairs if peer]


def quartiles(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the lower and the upper quartile of figures; None without any."""
    if not values:
        return None
    if len(values) == 1:
        return values[0], values[0]
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return lower, upper


def judge(cell: Measured, turns: Turns) -> Row:
    """Make a row of the turns of a cell, at least one of each command it has."""
    ours = statistics.median(turns.ours)
    peer = statistics.median(turns.peer) if turns.peer else None
    lower, upper = quartiles(figures(cell, turns)) or (None, None)
    row = replace(
        blank(cell), ours=ours, peer=peer, lower=lower, upper=upper, turns=len(turns.ours)
    )
    if isinstance(cell, Rate):
        return _judge_rate(cell, row)
    over = ours - peer if isinstance(cell, Memory) and peer is not None else None
    ratio = ours / peer if isinstance(cell, Cell) and peer else None
    judged = ours if cell.peer is None else ratio if isinstance(cell, Cell) else over
    outcome: Outcome = "not installed"
    if judged is not None:
        outcome = "met" if judged <= cell.at_most else "missed"
    return replace(row, ratio=ratio, over=over, outcome=outcome)


def _judge_rate(cell: Rate, row: Row) -> Row:
    work = (row.ours or 0.0) - (row.peer or 0.0)
    # Work that cost nothing was not measured, and is not taken for infinitely fast.
    rate = cell.operations / work if work > 0 else None
    outcome: Outcome = "met" if rate is not None and rate >= cell.at_least else "missed"
    return replace(row, rate=rate, outcome=outcome)


def weigh(
    cell: Measured, *, enough: Enough, measure: Callable[[Command], float] | None = None
) -> Row:
    """Run a cell, by its own clock or `measure`; what cannot be run is a row with the reason."""
    missing = [c.arguments[0] for c in (cell.ours, cell.peer) if c and not c.installed]
    note = ", ".join(f"{PurePath(name).name} is not installed" for name in missing)
    if not cell.ours.installed or (missing and not isinstance(cell, Cell)):
        return replace(blank(cell), note=note)
    peer = cell.peer if cell.peer and cell.peer.installed else None
    begun, prepared = time.monotonic(), 0.0
    try:
        if cell.prepare is not None:
            cell.prepare()
        prepared = time.monotonic() - begun
        turns = interleave(cell.ours, peer, enough=enough, measure=measure or measure_of(cell))
    except Exception as error:  # noqa: BLE001 - what becomes of one cell ends no other
        return replace(blank(cell), outcome="failed", note=str(error), prepared=prepared)
    row = judge(cell, turns)
    return replace(row, note=note, prepared=prepared, seconds=turns.seconds / len(turns.ours))
