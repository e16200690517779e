"""What tests of `build` have in common: small scripts, a tracer, and records read back."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tests.tools import tool
from weighbridge.codec.build_record import read_build_record

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench
    from weighbridge.model.build_record import BuildRecord, Origin

PYTHON = sys.executable
MAKE = "open('model.txt', 'w').write('1')\n"
"""What makes the output that most of them name."""


def path_with_strace() -> str:
    """Return a path on which strace is found, as `make tools` installed it."""
    return os.pathsep.join((str(tool("strace").parent), os.environ["PATH"]))


def script(run: Bench, code: str, name: str = "train.py") -> None:
    """Write a script."""
    (run.folder / name).write_text(code)


def built(run: Bench, *words: str, code: int = 0) -> BuildRecord:
    """Build with the script, and read the record."""
    done = run("build", *words, "--record", "record.json", "--", PYTHON, "train.py")
    assert done.code == code, done.err
    return read_build_record((run.folder / "record.json").read_bytes())


def names(record: BuildRecord) -> dict[str, Origin]:
    """Name the inputs, and who speaks of each."""
    return {one.path: one.origin for one in record.inputs}
