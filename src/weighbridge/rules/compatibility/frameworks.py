"""Frameworks on a target: was the locked version built for the target's Python?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.compatibility_data import Kind
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules import versions
from weighbridge.rules.compatibility.judging import Verdict, data_of, judge, rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin


def cells(facts: Facts, where: str, python: str, pins: Sequence[Pin]) -> Iterator[Cell]:
    """Say which frameworks go with a Python.

    A version the tables do not know is judged by its own `requires-python`, where that is known.

    Args:
        facts: What is known.
        where: Name of the target, or of whatever else has that Python.
        python: Its version.
        pins: What is installed there.
    """
    data = data_of(facts)
    plain = python.removesuffix("t")
    for pin in pins:
        if pin.version is None or not data.about(Kind.PYTHON, pin.name):
            continue
        rows = rows_for(data, Kind.PYTHON, pin.name, pin.version)
        found = judge(rows, plain, facts.now)
        fit, why = _said(found, f"{pin.name} {pin.version}", python)
        if fit is Fit.UNKNOWN and _is_told_otherwise(pin, facts):
            continue
        nearest = f"Python {found.row.admits}" if found.row and fit is Fit.NO else ""
        yield Cell(
            package=pin.name,
            version=pin.version,
            target=where,
            fit=fit,
            cause=Cause.NONE if fit is Fit.YES else Cause.FRAMEWORK,
            why=why,
            nearest=nearest,
            row=found.id,
        )


def _said(found: Verdict, what: str, python: str) -> tuple[Fit, str]:
    """Put in words what the rows say; of free-threaded Pythons they say nothing good."""
    if found.fit is Fit.NO:
        return Fit.NO, f"{what} is not built for Python {python}"
    if found.fit is Fit.IF and found.row:
        return Fit.IF, f"{what} is built for Python {python} in part: {found.row.condition}"
    if found.fit is Fit.YES and python.endswith("t"):
        return Fit.UNKNOWN, f"the row {found.id} is of Pythons with a global lock"
    why = f"{what} is built for Python {python}"
    return found.fit, why if found.fit is Fit.YES else found.unknown_because


def _is_told_otherwise(pin: Pin, facts: Facts) -> bool:
    """Whether something else says which Pythons an entry is for: its metadata, its files."""
    return bool(pin.files) or versions.requirement_on_python(pin, facts) is not None
