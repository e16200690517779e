"""Watching a command by strace: it stands outside, and the command is our own child all the same.

The tracer runs detached (`-DD`), so that signals, exit code and processor time are those of the
command, and with a seccomp filter, so that only the calls that are looked at cost anything.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.tracing.build_trace import CALLS, BuildTrace
from weighbridge.adapters.tracing.running import run_through
from weighbridge.model.build_record import Witness
from weighbridge.model.build_watch import Watched
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPTIONS: Final = ("-f", "--seccomp-bpf", "-y", "-q", "-s", "256", "-e", "signal=none")
_PATIENCE: Final = 10.0


class Strace:
    """Watches commands by strace."""

    def __init__(self, program: str, notice: Callable[[str], None]) -> None:
        """Name the tracer, and who is told that we wait."""
        self._program = program
        self._notice = notice

    def run(self, command: tuple[str, ...], *, folder: str, environ: Mapping[str, str]) -> Watched:
        """Run a command, and see what it does."""
        trace = BuildTrace(folder=folder)
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as place:
            pipe = str(Path(place) / "trace")
            os.mkfifo(pipe, 0o600)
            calls = ",".join(f"?{call}" for call in CALLS)
            tracer = [self._program, "-DD", *_OPTIONS, "-e", f"trace={calls}", "-o", pipe, "--"]
            ended = run_through(
                [*tracer, *command],
                folder=folder,
                environ=environ,
                pipe=pipe,
                listener=trace,
                notice=self._notice,
            )
        if not trace.processes:
            raise UnavailableError(
                f"{command[0]} could not be started under strace",
                seen=f"exit code {ended.code}",
                help=["name a program that may be run"],
            )
        return Watched(
            **ended.told(),
            witness=Witness.STRACE,
            read=trace.read,
            made=frozenset(trace.made),
            unsure=frozenset(trace.unsure),
            programs=trace.programs,
            addresses=frozenset(trace.addresses),
            processes=trace.processes,
            threads=trace.threads,
            blind=trace.blind,
        )


def find_strace(environ: Mapping[str, str], notice: Callable[[str], None]) -> Strace | str:
    """Find a strace that works here, or say why there is none.

    Args:
        environ: Its `PATH` is where it is looked for.
        notice: Who is told that we wait for what a command left running.
    """
    program = shutil.which("strace", path=environ.get("PATH"))
    if program is None:
        return "there is no strace"
    try:
        done = subprocess.run(
            [program, *_OPTIONS, "-e", "trace=?openat", "-o", os.devnull, "true"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"strace cannot be run: {error}"
    if done.returncode:
        said = done.stderr.decode("utf-8", "backslashreplace").strip().splitlines()
        return f"strace may not trace here: {said[-1] if said else done.returncode}"
    return Strace(program, notice)
