"""A process: its arguments, variables and limits; and settings of the kernel below it.

All of it is read from /proc. Where that is not to be had, nothing is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import Unavailable
from weighbridge.probes.small_files import read_start, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_SHORT: Final = 1 << 16
_LONG: Final = 4 << 20
_LIMIT: Final = re.compile(r"^Max ([a-z -]+?) {2,}(\d+|unlimited) +(\d+|unlimited)\b", re.MULTILINE)
_NAMES: Final = {
    "address space": "as",
    "core file size": "core",
    "cpu time": "cpu",
    "data size": "data",
    "file locks": "locks",
    "file size": "fsize",
    "locked memory": "memlock",
    "msgqueue size": "msgqueue",
    "nice priority": "nice",
    "open files": "nofile",
    "pending signals": "sigpending",
    "processes": "nproc",
    "realtime priority": "rtprio",
    "realtime timeout": "rttime",
    "resident set": "rss",
    "stack size": "stack",
}
"""What /proc calls a limit, and what Compose does."""
_SWAPPED: Final = str.maketrans("./", "/.")
_NO_PROC: Final = "the system does not say: there is no /proc, or it may not be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs.

    Attributes:
        arguments: Its program and arguments.
        variables: Its environment variables, as it was started with them.
    """

    arguments: tuple[str, ...]
    variables: Mapping[str, str]


def observe_process(root: Path, number: int) -> Process | Unavailable:
    """Read the arguments and variables of a process.

    Args:
        root: The file system.
        number: Its id.
    """
    folder = root / "proc" / str(number)
    arguments, variables = (read_start(folder / name, _LONG) for name in ("cmdline", "environ"))
    if not arguments or variables is None:
        return Unavailable(f"there is no process {number}, or it may not be looked at")
    pairs = (text.partition("=") for text in _texts(variables))
    return Process(
        arguments=tuple(_texts(arguments)),
        variables={name: value for name, equals, value in pairs if equals},
    )


def _texts(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").removesuffix("\0").split("\0")


def observe_limits(
    root: Path, process: int | None = None
) -> Mapping[str, tuple[int, int]] | Unavailable:
    """Read the limits of a process, soft and hard, -1 for none; of this one if none is named."""
    found = _LIMIT.findall(read_text(root / f"proc/{process or 'self'}/limits", _SHORT))
    if not found:
        return Unavailable(_NO_PROC)
    return {
        _NAMES[label]: (_number(soft), _number(hard))
        for label, soft, hard in found
        if label in _NAMES
    }


def _number(text: str) -> int:
    return -1 if text == "unlimited" else int(text)


def observe_settings(root: Path, names: Iterable[str]) -> dict[str, str | Unavailable]:
    """Read settings of the kernel by name, such as `net.core.somaxconn`.

    Args:
        root: The file system.
        names: Their names, in the form a manifest has them: no part of them leads upwards.
    """
    return {name: _setting(root, name) for name in names}


def _setting(root: Path, name: str) -> str | Unavailable:
    # sysctl(8): a dot parts names, and a slash is a dot within one.
    data = read_start(root / "proc/sys" / name.translate(_SWAPPED), _SHORT)
    if data is None:
        return Unavailable("the kernel has no such setting here, or does not show it")
    return data.decode("utf-8", "replace").strip()
