"""Whether something a release needs is to be had on a target: one cell of the matrix.

A cell is `yes`, `if` (with the condition), `no`, or `unknown`; unknown is never yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fit(StrEnum):
    """How something fits a target."""

    YES = "yes"
    IF = "if"
    NO = "no"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why it does not, or may not."""

    NONE = ""
    LIBC = "libc"
    OS_VERSION = "os-version"
    PYTHON = "python"
    ARCHITECTURE = "architecture"
    SYSTEM = "system"
    NO_FILE = "no-file"
    SDIST_ONLY = "sdist-only"
    YANKED = "yanked"
    REQUIRES_PYTHON = "requires-python"
    MISSING_HASH = "missing-hash"
    MARKER = "marker"
    FILES_UNKNOWN = "files-unknown"
    DRIVER = "cuda-driver"
    TOOLKIT = "cuda-toolkit"
    COMPUTE_CAPABILITY = "compute-capability"
    FRAMEWORK = "framework"
    FORMAT = "format-version"
    ORCHESTRATOR = "orchestrator"
    CONTAINER_RUNTIME = "container-runtime"
    END_OF_LIFE = "end-of-life"
    NO_DATA = "no-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One thing on one target.

    Attributes:
        package: Its name: a package, or what else is asked for (`cuda-driver`, `kubernetes`).
        version: Its version, or empty.
        target: Name of the target.
        fit: Whether it is to be had there.
        cause: Why not.
        why: The same in words, one clause; of `if`, the condition.
        nearest: What is nearest to it and would do, one clause, or empty.
        row: Row of the compatibility data the verdict rests on, or empty.
    """

    package: str
    version: str
    target: str
    fit: Fit
    cause: Cause = Cause.NONE
    why: str = ""
    nearest: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Everything a release needs, on every target.

    Attributes:
        about: What it is about: a lock, or a release.
        targets: Names of the targets, in order.
        cells: What fits where; of a target and a thing there may be no cell, or several.
        validated: Of each target whether there is evidence for it; empty if no registry was asked.
    """

    about: str
    targets: tuple[str, ...]
    cells: tuple[Cell, ...]
    validated: Mapping[str, bool]

    @property
    def verdict(self) -> Verdict:
        """Tell whether all is to be had: a `no` fails it, an `unknown` leaves it open."""
        fits = {cell.fit for cell in self.cells}
        if Fit.NO in fits:
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if Fit.UNKNOWN in fits else Verdict.PASS
