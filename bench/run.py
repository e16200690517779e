"""Run the benchmark: `python bench/run.py [--cell NAME] [--budget MINUTES] [--curves] [--json]`.

All cells are measured within a budget of time, each until its figures lie close together or its
share is spent; how much is left is told on stderr. Exits 1 if something wanted was missed, or ours
could not be measured. A peer that is not installed is a row that says so; with `--strict` that is
1, too. `--keep` keeps what came of a whole run (with `--curves`), or puts single cells and curves
into what is kept of this machine. `--write docs` makes the page of the docs of what is kept; alone
it measures nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import cells, curves, page, peers, processor, result, table
from bench.pace import Pace, times
from bench.weighing import weigh
from weighbridge import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.curves import Curve
    from bench.measure import Measured
    from bench.result import Drawn, Result
    from bench.weighing import Row

PEERS = Path(__file__).parents[1] / ".tools"
MINUTES = 24.0
"""Budget of all cells; the dearest take more than their share of it, and it is overrun."""


def reader() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--cell", action="append", help="only this cell; may be repeated")
    made.add_argument("--rounds", type=int, help="turns of each command, whatever it takes")
    made.add_argument(
        "--budget", type=float, default=MINUTES, help="minutes for all cells (default: %(default)g)"
    )
    made.add_argument("--curves", action="store_true", help="measure all curves, too")
    made.add_argument("--curve", action="append", help="measure this curve; may be repeated")
    made.add_argument(
        "--peers",
        type=Path,
        default=PEERS,
        help="where `make tools` installed what is compared with (default: .tools)",
    )
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    made.add_argument(
        "--strict", action="store_true", help="exit 1 if something could not be compared"
    )
    made.add_argument(
        "--keep", action="store_true", help="keep what came of it, or put it into what is kept"
    )
    made.add_argument("--write", choices=["docs"], help="make the page of the docs of what is kept")
    return made


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and return the exit code."""
    parser = reader()
    options = parser.parse_args(words)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.write and not options.keep:
        return _write(parser)
    joins = options.keep and not (options.curves and not options.cell and not options.curve)
    old = _kept(parser) if joins else None
    found = measure(options, parser)
    if options.json:
        print(result.to_text(found), end="")
    else:
        print(text(found), end="")
    if options.keep:
        result.keep(found if old is None else _joined(old, found, options.peers))
    return max(verdict(found, strict=options.strict), _write(parser) if options.write else 0)


def _kept(parser: argparse.ArgumentParser) -> Result:
    """Read what parts are to be put into: before they are measured, which takes long."""
    old = result.kept()
    if old is None:
        parser.error("parts are kept beside a whole run, and none is: --curves --keep")
    if other := result.differences(old.machine, processor.describe()):
        parser.error(f"another machine ({', '.join(other)}): only a whole run is kept")
    return old


def _joined(old: Result, found: Result, place: Path) -> Result:
    """Put parts into the run that is kept."""
    with tempfile.TemporaryDirectory() as nowhere:
        folder = Path(nowhere)
        known = [*cells.cells(folder, place), *curves.curves(folder)]
    return result.joined(old, found, [one.name for one in known])


def _write(parser: argparse.ArgumentParser) -> int:
    """Make the page of what is kept."""
    found = result.kept()
    if found is None:
        parser.error("nothing is kept that a page could be made of: --curves --keep")
    for path in page.write(found):
        say(f"wrote {path}")
    return 0


def measure(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Result:
    """Measure what was asked for."""
    machine, begun, today = processor.describe(), time.monotonic(), datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as name:
        folder = Path(name)
        known = cells.cells(folder, options.peers)
        drawings = curves.curves(folder)
        _refuse(options.cell, [cell.name for cell in known], "cell", parser)
        _refuse(options.curve, [curve.name for curve in drawings], "curve", parser)
        some = bool(options.curve) and not options.curves
        chosen = [one for one in known if one.name in options.cell] if options.cell else known
        rows = [] if some and not options.cell else _rows(chosen, options, folder)
        drawn = [
            curves.draw(curve, say=say)
            for curve in drawings
            if options.curves or curve.name in (options.curve or ())
        ]
    return result.Result(
        date=f"{today:%Y-%m-%d}",
        version=__version__,
        commit=result.commit(),
        machine=machine,
        peers=peers.versions(_peers(rows, drawn, drawings), options.peers),
        seconds=time.monotonic() - begun,
        rows=tuple(rows),
        curves=tuple(drawn),
    )


def _rows(chosen: Sequence[Measured], options: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure cells, one after the other; what becomes of one ends none of the others."""
    kept, names = result.kept(), [cell.name for cell in chosen]
    floors = kept.floors if kept and not options.rounds else {}
    pace = Pace(options.budget * 60, floors, names.copy())
    rows = []
    for at, cell in enumerate(chosen, 1):
        left = "" if options.rounds else f", {pace.remaining / 60:.1f} min left"
        say(f"{at} of {len(chosen)}: {cell.name}{left}")
        paced = pace.begin(cell)
        row = weigh(cell, enough=times(options.rounds) if options.rounds else paced)
        if row.outcome == "not installed":
            row = replace(row, note=f"{row.note} ({peers.remedy(peers.of_cells([cell.name]))})")
        rows.append(result.without_paths(row, folder, result.ROOT, Path(sys.prefix)))
    if not options.rounds and pace.remaining < 0:
        say(f"this took {-pace.remaining / 60:.1f} minutes more than --budget")
    return rows


def _peers(rows: Sequence[Row], drawn: Sequence[Drawn], known: Sequence[Curve]) -> set[str]:
    """Name the peers that took part."""
    names = {one.name for one in drawn}
    found = peers.of_cells(row.name for row in rows)
    return found.union(*(curve.peers for curve in known if curve.name in names))


def _refuse(
    asked: Sequence[str] | None, known: Sequence[str], what: str, parser: argparse.ArgumentParser
) -> None:
    """Refuse names nobody knows."""
    if unknown := sorted(set(asked or ()) - set(known)):
        parser.error(f"no {what} {', '.join(unknown)}; there are: {', '.join(known)}")


def text(found: Result) -> str:
    """Write what came of a run for people."""
    about = {
        **found.machine,
        "weighbridge": f"{found.version} (commit {found.commit})",
        **{f"peer {name}": version for name, version in found.peers.items()},
    }
    lines = table.render(about, found.rows)
    for one in found.curves:
        lines += f"\n{one.name}\n"
        for name, points in one.lines.items():
            figures = (f"{point.x:g}: {table.value(point.y)}" for point in points)
            lines += f"  {name}: {', '.join(figures)}\n"
    return lines


def verdict(found: Result, *, strict: bool) -> int:
    """Return 1 if something was missed or could not be measured; if strict, or not compared."""
    points = [point for one in found.curves for line in one.lines.values() for point in line]
    bad = any(row.ours is None or row.outcome == "missed" for row in found.rows)
    open_ = any(row.outcome == "not installed" for row in found.rows)
    lost = any(point.y is None and not point.refused for point in points)
    return 1 if bad or (strict and (open_ or lost)) else 0


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
