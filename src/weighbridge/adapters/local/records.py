"""What is remembered of each process: enough to know it again, and to signal nobody else.

A process is known by its number, the time it was started, and the machine's start (boot id). The
record is written before it is started and again after; whoever finds the first alone looks for the
mark it was started with.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.model.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK: Final = "WEIGHBRIDGE_DELIVERY"
"""Variable every process of ours has, and all it starts: its token."""
_LARGEST: Final = 64 << 10
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_NEEDED: Final = {
    "haproxy": {"bind": r".+:\d{1,5}", "metrics": r"\d{1,5}"},
    "prometheus": {"address": r".+:\d{1,5}", "bind": r".+:\d{1,5}"},
    "release-": {
        "contained": "|yes",
        "digest": "sha256:[0-9a-f]{64}",
        "folder": "/.+",
        "metricsPort": r"\d{1,5}",
        "port": r"\d{1,5}",
        "rendering": "[0-9a-f]+",
        "slot": "slot-[1-9]",
    },
}
"""What has to be remembered with a process, by how its name begins."""
_STARTED: Final = 19
"""Where the start time stands in `/proc/PID/stat` after the name (proc(5): 22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A process.

    Attributes:
        name: What it is called here.
        token: The value of its mark: nobody else has it.
        boot: The machine's start it belongs to.
        pid: Its number; 0 while it is being started.
        started: When it was started, in ticks since the machine's start.
        ended: How it ended of itself; empty if nobody has seen that.
        about: What else is to be remembered: ports, digests.
    """

    name: str
    token: str
    boot: str
    pid: int = 0
    started: int = 0
    ended: str = ""
    about: Mapping[str, str] = field(default_factory=dict)

    def with_ended(self, how: str) -> Record:
        """Return it as one that has ended."""
        return replace(self, ended=how)


class Records:
    """The records of a delivery, a file each."""

    def __init__(self, folder: Path) -> None:
        """Name their folder."""
        self._folder = folder

    def names(self) -> list[str]:
        """List the processes that are remembered."""
        try:
            found = os.listdir(self._folder)  # noqa: PTH208 - names
        except FileNotFoundError:
            return []
        names = (one.removesuffix(".json") for one in found if one.endswith(".json"))
        return sorted(one for one in names if _NAME.fullmatch(one))

    def read(self, name: str) -> Record | None:
        """Read a record; None if there is none.

        Raises:
            StorageError: It cannot be read, or is none of ours.
        """
        path = self._path(name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(path, str(error.strerror).lower()) from error
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(_LARGEST + 1)
        try:
            return _parsed(name, json.loads(data))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise _unreadable(path, f"it is no record of a process ({error})") from error

    def write(self, record: Record) -> None:
        """Write a record, to last.

        Raises:
            StorageError: It cannot be written.
        """
        path = self._path(record.name)
        with storing(path):
            make_folder(self._folder)
        found = {
            "token": record.token,
            "boot": record.boot,
            "pid": record.pid,
            "started": record.started,
            "ended": record.ended,
            "about": dict(record.about),
        }
        write_file(path, (json.dumps(found, sort_keys=True, indent=1) + "\n").encode())

    def remove(self, name: str) -> None:
        """Forget a process."""
        with storing(self._path(name)):
            self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise AssertionError(f"no process is called {name}")
        return self._folder / f"{name}.json"


def _parsed(name: str, found: Any) -> Record:  # noqa: ANN401 - what JSON holds
    texts = (found["token"], found["boot"], found["ended"])
    numbers = (found["pid"], found["started"])
    about = found["about"]
    if not _TOKEN.fullmatch(texts[0]) or not all(isinstance(one, str) for one in texts):
        raise ValueError("its token is none")
    if not all(type(one) is int and one >= 0 for one in numbers):
        raise ValueError("its process is none")
    if not isinstance(about, dict) or not all(isinstance(one, str) for one in about.values()):
        raise ValueError("what else it says is no text")
    for prefix, needed in _NEEDED.items():
        if name.startswith(prefix) and not all(
            re.fullmatch(pattern, about.get(key, "")) for key, pattern in needed.items()
        ):
            raise ValueError("what else it says is not all that is to be known")
    return Record(
        name=name,
        token=texts[0],
        boot=texts[1],
        pid=numbers[0],
        started=numbers[1],
        ended=texts[2],
        about=about,
    )


def _unreadable(path: Path, reason: str) -> StorageError:
    return StorageError(
        f"{path} cannot be used: {reason}",
        seen=reason,
        wanted="a record that deliver wrote",
        help=[
            "look which processes have the variable WEIGHBRIDGE_DELIVERY, and end those",
            "then remove the file",
        ],
    )


def boot_id() -> str:
    """Return what tells one start of the machine from another."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def started(pid: int) -> int | None:
    """Return when a process was started, in ticks; None if there is none, or it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        told = text.rpartition(")")[2].split()
        # The first thread of a process may have ended before its others have.
        if told[0] in "ZX" and len(os.listdir(f"/proc/{pid}/task")) <= 1:  # noqa: PTH208 - names
            return None
        return int(told[_STARTED])
    except (OSError, ValueError, IndexError):
        return None


def marked(token: str) -> Iterator[int]:
    """Yield the numbers of all processes that have a mark."""
    wanted = f"{MARK}={token}".encode()
    for name in os.listdir("/proc"):  # noqa: PTH208 - names
        if name.isdigit() and has_mark(int(name), wanted):
            yield int(name)


def has_mark(pid: int, wanted: bytes) -> bool:
    """Tell whether a process has a variable, `NAME=value`."""
    try:
        return wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False  # it has just ended, or is somebody else's
