"""Running a command of the user's own in our place: same streams, same signals, and its own end.

Whoever presses Ctrl-C at a terminal reaches the command as well as us; whoever sends a signal to
us alone does not, so it is passed on. In both cases the command decides what comes of it, and we
wait for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

_PIECE: Final = 1 << 16
_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SOON: Final = 1.0
"""Seconds between two looks at what a command left running."""
_COARSE: Final = 5
"""CLOCK_REALTIME_COARSE (Linux, `include/uapi/linux/time.h`), which Python has no name for."""
_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""Bytes in which a system counts memory (getrusage(2))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a command.

    Attributes:
        code: Its exit code; negative for the signal it died of.
        interrupted: Whether somebody asked us to end while it ran.
        started: Nanoseconds since 1970 when it began, by the clock files are stamped with.
        finished: Nanoseconds since 1970 when it had ended.
        cpu_milliseconds: Processor time of it and of those it waited for.
        wall_milliseconds: Time by the clock on the wall.
        peak_memory: Bytes its largest process held.
    """

    code: int
    interrupted: bool
    started: int
    finished: int
    cpu_milliseconds: int
    wall_milliseconds: int
    peak_memory: int

    def told(self) -> dict[str, Any]:
        """Return all of it by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class _Passing:
    """Passes signals on to a command, and remembers that it was asked to end."""

    process: int = 0
    asked: bool = False

    def __call__(self, number: int, frame: object) -> None:
        """Take a signal."""
        del frame
        self.asked = True
        if self.process and not (number == signal.SIGINT and _at_terminal()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, number)


class Listener(Protocol):
    """Who takes in what is written of a command."""

    def line(self, line: str) -> None:
        """Take in a line."""

    @property
    def left(self) -> Collection[int]:
        """Numbers of the processes that are known to run still."""


def run_through(
    command: Sequence[str],
    *,
    folder: str,
    environ: Mapping[str, str],
    pipe: str,
    listener: Listener,
    notice: Callable[[str], None],
) -> Ended:
    """Run a command to its end and that of all it started, taking in what is written of it.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environ: Its environment.
        pipe: A named pipe; it is read until nobody has it open for writing any more.
        listener: Who takes in the pipe's lines.
        notice: Who is told that we still wait.

    Raises:
        UnavailableError: It could not be started.
    """
    passing = _Passing()
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    # As long as we hold this end, writers may come and go.
    held = os.open(pipe, os.O_WRONLY | os.O_CLOEXEC)
    os.set_blocking(reading, True)
    thread = threading.Thread(target=_listen, args=(reading, listener), daemon=True)
    thread.start()
    try:
        with _signals(passing):
            stamped, begun = _stamp(), time.monotonic_ns()
            process = _start(command, folder, environ)
            passing.process = process.pid
            code, usage = _reap(process)
            passing.process = 0
            os.close(held)
            held = -1
            _outlive(thread, listener, passing, notice)
    finally:
        if held >= 0:
            os.close(held)
            thread.join()
        os.close(reading)
    return Ended(
        code=code,
        interrupted=passing.asked,
        started=stamped,
        finished=time.time_ns(),
        cpu_milliseconds=round((usage.ru_utime + usage.ru_stime) * 1000),
        wall_milliseconds=(time.monotonic_ns() - begun) // 1_000_000,
        peak_memory=usage.ru_maxrss * _UNIT,
    )


def _start(
    command: Sequence[str], folder: str, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command, cwd=folder, env=dict(environ))
    except OSError as error:
        raise UnavailableError(
            f"{command[0]} could not be started: {error.strerror}",
            help=["name a program that may be run"],
        ) from error


def _listen(reading: int, listener: Listener) -> None:
    """Hand on what comes line by line, until nobody writes any more."""
    rest = b""
    while piece := os.read(reading, _PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            listener.line(line.decode("utf-8", "surrogateescape"))


def _reap(process: subprocess.Popen[bytes]) -> tuple[int, Any]:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def _outlive(
    thread: threading.Thread,
    listener: Listener,
    passing: _Passing,
    notice: Callable[[str], None],
) -> None:
    """Wait for what the command left running: it may still write what was asked for.

    Whoever asks us to end while we wait has it killed: left alone, it would lose its tracer in
    the middle of a call.
    """
    already = passing.asked
    thread.join(_SOON)
    if thread.is_alive():
        notice("the command has ended; waiting for what it left running (Ctrl-C kills it)")
    while thread.is_alive():
        if passing.asked and not already:
            if not listener.left:
                return
            for process in tuple(listener.left):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
        thread.join(_SOON)


def _stamp() -> int:
    """Read the clock files are stamped with: on Linux a coarse one, a little behind the other."""
    return time.clock_gettime_ns(_COARSE) if sys.platform == "linux" else time.time_ns()


def _at_terminal() -> bool:
    """Tell whether what is typed at a terminal reaches us, and so the command as well."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _signals(passing: _Passing) -> Iterator[None]:
    """Have signals taken by somebody else for a while; only a main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, passing) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
