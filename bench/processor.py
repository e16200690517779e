"""Which machine this is: figures mean nothing without it."""

from __future__ import annotations

import os
import platform
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TELLING = ("sha_ni", "aes", "avx2", "avx512f", "vaes", "sha2")
"""Flags that decide how fast digests are; `sha2` is what arm64 calls its SHA instructions."""
_GIB = 1 << 30
_UNKNOWN = "not told by the system"


def flags(cpuinfo: str) -> dict[str, bool]:
    """Say which telling flags stand in the text of `/proc/cpuinfo`."""
    words = set(cpuinfo.split())
    return {name: name in words for name in TELLING}


def lacks_sha(found: Mapping[str, bool]) -> bool:
    """Whether flags that are known hold no SHA instructions."""
    return bool(found) and not (found["sha_ni"] or found["sha2"])


def read_flags() -> dict[str, bool]:
    """Read the telling flags of this processor; none where the system does not say."""
    return flags(text) if (text := _read("/proc/cpuinfo")) else {}


def model(cpuinfo: str) -> str:
    """Say what a processor is called in the text of `/proc/cpuinfo`."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name" and value.strip():
            return value.strip()
    return _UNKNOWN


def disk(folder: Path, *, devices: Path = Path("/sys/dev/block")) -> str:
    """Say what kind of disk a folder is on, as far as the system tells it.

    Args:
        folder: The folder.
        devices: Where Linux tells of block devices.
    """
    device = folder.stat().st_dev
    place = devices / f"{os.major(device)}:{os.minor(device)}"
    if place.resolve().name.startswith(("vd", "xvd")):
        return f"virtual, its kind {_UNKNOWN}"
    for turning in (place / "queue/rotational", place / "../queue/rotational"):
        if turning.exists():
            return "turning" if turning.read_text().strip() == "1" else "solid state"
    return "in memory" if os.major(device) == 0 and _in_memory(folder) else _UNKNOWN


def describe() -> dict[str, str]:
    """Describe machine and interpreter, one line a property."""
    known = " ".join(f"{name}={'yes' if has else 'no'}" for name, has in read_flags().items())
    return {
        "processor": model(_read("/proc/cpuinfo")),
        "machine": platform.machine(),
        "flags": known or _UNKNOWN,
        "cores": str(os.cpu_count() or _UNKNOWN),
        "memory": f"{_memory() / _GIB:.0f} GiB" if _memory() else _UNKNOWN,
        "disk": disk(Path(tempfile.gettempdir())),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "load": f"{os.getloadavg()[0]:.1f} when it began",
    }


def _memory() -> int:
    """Return the bytes of memory there are; 0 if that is not known."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _in_memory(folder: Path) -> bool:
    mounts = [line.split() for line in _read("/proc/mounts").splitlines()]
    held = {place for _, place, kind, *_ in mounts if kind == "tmpfs"}
    return any(str(one) in held for one in (folder, *folder.parents))


def _read(path: str) -> str:
    """Read what the system tells; empty where it does not."""
    file = Path(path)
    return file.read_text(encoding="utf-8") if file.is_file() else ""
