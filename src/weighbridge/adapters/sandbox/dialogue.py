"""Talking to a program, a line for a line, with limits: it may say nothing, or never stop.

Nothing is read that was not asked for, and no more than the limit of the output. What it prints to
standard error is taken in as it comes, so that it never waits for us.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.sandbox.running import kill_group, limiting
from weighbridge.model.sandbox import SilentError, TalkativeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.sandbox import SandboxLimits

_PIECE: Final = 1 << 16
_KEPT: Final = 4_096
_GRACE: Final = 0.5
_CLOSED: Final = -1
_PEAK: Final = re.compile(rb"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


class Process:
    """A program that was started, and what it said that nobody has read."""

    def __init__(self, process: subprocess.Popen[bytes], most: int) -> None:
        """Take over its pipes.

        Args:
            process: The program, started with pipes.
            most: Bytes of one line.
        """
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("it was started with pipes")
        self._process = process
        self._most = most
        self._in, self._out, self._err = (
            pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr)
        )
        for descriptor in (self._in, self._out, self._err):
            os.set_blocking(descriptor, False)
        self._heard = bytearray()
        self._errors = bytearray()

    def ask(self, line: bytes, *, patience: float) -> bytes:
        """Say a line and return the line it answers."""
        end = time.monotonic() + patience
        left = memoryview(line + b"\n")
        seen = 0
        while (at := self._heard.find(b"\n", seen)) < 0:
            seen = len(self._heard)
            if seen > self._most:
                raise TalkativeError(f"its line is longer than {self._most} bytes")
            left = self._exchange(left, end, patience)
        answer = bytes(self._heard[:at])
        del self._heard[: at + 1]
        if at > self._most:
            raise TalkativeError(f"its line is longer than {self._most} bytes")
        return answer

    def _exchange(self, left: memoryview, end: float, patience: float) -> memoryview:
        """Wait until something moves; return what is still to be said."""
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if self._err != _CLOSED:
            poll.register(self._err, select.POLLIN)
        if left:
            poll.register(self._in, select.POLLOUT)
        # Whoever keeps printing to standard error is ready for ever: the clock is asked, too.
        rest = end - time.monotonic()
        ready = dict(poll.poll(rest * 1000)) if rest > 0 else {}
        if not ready:
            raise SilentError(f"it said nothing for {patience:g} seconds")
        if self._err in ready:
            self._hear_errors()
        if self._in in ready:
            with contextlib.suppress(BlockingIOError):
                try:
                    left = left[os.write(self._in, left[:_PIECE]) :]
                except BrokenPipeError:
                    left = left[len(left) :]
        if self._out in ready:
            piece = os.read(self._out, _PIECE)
            if not piece:
                raise SilentError(self._ended())
            self._heard += piece
        return left

    def _hear_errors(self) -> None:
        if self._err == _CLOSED:
            return
        with contextlib.suppress(BlockingIOError):
            piece = os.read(self._err, _PIECE)
            self._errors = bytearray((self._errors + piece)[-_KEPT:])
            if not piece:
                self._err = _CLOSED

    def _ended(self) -> str:
        """Say how it ended; one that closed its output and lives is killed for it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self._hear_errors()
        lines = self._errors.decode("utf-8", "backslashreplace").strip().splitlines()
        code = self._process.poll()
        how = "it closed its output" if code is None else f"it ended with exit code {code}"
        return f"{how}: {lines[-1]}" if lines else how

    def memory(self) -> int | None:
        """Return the most bytes its processes that run held, as Linux counts them."""
        found = [_peak(process) for process in _descendants(self._process.pid)]
        held = [one for one in found if one is not None]
        return sum(held) if held else None


def _descendants(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in children.read_text().split():
                yield from _descendants(int(child))


def _peak(process: int) -> int | None:
    try:
        found = _PEAK.search(Path(f"/proc/{process}/status").read_bytes())
    except OSError:
        return None
    return int(found[1]) << 10 if found else None


@contextlib.contextmanager
def started(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    limits: SandboxLimits,
    folder: str = "/",
    descriptors: tuple[int, ...] = (),
) -> Iterator[Process]:
    """Start a program that is talked to; it is killed with all it started when nobody listens.

    Args:
        command: The program and its arguments.
        environ: Its environment.
        limits: Its budgets; that of the output is one of a line.
        folder: The folder it starts in.
        descriptors: Open files it is given besides the standard ones.

    Raises:
        SilentError: It cannot be started.
    """
    with limiting(limits) as limit:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environ),
                cwd=folder,
                pass_fds=descriptors,
                start_new_session=True,
                bufsize=0,
                preexec_fn=limit,  # noqa: PLW1509 - it makes system calls, no more
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise SilentError(f"it cannot be started: {error}") from error
        with process:
            try:
                yield Process(process, limits.output)
            finally:
                kill_group(process)
