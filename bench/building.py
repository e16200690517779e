"""What recording a build costs: `python bench/building.py watched|alone FOLDER`.

The command reads many small files and computes, as a training does. The tracer outlives it for a
moment as nobody's child; it is taken in here, so that its time counts as well.
"""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench.commands import beside
from bench.measure import Cell, NotPreparedError
from scripts.debian_tools import environment

FILES = 2_000
TRAIN = """\
import hashlib, pathlib, sys
import numpy as np
rows = [np.fromstring(p.read_text(), sep=",") for p in sorted(pathlib.Path("data").iterdir())]
x = np.stack(rows)
y = x @ np.arange(x.shape[1]) + 1
w = np.zeros(x.shape[1])
for _ in range(int(sys.argv[1])):
    w -= 0.01 * (x.T @ (x @ w - y)) / len(x)
np.save("model.npy", w)
"""
ROUNDS = 450_000
"""Steps of gradient descent: some thirty seconds."""
_SUBREAPER = 36
_DEBIAN = Path(__file__).parents[1] / ".tools" / "debian"


def prepare(folder: Path) -> None:
    """Write the training and its data.

    Raises:
        NotPreparedError: There is no strace.
    """
    if not (_DEBIAN / "usr/bin/strace").exists():
        raise NotPreparedError("no strace: `make tools`")
    chance = random.Random(0)  # noqa: S311 - data, no secret
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "train.py").write_text(TRAIN)
    for number in range(FILES):
        row = ",".join(f"{chance.random():.6f}" for _ in range(64))
        (folder / "data" / f"{number:05}.csv").write_text(row)


def cells(folder: Path) -> list[Cell]:
    """List the cell: recording costs at most 5 % of a training of half a minute."""
    return [
        Cell(
            name="build-recorded",
            ours=beside("building.py", "watched", str(folder)),
            peer=beside("building.py", "alone", str(folder)),
            at_most=1.05,
            prepare=lambda: prepare(folder),
        )
    ]


def main(how: str, folder: str) -> int:
    """Run the training, alone or recorded, to the end of all it started."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    command = [sys.executable, "train.py", str(ROUNDS)]
    if how == "watched":
        program = str(Path(sys.executable).parent / "weighbridge")
        command = [program, "build", "--output", "model.npy", "--input", "data", "--", *command]
    environ = environment(_DEBIAN) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environ["PATH"] = os.pathsep.join((str(_DEBIAN / "usr/bin"), environ["PATH"]))
    code = subprocess.run(command, cwd=folder, env=environ, check=False).returncode
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
