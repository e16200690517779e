"""Runs inside the sandbox, before, around and after a build that is made again.

It reads its plan from the file it is given, lays out the inputs in the planned order, lets the
canary look around, runs the build, ends whatever that left running, and writes the outputs to
standard output. It imports nothing of ours: the sandbox holds this file and an interpreter.

Standard output is a line of JSON and the bytes it announces, again and again: `{"canary": {…}}`,
`{"full": FOLDER}`, `{"output": PATH, "size": N}` and N bytes, `{"missing": PATH, "why": …}`, and as
the last `{"code": N}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

CANARY_SECONDS = 120
PIECE = 1 << 20
SCALE = 3_600
NOT_FOUND = 127
"""What a shell says of a command that is not there."""


def main(plan: dict[str, Any]) -> None:
    """Carry a plan out."""
    lay_out(plan)
    surroundings = {
        "cwd": plan["folder"],
        "env": plan["environment"],
        "umask": plan["umask"],
        "preexec_fn": lambda: os.sched_setaffinity(0, plan["processors"]),
        "stdin": subprocess.DEVNULL,
    }
    tell({"canary": look_around(plan, surroundings)})
    try:
        code = subprocess.call(plan["command"], stdout=sys.stderr, **surroundings)
    except OSError as error:
        sys.stderr.write(f"{plan['command'][0]}: {error.strerror}\n")
        code = NOT_FOUND
    # Nothing goes on writing while outputs are taken.
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    if full(plan["root"]):
        tell({"full": plan["root"]})
    for path, place in plan["outputs"]:
        take(path, place)
    tell({"code": code})


def lay_out(plan: dict[str, Any]) -> None:
    """Put each input into its place, in the order of the plan, all with the same time."""
    Path(plan["home"]).mkdir(parents=True, exist_ok=True)
    for place, source, mode in plan["files"]:
        if source is None:
            Path(place).mkdir(parents=True, exist_ok=True)
            continue
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        Path(place).chmod(mode)
        os.utime(place, (plan["moment"], plan["moment"]))
    for name in plan["sample"]:
        Path(plan["samples"], name).touch()


def look_around(plan: dict[str, Any], surroundings: dict[str, Any]) -> dict[str, Any]:
    """Return what a program sees that is started as the build will be."""
    began = time.time()
    try:
        told = subprocess.run(
            plan["canary"], capture_output=True, check=True, timeout=CANARY_SECONDS, **surroundings
        )
        seen: dict[str, Any] = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"the canary: {error}\n")
        return {}
    # Only whole hours: it is a clock that was set that counts, not one that goes on.
    if "clock" in seen:
        frozen = "still" if seen["clock"][1] else "going"
        seen["clock"] = [round((seen["clock"][0] - began) / SCALE), frozen]
    return seen


def full(folder: str) -> bool:
    """Tell whether nothing more fits into a folder in memory."""
    left = os.statvfs(folder)
    return left.f_bavail * left.f_bsize < PIECE


def take(path: str, place: str) -> None:
    """Write an output to standard output."""
    try:
        file = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        tell({"missing": path, "why": error.strerror})
        return
    with os.fdopen(file, "rb", buffering=0) as source:
        about = os.fstat(source.fileno())
        if not stat.S_ISREG(about.st_mode):
            tell({"missing": path, "why": "it is no file"})
            return
        tell({"output": path, "size": about.st_size})
        while piece := source.read(PIECE):
            write(piece)


def tell(value: dict[str, Any]) -> None:
    """Write a line to standard output."""
    write(json.dumps(value).encode() + b"\n")


def write(data: bytes) -> None:
    """Write bytes to standard output, past whatever Python keeps back."""
    left = memoryview(data)
    while left:
        left = left[os.write(1, left) :]


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
