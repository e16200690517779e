"""Memory, and what control groups leave of the machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.model.host import Memory
from weighbridge.probes.small_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHORT: Final = 1 << 16
_TOTAL: Final = re.compile(r"^MemTotal:\s+(\d{1,18}) kB$", re.MULTILINE)
_GROUPS: Final = "sys/fs/cgroup"
_DEEPEST: Final = 64


def observe_memory(root: Path) -> Memory:
    """Read how much memory there is, and the tightest limits above this process."""
    found = _TOTAL.search(read_text(root / "proc/meminfo", _SHORT))
    total = int(found[1]) * 1024 if found else None
    limits = [
        value
        for folder, file in (("memory", "memory.limit_in_bytes"), ("", "memory.max"))
        for group in _groups(root, folder)
        if (value := _number(group / file)) is not None
    ]
    limit = min(limits, default=None)
    whole = limit is None or (total is not None and limit >= total)
    return Memory(total=total, limit=None if whole else limit, processors=_processors(root))


def _processors(root: Path) -> str:
    shares: list[float] = []
    for group in _groups(root, "cpu"):
        quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
        if quota and period:
            shares.append(quota / period)
    for group in _groups(root, ""):
        words = read_text(group / "cpu.max", _SHORT).split()
        if len(words) == 2 and all(word.isdecimal() for word in words) and int(words[1]):  # noqa: PLR2004 - quota, period
            shares.append(int(words[0]) / int(words[1]))
    return f"{min(shares):g}" if shares else ""


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """List the control groups of this process and those above them; "" is version 2."""
    for line in read_text(root / "proc/self/cgroup", _SHORT).splitlines():
        parts = line.split(":", 2)
        if len(parts) != 3 or controller not in parts[1].split(","):  # noqa: PLR2004 - as cgroups(7) has it
            continue
        names = [name for name in parts[2].split("/") if name not in {"", ".", ".."}][:_DEEPEST]
        for depth in range(len(names) + 1):
            yield root / _GROUPS / controller / "/".join(names[:depth])


def _number(path: Path) -> int | None:
    text = read_text(path, _SHORT).strip()
    return int(text) if text.isdecimal() and len(text) < 20 else None  # noqa: PLR2004 - 64 bits
