"""All processes of a program, looked at from outside: how many there are and what they hold.

The kernel counts a tree of processes in a control group alone, which takes rights that few have,
and where it refuses one more, nobody but the program is told. So the tree is looked at while it
runs: again and again, and at once when its trace tells of many processes, for those would soon
leave no time to look.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.sandbox import SandboxLimits

_EVERY: Final = 0.1
"""Seconds between two looks."""
THREADS: Final = 8
"""Threads for each process it may have; on average, of all."""
_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4_096
_PARENT, _RESIDENT = 1, 21
"""Where they stand in `/proc/PID/stat` after the name of the program (proc(5): 4 and 24)."""


@dataclass(frozen=True, slots=True)
class _Process:
    """A process.

    Attributes:
        number: Its number.
        parent: The number of its parent.
        resident: Bytes it holds, shared ones included.
    """

    number: int
    parent: int
    resident: int


class Glance:
    """Looks at a process and all below it, and says which limit they are over."""

    def __init__(self, root: int, limits: SandboxLimits) -> None:
        """Name the process."""
        self._root = root
        self._limits = limits
        self._next = 0.0
        self._looks = limits.alive is not None or limits.resident is not None

    @property
    def pause(self) -> float:
        """Seconds nobody has to look."""
        return _EVERY if self._looks else float("inf")

    def over(self, tasks: int = 0) -> str:
        """Say which limit is passed; empty for none, or if it was just looked at.

        Args:
            tasks: The processes and threads it is known to have. When they are more than it may
                have processes, it is looked at, however short the last time is ago.
        """
        alive, resident = self._limits.alive, self._limits.resident
        crowded = alive is not None and tasks > alive
        if not self._looks or ((now := time.monotonic()) < self._next and not crowded):
            return ""
        found = _tree(self._root)
        # Looking takes time that grows with what there is to see; the program is to get more.
        self._next = now + max(_EVERY, 2 * (time.monotonic() - now))
        if alive is not None and len(found) > alive:
            return f"it had more than {alive} processes at once"
        if alive is not None and tasks > THREADS * alive:
            return f"it had more than {THREADS * alive} processes and threads at once"
        if resident is not None and sum(one.resident for one in found) > resident:
            # Pages that a copy of a process shares with it were counted for both.
            shared = sum(_proportional(one) for one in found)
            return f"it held more than {resident} bytes of memory" if shared > resident else ""
        return ""


def _tree(root: int) -> list[_Process]:
    """List what is below a process."""
    children: dict[int, list[_Process]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is wanted
        if name.isdigit() and (one := _process(int(name))) is not None:
            children.setdefault(one.parent, []).append(one)
    found, left = [], [root]
    while left:
        below = children.pop(left.pop(), [])
        found += below
        left += [one.number for one in below]
    return found


def _process(number: int) -> _Process | None:
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
        told = text.rpartition(")")[2].split()
        return _Process(number, int(told[_PARENT]), int(told[_RESIDENT]) * _PAGE)
    except (OSError, ValueError, IndexError):
        return None  # it has just ended


def _proportional(one: _Process) -> int:
    """Return what a process holds, of shared pages its share alone."""
    try:
        text = Path(f"/proc/{one.number}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return one.resident
    told = (line.split() for line in text.splitlines() if line.startswith("Pss:"))
    return next((int(words[1]) * 1_024 for words in told), one.resident)
