"""What reading a manifest costs: `python bench/manifest.py read|compose|hostile COUNT`.

`read` reads and validates a manifest of 5,000 lines COUNT times, and tells all of its 30 faults
with line and column each time; `compose` lets PyYAML's C parser compose it, and does no more.
`hostile` reads every hostile manifest COUNT times and prints the CPU seconds of each, the worst
first; it fails if one takes more than it may.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

import yaml

from scripts.hostile_manifests import cases
from scripts.large_manifest import large_manifest
from weighbridge.codec.manifest import read_release
from weighbridge.model.errors import DocumentError

MISTAKES = 30
MOST = 0.1
"""CPU seconds one hostile manifest may take."""


def read(count: int) -> None:
    """Read a large manifest and see that every fault is told where it is."""
    text, places = large_manifest(mistakes=MISTAKES)
    data = text.encode()
    for _ in range(count):
        try:
            read_release(data, "release.yaml")
        except DocumentError as error:
            at = [fault.location for fault in error.faults]
            if [(where.line, where.column) for where in at if where] != places:
                raise SystemExit("not every fault was told at its place") from error
        else:
            raise SystemExit("no fault was told")


def compose(count: int) -> None:
    """Compose the same manifest with PyYAML's C parser."""
    text, _ = large_manifest(mistakes=MISTAKES)
    for _ in range(count):
        yaml.compose(text, Loader=yaml.CSafeLoader)


def hostile(count: int) -> None:
    """Read every hostile manifest and print what each costs."""
    known = cases()
    _seconds(known["CRLF"])  # the model's classes are built when they are first used
    cost = {name: max(_seconds(data) for _ in range(count)) for name, data in known.items()}
    for name, seconds in sorted(cost.items(), key=lambda one: -one[1]):
        print(f"{seconds:.4f}  {name}  ({len(known[name]):,} bytes)")
    late = [name for name, seconds in cost.items() if seconds > MOST]
    if late:
        raise SystemExit(f"too slow: {', '.join(late)}")


def _seconds(data: bytes) -> float:
    start = time.process_time()
    with contextlib.suppress(DocumentError):
        read_release(data, "release.yaml")
    return time.process_time() - start


if __name__ == "__main__":
    {"read": read, "compose": compose, "hostile": hostile}[sys.argv[1]](int(sys.argv[2]))
