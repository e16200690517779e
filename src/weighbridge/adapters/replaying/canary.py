"""Runs inside the sandbox, started as the build will be, and says what the build will see.

It imports nothing of ours. What it cannot see it leaves out: then nobody claims it.
"""

from __future__ import annotations

import ctypes
import json
import locale
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

KERNELS = "get_corename"
THREADS = "get_num_threads"
PREFIXES = ("", "scipy_")
SUFFIXES = ("", "64_", "_64", "_64_")
MOMENT = 0.002
"""Seconds of the processor after which a clock that goes has gone on."""


def main(folders: list[str]) -> None:
    """Print what is seen, by factor.

    Args:
        folders: Folders whose listings are read, one after the other.
    """
    seen: dict[str, Any] = {
        "hash-seed": hash("weighbridge"),
        "timezone": [time.strftime("%z", time.localtime(0)), list(time.tzname)],
        "umask": umask(),
        "path": str(Path.cwd()),
        "user": [os.getuid(), name_of(os.getuid()), os.environ.get("HOME")],
        "hostname": socket.gethostname(),
        "file-order": [os.listdir(one) for one in folders],  # noqa: PTH208 - names, as they come
        "clock": clock(),
        "locale": speaks(),
    }
    kernels, threads = linear_algebra()
    if kernels:
        seen["blas-kernel"] = kernels
    seen["threads"] = [os.cpu_count(), len(os.sched_getaffinity(0)), threads]
    sys.stdout.write(json.dumps(seen))


def umask() -> int:
    """Return which permissions new files do not get."""
    found = os.umask(0)
    os.umask(found)
    return found


def name_of(number: int) -> str | None:
    """Return the name of a user, or None."""
    try:
        import pwd  # noqa: PLC0415 - not every system has it

        return pwd.getpwuid(number).pw_name
    except (ImportError, KeyError):
        return None


def clock() -> list[Any]:
    """Return the time, and whether it stands still while the processor works."""
    began, used = time.time(), time.process_time()
    while time.process_time() - used < MOMENT:
        pass
    return [began, time.time() == began]


def speaks() -> list[Any]:
    """Return the locale its environment asks for, if there is it, and what hangs on it."""
    try:
        name = locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        name = None
    point = locale.localeconv()["decimal_point"]
    return [name, locale.nl_langinfo(locale.CODESET), point, sys.getfilesystemencoding()]


def linear_algebra() -> tuple[list[str], list[int]]:
    """Return the kernels of the BLAS libraries numpy brings, and how many threads they use."""
    try:
        import numpy.linalg  # noqa: F401, PLC0415 - where there is it
    except Exception:  # noqa: BLE001 - whatever is wrong with it, nothing is claimed then
        return [], []
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    paths = {line.split(maxsplit=5)[-1].strip() for line in maps.splitlines() if "blas" in line}
    kernels: list[str] = []
    threads: list[int] = []
    for path in sorted(paths):
        library = ctypes.CDLL(path)
        if (kernel := function(library, KERNELS)) is not None:
            kernel.restype = ctypes.c_char_p
            kernels.append(kernel().decode())
        if (count := function(library, THREADS)) is not None:
            threads.append(count())
    return kernels, threads


def function(library: ctypes.CDLL, name: str) -> Any:  # noqa: ANN401 - a function of C
    """Find a function of OpenBLAS, by whichever name it was built with."""
    for prefix in PREFIXES:
        for suffix in SUFFIXES:
            call = getattr(library, f"{prefix}openblas_{name}{suffix}", None)
            if call is not None:
                return call
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
