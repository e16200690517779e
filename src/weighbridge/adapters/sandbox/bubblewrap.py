"""The sandbox: bubblewrap around the program, and strace around bubblewrap.

Namespaces of its own for everything, no network, no capability, no user namespace within, the
system's programs and libraries read only, and empty temporary folders for all else. strace stands
outside, where the program cannot reach it.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import select
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.sandbox.dialogue import started
from weighbridge.adapters.sandbox.filter import filter_program
from weighbridge.adapters.sandbox.running import run_limited
from weighbridge.adapters.sandbox.trace import CALLS, Trace
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.sandbox import Bound, Confined, Dialogue, Ran

HOME: Final = "/home"
SCRATCH: Final = "/tmp"  # noqa: S108 - a folder inside the sandbox, gone with it
_SYSTEM: Final = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SHARED: Final = ("/usr", "/etc/ld.so.cache", "/etc/alternatives")
_ENVIRON: Final = {"HOME": HOME, "TMPDIR": SCRATCH, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
_PIECE: Final = 4_096
_PATIENCE: Final = 60.0
_GONE: Final = "the program was not started"


class Bubblewrap:
    """A sandbox made by bubblewrap."""

    def __init__(self, bwrap: str, strace: str | None, environ: Mapping[str, str]) -> None:
        """Name the programs.

        Args:
            bwrap: Bubblewrap.
            strace: The tracer, or None if there is none.
            environ: The environment these two run in.
        """
        self._bwrap = bwrap
        self._strace = strace
        self._environ = dict(environ)

    @property
    def name(self) -> str:
        """Say what it is."""
        return "the sandbox"

    @property
    def confines(self) -> bool:
        """It has no network and no files but those it is given."""
        return True

    def run(self, program: Confined) -> Ran:
        """Run a program in it."""
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as folder:
            return self._run(program, Path(folder))

    @contextlib.contextmanager
    def talk(self, program: Confined) -> Iterator[Dialogue]:
        """Start a program in it that is talked to; it is not traced."""
        rules = os.memfd_create("filter", os.MFD_CLOEXEC)
        try:
            os.write(rules, filter_program(platform.machine()))
            os.lseek(rules, 0, os.SEEK_SET)
            options = [*_wrapped(program, rules), "--chdir", program.folder or SCRATCH, "--"]
            command = [self._bwrap, *options, *program.command]
            with started(
                command, environ=self._environ, limits=program.limits, descriptors=(rules,)
            ) as dialogue:
                yield dialogue
        finally:
            os.close(rules)

    def _run(self, program: Confined, folder: Path) -> Ran:
        rules = folder / "filter"
        rules.write_bytes(filter_program(platform.machine()))
        descriptor = os.open(rules, os.O_RDONLY | os.O_CLOEXEC)
        told, telling = os.pipe()
        try:
            options = [*_wrapped(program, descriptor), "--info-fd", str(telling), "--"]
            command = [self._bwrap, *options, *program.command]
            trace = None
            if program.traced:
                pipe = folder / "trace"
                os.mkfifo(pipe, 0o600)
                command = [*self._tracer(pipe), *command]
                trace = (pipe, Trace(program.command[0]))
            ran = run_limited(
                command,
                environ=self._environ,
                limits=program.limits,
                descriptors=(descriptor, telling),
                trace=trace,
                printed=program.printed,
            )
            os.set_blocking(told, False)
            _outlive(told)
        finally:
            for one in (descriptor, told, telling):
                os.close(one)
        # What a traced program prints proves nothing: it could say bubblewrap's words.
        if trace is None:
            begun = not ran.code or not ran.errors.startswith(b"bwrap: ")
        else:
            begun = trace[1].begun or bool(ran.stopped)
        if not begun:
            raise _refused(ran)
        return ran

    def _tracer(self, pipe: Path) -> list[str]:
        if self._strace is None:
            raise missing("strace")
        calls = ",".join(f"?{call}" for call in CALLS)
        options = ["-f", "--seccomp-bpf", "-y", "-q", "-s", "4096", "-e", "signal=none"]
        return [self._strace, *options, "-e", f"trace={calls}", "-o", str(pipe)]


def _outlive(told: int) -> None:
    """Wait until nothing of a sandbox is left: its first process ends when all others have."""
    with contextlib.suppress(BlockingIOError, ProcessLookupError):
        first = os.pidfd_open(json.loads(os.read(told, _PIECE))["child-pid"])
        try:
            select.select([first], [], [], _PATIENCE)
        finally:
            os.close(first)


def _wrapped(program: Confined, descriptor: int) -> Iterator[str]:
    """Write bubblewrap's options; what is named later lies over what was named before."""
    size = str(program.limits.written)
    yield from ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent")
    user = str(program.user)
    yield from ("--new-session", "--cap-drop", "ALL", "--uid", user, "--gid", user)
    yield from ("--hostname", program.host_name, "--clearenv")
    for name, value in {**_ENVIRON, **program.environ}.items():
        yield from ("--setenv", name, value)
    for path in _SHARED:
        yield from ("--ro-bind-try", path, path)
    yield from _system()
    yield from ("--proc", "/proc", "--dev", "/dev")
    for path in (SCRATCH, HOME, "/dev/shm"):  # noqa: S108 - inside the sandbox
        yield from ("--size", size, "--tmpfs", path)
    for one in program.scratch:
        yield from ("--size", str(one.size), "--tmpfs", one.target)
    yield from _bounds(program.bounds)
    if filter_program(platform.machine()):
        yield from ("--seccomp", str(descriptor))
    yield from ("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH)


def _system() -> Iterator[str]:
    """Have the folders of programs and libraries as they are: links into `/usr`, or folders."""
    for path in _SYSTEM:
        if os.path.islink(path):  # noqa: PTH114 - a string is what is wanted
            yield from ("--symlink", os.readlink(path), path)  # noqa: PTH115 - as it stands
        else:
            yield from ("--ro-bind-try", path, path)


def _bounds(bounds: Iterable[Bound]) -> Iterator[str]:
    for bound in bounds:
        how = "--bind" if bound.writable else "--ro-bind"
        yield from (how, bound.source, bound.target or bound.source)


def _refused(ran: Ran) -> UnavailableError:
    told = ran.errors.decode("utf-8", "backslashreplace").strip()
    return UnavailableError(
        "the sandbox cannot be made here",
        cause=told.splitlines()[-1] if told else _GONE,
        help=["run `weighbridge doctor`", "allow user namespaces, or run where they are allowed"],
    )


def missing(tool: str) -> UnavailableError:
    """Say that a program of the sandbox is not there, and how to get it."""
    package = {"bwrap": "bubblewrap"}.get(tool, tool)
    return UnavailableError(
        f"there is no {tool}, and nothing is run outside a sandbox",
        wanted=f"{tool} on the path",
        help=[f"apt install {package}", f"or dnf install {package}"],
    )


def open_bubblewrap(environ: Mapping[str, str], *, tracing: bool) -> Bubblewrap:
    """Find the programs of the sandbox.

    Args:
        environ: Its `PATH` is where they are looked for.
        tracing: Whether programs will be traced.

    Raises:
        UnavailableError: One of them is not there.
    """
    bwrap, strace = (shutil.which(tool, path=environ.get("PATH")) for tool in ("bwrap", "strace"))
    if bwrap is None:
        raise missing("bwrap")
    if tracing and strace is None:
        raise missing("strace")
    return Bubblewrap(bwrap, strace, environ)
