"""Where a program runs that nobody trusts: what it is given, and what was seen of it.

A sandbox has no network and none of the user's files but those it is given. What it cannot
promise here, it refuses to run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A file or folder of this machine that a program may see.

    Attributes:
        source: Where it lies here.
        target: Where the program finds it; empty for the same place.
        writable: Whether the program may change it.
    """

    source: str
    target: str = ""
    writable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scratch:
    """A folder in memory that begins empty, may be written to, and is gone with the program.

    Attributes:
        target: Where the program finds it.
        size: Bytes it holds.
    """

    target: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """Budgets of a program in a sandbox.

    Attributes:
        memory: Bytes of address space of each process.
        seconds: CPU seconds of each process.
        wall: Seconds by the clock on the wall.
        processes: Processes it may start in all; counted where it is traced.
        written: Bytes of one file, and of each temporary folder.
        output: Bytes kept of what it prints.
        trace: Bytes of the trace.
        tasks: Processes and threads the kernel lets it have at once, those of the sandbox among
            them. Of an ordinary user it counts all; of root, only where a control group can be
            made.
        alive: Processes it may have at once; None if nobody counts them.
        resident: Bytes of memory all its processes may hold together, looked at ten times a
            second; None if nobody looks.
    """

    memory: int = 8 << 30
    seconds: int = 120
    wall: float = 300.0
    processes: int = 64
    written: int = 256 << 20
    output: int = 1 << 20
    trace: int = 64 << 20
    tasks: int = 4_096
    alive: int | None = None
    resident: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confined:
    """A program to run.

    Attributes:
        command: The program and its arguments.
        bounds: What it may see besides the system's own programs and libraries.
        scratch: Where it may write besides its temporary folders; bounds may lie in it.
        environ: Its environment, and nothing of ours.
        limits: Its budgets.
        traced: Whether what it does is recorded.
        folder: The folder it starts in; empty for a temporary one.
        user: Number of the user, and of the group, it runs as.
        host_name: What the machine is called.
        printed: A file of ours that takes what it prints to standard output; empty to keep it in
            memory.
    """

    command: tuple[str, ...]
    bounds: tuple[Bound, ...] = ()
    scratch: tuple[Scratch, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    limits: SandboxLimits = SandboxLimits()
    traced: bool = False
    folder: str = ""
    user: int = 65_534
    host_name: str = "sandbox"
    printed: str = ""


class Deed(StrEnum):
    """What a program can do that leaves a trace."""

    OPENED = "opened"
    WRITTEN = "written"
    STARTED = "started"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True, order=True)
class Act:
    """One thing a program did, or tried to.

    Attributes:
        deed: What kind of thing.
        what: The file, the program with its arguments, or the address.
    """

    deed: Deed
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of a program.

    Attributes:
        code: Its exit code; negative for the signal it died of.
        output: What it printed, cut at the limit; nothing if a file took it.
        errors: What it printed to standard error, likewise.
        stopped: Why it was ended before its time; empty if it was not.
        acts: What it did, each once, in order; only of one that was traced.
    """

    code: int
    output: bytes = b""
    errors: bytes = b""
    stopped: str = ""
    acts: tuple[Act, ...] = ()


class SilentError(Exception):
    """A program that is talked to said nothing: it ended, or took too long."""


class TalkativeError(Exception):
    """A program that is talked to said more than anybody listens to."""


class Dialogue(Protocol):
    """A program that runs, and answers a line with a line."""

    def ask(self, line: bytes, *, patience: float) -> bytes:
        """Say a line and return the line it answers, both without their end.

        Args:
            line: What is said.
            patience: Seconds it may take.

        Raises:
            SilentError: It ended, or took longer.
            TalkativeError: Its line is longer than the limit of its output.
        """

    def memory(self) -> int | None:
        """Return the most bytes its processes that run held; None where nobody can see that."""


class Talking(Protocol):
    """Starts programs that are talked to, with the limits of a sandbox."""

    @property
    def name(self) -> str:
        """Say in words what it is, for people."""

    @property
    def confines(self) -> bool:
        """Whether the program is kept from the network and from the user's files."""

    def talk(self, program: Confined) -> AbstractContextManager[Dialogue]:
        """Start a program; it and all it started are ended with the context.

        Raises:
            UnavailableError: It cannot be started here.
        """


class Sandbox(Protocol):
    """Runs programs that may harm whatever they can reach."""

    @property
    def name(self) -> str:
        """Say in words what it is, for people."""

    @property
    def confines(self) -> bool:
        """Whether the program is kept from the network and from the user's files."""

    def run(self, program: Confined) -> Ran:
        """Run a program to its end, or to one of its limits.

        Raises:
            UnavailableError: The sandbox cannot be made here, or cannot trace.
        """
