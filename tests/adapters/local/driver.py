"""A driver that is killed: `driver.py FOLDER PORT COUNT WHEN`.

It runs two releases, and is killed at its COUNTth write of a file that says what runs: `before` or
`after` it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.adapters.local.cargoes import parcel, target
from weighbridge.adapters import files
from weighbridge.adapters.local import proxy, records, watching
from weighbridge.model.delivery import Desired
from weighbridge.model.ports import NoProgress

BOTH = Desired(release=True, previous=True, weight=50)


def main(folder: str, port: str, count: str, when: str) -> None:
    """Run them until it is killed."""
    written = {"count": 0}
    real = files.write_file

    def write(path: Path, data: bytes) -> None:
        written["count"] += 1
        own = written["count"] == int(count)
        if own and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real(path, data)
        if own:
            os.kill(os.getpid(), signal.SIGKILL)

    local = target(Path(folder), int(port))
    one, two = parcel("1.0.0"), parcel("2.0.0")
    for each in (one, two):
        local.prepare(each, NoProgress())
    for module in (proxy, records, watching):
        vars(module).update(write_file=write)
    local.converge(two, one, BOTH)
    os.write(1, b"done")
    signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
