"""Measure seconds and memory of child processes.

CPU seconds (user + system), not wall time, wherever a processor is what is waited for: other
people share the machine. Ratios come from one
interleaved run, since absolute figures drift by a third and more with load.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Clock = Literal["cpu", "wall", "told"]
Unit = Literal["s", "MiB"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What was measured of two commands so far, as many turns of each.

    Attributes:
        ours: Figures of ours.
        peer: Figures of the peer; empty if there is none.
        seconds: How long these turns took, on the wall.
    """

    ours: tuple[float, ...] = ()
    peer: tuple[float, ...] = ()
    seconds: float = 0.0


Enough = Callable[[Turns], bool]
"""Says whether that is enough of turns."""

DEAR = 10.0
"""Seconds of a first turn from which it counts: what it fills of caches is nothing beside it."""


def interleave(
    ours: Command,
    peer: Command | None,
    *,
    enough: Enough,
    measure: Callable[[Command], float] = cpu_seconds,
    clock: Callable[[], float] = time.monotonic,
) -> Turns:
    """Measure both in turns, who goes first changing with every round, until that is enough.

    The first turn of each is not counted: it fills the caches of bytecode and files. Unless it is
    dear.
    """
    commands = [ours] if peer is None else [ours, peer]
    begun = clock()
    samples = [[measure(command)] for command in commands]
    if clock() - begun < DEAR:
        samples, begun = [[] for _ in commands], clock()

    def turns() -> Turns:
        ours, *peer = map(tuple, samples)
        return Turns(ours=ours, peer=peer[0] if peer else (), seconds=clock() - begun)

    while not samples[0] or not enough(turns()):
        order = range(len(commands))
        for index in order if len(samples[0]) % 2 == 0 else reversed(order):
            samples[index].append(measure(commands[index]))
    return turns()
