"""What came of a run, as it is kept: `bench/results/kept.json`."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.weighing import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SCHEMA: Final = 2
"""1 had the machine and rows alone."""
ROOT: Final = Path(__file__).parents[1]
KEPT: Final = ROOT / "bench/results/kept.json"
SAME: Final = ("processor", "flags", "cores", "memory", "python")
"""Properties of a machine by which what was measured apart is of the same."""
DIGITS: Final = 6
"""Significant digits of a figure that is kept: more of them say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of a curve.

    Attributes:
        x: How much there was.
        y: The figure; None if there is none.
        turns: How often it was measured.
        note: Why there is no figure, or empty.
        refused: Whether there is none since we refuse so much, which is as it should be.
    """

    x: float
    y: float | None
    turns: int = 0
    note: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of a curve.

    Attributes:
        name: Its stable name.
        lines: Points by the line they are on.
        seconds: How long it took.
        later: The day it was measured apart from what else is kept; empty if with it.
    """

    name: str
    lines: dict[str, tuple[Point, ...]]
    seconds: float = 0.0
    later: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run.

    Attributes:
        date: The day it began (UTC).
        version: Ours.
        commit: Of this repository, and whether something in it was changed since.
        machine: Properties of the machine.
        peers: Versions by name.
        seconds: How long cells and curves took.
        rows: What came of cells.
        curves: What came of curves.
    """

    date: str
    version: str
    commit: str
    machine: dict[str, str]
    peers: dict[str, str]
    seconds: float
    rows: tuple[Row, ...]
    curves: tuple[Drawn, ...] = ()

    @property
    def floors(self) -> dict[str, float]:
        """Seconds that each cell cannot do without, as it was here."""
        return {row.name: row.prepared + 4 * row.seconds for row in self.rows}


def commit() -> str:
    """Tell the commit this is, and whether something was changed since; or that nobody knows."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ("git", "-C", str(ROOT), *words), capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        found = git("rev-parse", "--short=12", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "src", "bench")
    except OSError:
        return "unknown"
    return f"{found}, with changes" if found and changed else found or "unknown"


def to_text(result: Result) -> str:
    """Write a result as JSON."""
    document = {"schemaVersion": SCHEMA, **_rounded(asdict(result))}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def of_text(text: str) -> Result:
    """Read a result that was kept.

    Raises:
        ValueError: It is of another shape.
    """
    document = json.loads(text)
    found = document.pop("schemaVersion", None)
    if found != SCHEMA:
        raise ValueError(f"the result has schemaVersion {found}, and {SCHEMA} is wanted")
    rows = tuple(Row(**row) for row in document.pop("rows"))
    curves = tuple(_drawn(curve) for curve in document.pop("curves"))
    return Result(**document, rows=rows, curves=curves)


def kept(path: Path = KEPT) -> Result | None:
    """Read the result that is kept; None if there is none, or it is of an older shape."""
    try:
        return of_text(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def keep(result: Result, path: Path = KEPT) -> None:
    """Keep a result, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(to_text(result), encoding="utf-8")
    os.replace(temporary, path)  # noqa: PTH105 - Path.replace says nothing of atomicity


def differences(machine: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """List by which properties two machines are not the same."""
    return [key for key in SAME if machine.get(key) != other.get(key)]


def joined(old: Result, new: Result, names: Sequence[str]) -> Result:
    """Put what was measured of some cells and curves into a result that is kept.

    Args:
        old: What is kept.
        new: What was measured apart.
        names: All cells and curves, in their order; what is none any more is left out.
    """
    day = new.date
    rows = {row.name: row for row in old.rows}
    rows |= {row.name: dataclasses.replace(row, later=day) for row in new.rows}
    drawn = {one.name: one for one in old.curves}
    drawn |= {one.name: dataclasses.replace(one, later=day) for one in new.curves}
    peers = old.peers | new.peers
    return dataclasses.replace(
        old,
        peers={name: peers[name] for name in sorted(peers, key=str.lower)},
        rows=tuple(rows[name] for name in names if name in rows),
        curves=tuple(drawn[name] for name in names if name in drawn),
    )


def without_paths(row: Row, *places: Path) -> Row:
    """Take the paths of a machine out of the note of a row."""
    note = row.note
    for place in places:
        note = note.replace(f"{place}/", "")
    return dataclasses.replace(row, note=note)


def _drawn(curve: dict[str, Any]) -> Drawn:
    lines = {
        name: tuple(Point(**point) for point in points) for name, points in curve["lines"].items()
    }
    return Drawn(**{**curve, "lines": lines})


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
