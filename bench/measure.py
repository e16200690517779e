"""Measure seconds and memory of child processes and judge them.

CPU seconds (user + system), not wall time, wherever a processor is what is waited for: other
people share the machine. Ratios come from one
interleaved run, since absolute figures drift by a third and more with load.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Clock = Literal["cpu", "wall", "told"]
Unit = Literal["s", "MiB"]
Outcome = Literal["met", "missed", "not installed", "failed"]

MIB = 1 << 20

_WATCHER = """\
import os, sys
silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silence)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
"""
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class CommandFailedError(Exception):
    """A measured command ended with an exit code it should not have."""


class NotPreparedError(Exception):
    """What a cell reads could not be made."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to measure.

    Attributes:
        arguments: Program and arguments.
        exits: Exit codes that count as done.
    """

    arguments: tuple[str, ...]
    exits: tuple[int, ...] = (0,)

    @property
    def installed(self) -> bool:
        """Whether the program is there."""
        return shutil.which(self.arguments[0]) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One comparison.

    Attributes:
        name: Stable name, for `--cell`.
        ours: The command of weighbridge.
        peer: What it is compared with, if anything.
        at_most: What is wanted: ratio to the peer, or seconds if there is no peer.
        clock: Which seconds count; those of the wall where a disk is what is waited for, and those
            a command tells itself (its last line) where they are of another process.
        prepare: Makes what both read, before anything is measured.
    """

    name: str
    ours: Command
    peer: Command | None = None
    at_most: float
    clock: Clock = "cpu"
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How much work of one kind is done in a CPU second.

    Attributes:
        name: Stable name, for `--cell`.
        ours: A command that prepares and works.
        peer: The same that only prepares; what it costs is taken off.
        operations: Operations that only `ours` does.
        at_least: Operations wanted in a CPU second.
        prepare: Makes what is read, before anything is measured.
    """

    name: str
    ours: Command
    peer: Command
    operations: int
    at_least: float
    prepare: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How much memory work takes, or how much that is not taken by getting ready for it.

    Attributes:
        name: Stable name, for `--cell`.
        ours: A command that gets ready and works.
        peer: The same that only gets ready, if its peak is to be taken off.
        at_most: MiB of resident memory wanted at the peak.
        prepare: Makes what is read, before anything is measured.
        told: Whether the commands tell the figure themselves, of another process.
    """

    name: str
    ours: Command
    peer: Command | None = None
    at_most: float
    told: bool = False
    prepare: Callable[[], object] | None = None


Measured = Cell | Rate | Memory


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
        at_most: What was wanted, None of a rate.
        at_least: What was wanted of a rate, else None.
        absolute: Whether `at_most` is in seconds or MiB of ours alone.
        clock: Which seconds were counted.
        outcome: The verdict.
        note: Why there is no figure, or empty.
    """

    name: str
    unit: Unit = "s"
    ours: float | None = None
    peer: float | None = None
    ratio: float | None = None
    over: float | None = None
    rate: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    absolute: bool = False
    clock: Clock = "cpu"
    outcome: Outcome
    note: str = ""


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of measured commands: one in which Python caches its bytecode."""
    return {k: v for k, v in environment.items() if k != "PYTHONDONTWRITEBYTECODE"}


def cpu_seconds(command: Command) -> float:
    """Run a command with its output thrown away and return its CPU seconds, user and system.

    Raises:
        CommandFailedError: It ended with an exit code that is not one of `command.exits`.
    """
    silence = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    process = os.posix_spawnp(
        command.arguments[0],
        command.arguments,
        child_environment(os.environ),
        file_actions=silence,
    )
    _, status, usage = os.wait4(process, 0)
    exit_code = os.waitstatus_to_exitcode(status)
    if exit_code not in command.exits:
        raise CommandFailedError(f"{' '.join(command.arguments)} ended with {exit_code}")
    return usage.ru_utime + usage.ru_stime


def wall_seconds(command: Command) -> float:
    """Run a command with its output thrown away and return how long it took, in seconds.

    Raises:
        CommandFailedError: It ended with an exit code that is not one of `command.exits`.
    """
    start = time.perf_counter()
    cpu_seconds(command)
    return time.perf_counter() - start


def told(command: Command) -> float:
    """Run a command and return the figure its output ends with: it has measured another process.

    Raises:
        CommandFailedError: It ended with an exit code that is not one of `command.exits`, or told
            none.
    """
    done = subprocess.run(
        command.arguments,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=child_environment(os.environ),
        check=False,
    )
    words = done.stdout.split()
    if done.returncode not in command.exits or not words:
        said = " ".join(done.stderr.decode(errors="replace").split())[-300:]
        name = " ".join(command.arguments)
        raise CommandFailedError(f"{name} ended with {done.returncode}: {said}")
    return float(words[-1])


