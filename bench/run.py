"""Run the benchmark: `python bench/run.py [--cell NAME] [--rounds N] [--json]`.

Exits 1 if something wanted was missed, or ours could not be measured; a peer that is not installed
is a row that says so.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import cells, processor, table
from bench.measure import weigh

PEERS = Path(__file__).parents[1] / ".tools"


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", action="append", help="only this cell; may be repeated")
    parser.add_argument("--rounds", type=int, default=15, help="counted turns of each command")
    parser.add_argument(
        "--peers",
        type=Path,
        default=PEERS,
        help="where `make tools` installed what is compared with (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as folder:
        known = cells.cells(Path(folder), options.peers)
        unknown = set(options.cell or ()) - {cell.name for cell in known}
        if unknown:
            names = ", ".join(cell.name for cell in known)
            parser.error(f"no cell {', '.join(sorted(unknown))}; there are: {names}")
        chosen = [cell for cell in known if not options.cell or cell.name in options.cell]
        rows = [weigh(cell, rounds=options.rounds) for cell in chosen]
    machine = processor.describe()
    if options.json:
        report = {"schemaVersion": 1, "machine": machine, "rows": [asdict(row) for row in rows]}
        print(json.dumps(report, indent=2))
    else:
        print(table.render(machine, rows), end="")
    return 1 if any(row.ours is None or row.outcome == "missed" for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
