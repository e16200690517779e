"""Which processor this is: figures of digests mean nothing without it."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TELLING = ("sha_ni", "avx2", "avx512f", "sha2")
"""Flags that decide how fast digests are; `sha2` is what arm64 calls its SHA instructions."""


def flags(cpuinfo: str) -> dict[str, bool]:
    """Say which telling flags stand in the text of `/proc/cpuinfo`."""
    words = set(cpuinfo.split())
    return {name: name in words for name in TELLING}


def lacks_sha(found: Mapping[str, bool]) -> bool:
    """Whether flags that are known hold no SHA instructions."""
    return bool(found) and not (found["sha_ni"] or found["sha2"])


def read_flags() -> dict[str, bool]:
    """Read the telling flags of this processor; none where the system does not say."""
    cpuinfo = Path("/proc/cpuinfo")
    return flags(cpuinfo.read_text(encoding="utf-8")) if cpuinfo.is_file() else {}


def describe() -> dict[str, str]:
    """Describe machine and interpreter, one line a property."""
    known = " ".join(f"{name}={'yes' if has else 'no'}" for name, has in read_flags().items())
    return {
        "machine": platform.machine(),
        "flags": known or "unknown (no /proc/cpuinfo)",
        "python": platform.python_version(),
    }
