"""Running a program with limits, taking in what it prints and, while it runs, its trace.

The trace comes through a named pipe in a folder of our own, which the program does not see: what
it did cannot be unsaid. Whoever goes over a limit is killed with everything it started.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.adapters.sandbox.crowd import joining, tasks_of
from weighbridge.adapters.sandbox.processes import Glance
from weighbridge.model.sandbox import Ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.adapters.sandbox.trace import Trace
    from weighbridge.model.sandbox import SandboxLimits

_PIECE = 1 << 16
_ERRORS = 1 << 20
"""Bytes kept of standard error at most: it is for people."""


@dataclass(slots=True)
class _Heard:
    """One pipe and what is kept of it.

    Attributes:
        most: Bytes that are kept, or of a trace, that are read at all.
        kept: What was printed.
        read: Bytes read.
        trace: Who takes in lines instead.
        file: An open file that takes in what is kept instead.
    """

    most: int
    kept: bytearray = field(default_factory=bytearray)
    read: int = 0
    trace: Trace | None = None
    file: int | None = None

    def take(self, piece: bytes) -> None:
        """Take in a piece."""
        if self.trace is None:
            kept = piece[: max(0, self.most - self.read)]
            self.read += len(piece)
            if self.file is None:
                self.kept += kept
            else:
                _write(self.file, kept)
            return
        self.read += len(piece)
        *lines, rest = (bytes(self.kept) + piece).split(b"\n")
        for line in lines:
            self.trace.line(line.decode("utf-8", "backslashreplace"))
        self.kept = bytearray(rest)


def _write(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def run_limited(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    limits: SandboxLimits,
    descriptors: tuple[int, ...] = (),
    trace: tuple[Path, Trace] | None = None,
    printed: str = "",
) -> Ran:
    """Run a command to its end, or to one of its limits.

    Args:
        command: The program and its arguments.
        environ: Its environment.
        limits: Its budgets.
        descriptors: Open files it is given besides the standard ones.
        trace: A named pipe that whoever traces writes to, and who takes the lines in.
        printed: A file that takes what it prints to standard output; empty to keep it in memory.
    """
    with contextlib.ExitStack() as held:
        pipes: dict[int, _Heard] = {}
        if trace is not None:
            # For reading and writing: so it has no end, however often its writers come and go.
            traced = os.open(trace[0], os.O_RDWR | os.O_CLOEXEC)
            held.callback(os.close, traced)
            pipes[traced] = _Heard(limits.trace, trace=trace[1])
        limit = held.enter_context(limiting(limits))
        process = held.enter_context(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environ),
                cwd="/",
                pass_fds=descriptors,
                start_new_session=True,
                preexec_fn=limit,  # noqa: PLW1509 - it makes system calls, no more
            )
        )
        held.callback(kill_group, process)
        if process.stdout is None or process.stderr is None:
            raise AssertionError("it was started with pipes")
        out, err = _Heard(limits.output), _Heard(min(limits.output, _ERRORS))
        if printed:
            out.file = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            held.callback(os.close, out.file)
        pipes |= {process.stdout.fileno(): out, process.stderr.fileno(): err}
        ending = os.pidfd_open(process.pid)
        held.callback(os.close, ending)
        stopped = _listen(ending, pipes, limits, process.pid)
        kill_group(process)
        code = process.wait()
    return Ran(
        code=code,
        output=bytes(out.kept),
        errors=bytes(err.kept),
        stopped=stopped,
        acts=() if trace is None else tuple(trace[1].acts),
    )


def _listen(ending: int, pipes: Mapping[int, _Heard], limits: SandboxLimits, root: int) -> str:
    """Take in what comes until the program has ended; return why it has to be ended before."""
    end = time.monotonic() + limits.wall
    glance = Glance(root, limits)
    with selectors.DefaultSelector() as selector:
        selector.register(ending, selectors.EVENT_READ)
        for descriptor in pipes:
            os.set_blocking(descriptor, False)
            selector.register(descriptor, selectors.EVENT_READ)
        while (left := end - time.monotonic()) > 0:
            ready = [key.fd for key, _ in selector.select(min(left, glance.pause))]
            # All of them are asked, and the ending looked at before: nothing comes after it.
            said = [_take(fd, pipes[fd], selector) for fd in ready if fd != ending]
            tasks = max((one.trace.tasks for one in pipes.values() if one.trace), default=0)
            if over := _over(pipes, limits) or glance.over(tasks):
                return over
            if ending in ready and not any(said):
                return ""
    return f"it ran for {limits.wall:g} seconds"


def _take(descriptor: int, heard: _Heard, selector: selectors.BaseSelector) -> bool:
    """Read a piece; false if there is none."""
    try:
        piece = os.read(descriptor, _PIECE)
    except BlockingIOError:
        return False
    if not piece:
        selector.unregister(descriptor)
        return False
    heard.take(piece)
    return True


def _over(pipes: Mapping[int, _Heard], limits: SandboxLimits) -> str:
    for heard in pipes.values():
        if heard.trace is not None and heard.read > limits.trace:
            return f"its trace is longer than {limits.trace} bytes"
        if heard.trace is not None and heard.trace.processes > limits.processes:
            return f"it started more than {limits.processes} processes"
    return ""


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its group; what a sandbox holds dies with the sandbox."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def limiting(limits: SandboxLimits) -> Iterator[Callable[[], None]]:
    """Make what gives a new process its limits, before it becomes another program.

    Whatever it started that can be held together ends with the context.
    """
    wanted = (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, tasks_of(os.getuid()) + limits.tasks),
    )
    allowed = []
    for which, most in wanted:
        _, hard = resource.getrlimit(which)
        allowed.append((which, most if hard == resource.RLIM_INFINITY else min(most, hard)))

    with joining(limits.tasks) as join:

        def limit() -> None:
            join()
            for which, most in allowed:
                resource.setrlimit(which, (most, most))

        yield limit
