"""How many processes and threads a program may have at once, held by the kernel.

Looking again and again loses against a program that copies itself without end: everybody else
starves, and whoever looks with them. The kernel refuses the copy itself. It counts all tasks of an
ordinary user, whichever program they belong to; of root it counts none, so a control group does,
where one can be made. Where it cannot, as in most containers, root's programs are looked at only.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PATIENCE: Final = 60.0
_PAUSE: Final = 0.002
"""Seconds until a group is looked at again that is not empty; version 1 tells nobody when it is."""
_TASKS: Final = re.compile(rb"^Uid:\s+([0-9]+)\s.*^Threads:\s+([0-9]+)$", re.MULTILINE | re.DOTALL)
_BEGAN: Final = 19
"""When a process began: where it stands in `/proc/PID/stat` after its program (proc(5): 22)."""


def tasks_of(user: int) -> int:
    """Count the processes and threads a user has now."""
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):  # it has just ended
            found = _TASKS.search(status.read_bytes())
            count += int(found[2]) if found and int(found[1]) == user else 0
    return count


def parents(mounts: str, groups: str) -> Iterator[Path]:
    """Name the folders a group may be made in: that of the group we are in, and those above it.

    Args:
        mounts: What `/proc/self/mountinfo` says.
        groups: What `/proc/self/cgroup` says.
    """
    ours = {names: path for _, names, path in (one.split(":", 2) for one in groups.splitlines())}
    first = next((path for names, path in ours.items() if "pids" in names.split(",")), "/")
    for line in mounts.splitlines():
        about, _, kind = line.partition(" - ")
        root, place = about.split()[3:5]
        system, *_, options = kind.split()
        if system == "cgroup2":
            path = PurePosixPath(ours.get("", "/"))
        elif system == "cgroup" and "pids" in options.split(","):
            path = PurePosixPath(first)
        else:
            continue
        # A group that lies elsewhere than its mount is not seen here: the mount has to do.
        seen = path.is_relative_to(root) and ".." not in path.parts
        below = path.relative_to(root) if seen else PurePosixPath()
        yield from (Path(place, *below.parts[:depth]) for depth in range(len(below.parts), -1, -1))


@contextlib.contextmanager
def joining(tasks: int, within: Iterable[Path] | None = None) -> Iterator[Callable[[], None]]:
    """Make a group of so many tasks; what is left in it is killed with the context.

    Args:
        tasks: Processes and threads it holds at once.
        within: Folders it may be made in, the best first; None for those of this machine.

    Yields:
        What a new process calls to join it. It does nothing where no group can be made.
    """
    if within is None:
        told = [Path(f"/proc/self/{one}") for one in ("mountinfo", "cgroup")]
        within = parents(*(one.read_text() if one.exists() else "" for one in told))
    if (made := _made(tasks, within)) is None:
        yield lambda: None
        return
    group, door = made

    def join() -> None:
        with contextlib.suppress(OSError):
            os.write(door, b"0")

    try:
        yield join
    finally:
        os.close(door)
        _remove(group)


def _made(tasks: int, within: Iterable[Path]) -> tuple[Path, int] | None:
    """Make a group in the first folder where that is possible, and open what takes members in."""
    for folder in within:
        _tidy(folder)
        with contextlib.suppress(OSError):
            group = Path(tempfile.mkdtemp(prefix=maker_of(os.getpid()), dir=folder))
            # A group that counts no tasks lacks this, and one of another kind takes nobody in.
            with contextlib.suppress(OSError):
                (group / "pids.max").write_text(str(tasks))
                kind = group / "cgroup.type"
                if not kind.exists() or kind.read_text() == "domain\n":
                    return group, os.open(group / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
            group.rmdir()
    return None


def _tidy(folder: Path) -> None:
    """Remove groups whose makers were killed; those of makers that live may yet be joined."""
    space = maker_of(os.getpid()).split("-")[1]
    for group in folder.glob(f"weighbridge-{space}-[0-9]*-*"):
        if not group.name.startswith(maker_of(int(group.name.split("-")[2]))):
            with contextlib.suppress(OSError):
                group.rmdir()


def maker_of(process: int) -> str:
    """Say how the names of its groups begin: no other process of its number has made them."""
    began = "gone"
    with contextlib.suppress(OSError):
        told = Path(f"/proc/{process}/stat").read_text(errors="replace")
        began = told.rpartition(")")[2].split()[_BEGAN]
    return f"weighbridge-{Path('/proc/self/ns/pid').stat().st_ino}-{process}-{began}-"


def _remove(group: Path) -> None:
    """Kill what is in a group, which can become no more, and remove it when nothing is."""
    end = time.monotonic() + _PATIENCE
    with contextlib.suppress(OSError):
        (group / "pids.max").write_text("0")
    while group.exists() and time.monotonic() < end:
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        for process in (group / "cgroup.procs").read_text().split():
            with (
                contextlib.suppress(OSError),
                os.fdopen(os.pidfd_open(int(process)), "rb", buffering=0) as opened,
            ):
                # Its number may be another's by now.
                if group.name in Path(f"/proc/{process}/cgroup").read_text():
                    signal.pidfd_send_signal(opened.fileno(), signal.SIGKILL)
        select.select([], [], [], _PAUSE)
