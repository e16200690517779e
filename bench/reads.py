"""What reading costs: `python bench/reads.py digest|examine TIMES PATH`.

PATH is a file or a folder and is read TIMES times: for its digests alone, or for all that is to
be known of it. With 0 nothing is read.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.model.fact import ObservedFile
from weighbridge.model.structure import Structure
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.tree import WorkTree


def main(what: str, times: int, path: Path) -> None:
    """Read, and see to it that everything was read."""
    reading = Reading(examine=what == "examine")
    tree = WorkTree(path if path.is_dir() else path.parent)
    names = [str(name) for name in tree.files("")] if path.is_dir() else [path.name]
    for _ in range(times):
        count = 0
        for name, found in reading.read(tree, names):
            if not isinstance(found, ObservedFile):
                raise SystemExit(f"{name} was not read: {found}")
            if reading.examine and not isinstance(found.structure, Structure):
                raise SystemExit(f"{name} was not examined: {found.structure}")
            count += 1
        if count != len(names):
            raise SystemExit(f"of {len(names)} files {count} were read")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