def peak_memory(command: Command) -> float:
    """Run a command with its output thrown away and return its peak of resident memory, in MiB.

    A process begins with the peak of the one that started it, which here has held anything. So it
    is started by another that holds nearly nothing: that one's few MiB are less than any Python's.

    Raises:
        CommandFailedError: It ended with an exit code that is not one of `command.exits`.
    """
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", _WATCHER, *command.arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(os.environ),
        check=False,
    )
    if done.returncode not in command.exits:
        raise CommandFailedError(f"{' '.join(command.arguments)} ended with {done.returncode}")
    return int(done.stdout) * _PEAK_UNIT / MIB


def interleave(
    ours: Command,
    peer: Command | None,
    *,
    rounds: int,
    measure: Callable[[Command], float] = cpu_seconds,
) -> tuple[list[float], list[float]]:
    """Measure both in turns, who goes first changing with every round.

    The first turn of each is not counted: it fills the caches of bytecode and files.
    """
    commands = [ours] if peer is None else [ours, peer]
    for command in commands:
        measure(command)
    samples: dict[int, list[float]] = {0: [], 1: []}
    for turn in range(rounds):
        order = range(len(commands))
        for index in order if turn % 2 == 0 else reversed(order):
            samples[index].append(measure(commands[index]))
    return samples[0], samples[1]


def judge(cell: Cell, ours: list[float], peer: list[float]) -> Row:
    """Make a row of the samples of a cell.

    Args:
        cell: The cell.
        ours: CPU seconds of ours, at least one.
        peer: CPU seconds of the peer; empty if there is none or it is not installed.
    """
    our_median = statistics.median(ours)
    peer_median = statistics.median(peer) if peer else None
    ratio = our_median / peer_median if peer_median else None
    judged = our_median if cell.peer is None else ratio
    outcome: Outcome = "not installed"
    if judged is not None:
        outcome = "met" if judged <= cell.at_most else "missed"
    return replace(blank(cell), ours=our_median, peer=peer_median, ratio=ratio, outcome=outcome)


def judge_rate(cell: Rate, ours: list[float], peer: list[float]) -> Row:
    """Make a row of the samples of a rate, at least one of each command."""
    our_median, peer_median = statistics.median(ours), statistics.median(peer)
    work = our_median - peer_median
    # Work that cost nothing was not measured, and is not taken for infinitely fast.
    rate = cell.operations / work if work > 0 else None
    outcome: Outcome = "met" if rate is not None and rate >= cell.at_least else "missed"
    return replace(blank(cell), ours=our_median, peer=peer_median, rate=rate, outcome=outcome)


def judge_memory(cell: Memory, ours: list[float], peer: list[float]) -> Row:
    """Make a row of the peaks of a cell in MiB, at least one of each command it has."""
    our_median = statistics.median(ours)
    peer_median = statistics.median(peer) if peer else None
    over = our_median - peer_median if peer_median is not None else None
    judged = our_median if over is None else over
    outcome: Outcome = "met" if judged <= cell.at_most else "missed"
    return replace(blank(cell), ours=our_median, peer=peer_median, over=over, outcome=outcome)


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


def weigh(cell: Measured, *, rounds: int, measure: Callable[[Command], float] | None = None) -> Row:
    """Run a cell, by its own clock or `measure`; what cannot be run is a row with the reason."""
    missing = [c.arguments[0] for c in (cell.ours, cell.peer) if c and not c.installed]
    note = ", ".join(f"{PurePath(name).name} is not installed" for name in missing)
    if not cell.ours.installed or (missing and not isinstance(cell, Cell)):
        return replace(blank(cell), note=note)
    peer = cell.peer if cell.peer and cell.peer.installed else None
    try:
        if cell.prepare is not None:
            cell.prepare()
        ours_samples, peer_samples = interleave(
            cell.ours, peer, rounds=rounds, measure=measure or measure_of(cell)
        )
    except (CommandFailedError, NotPreparedError) as error:
        return replace(blank(cell), outcome="failed", note=str(error))
    if isinstance(cell, Rate):
        return judge_rate(cell, ours_samples, peer_samples)
    if isinstance(cell, Memory):
        return judge_memory(cell, ours_samples, peer_samples)
    return replace(judge(cell, ours_samples, peer_samples), note=note)
