"""The page of the docs, made of the result that is kept: `docs/explanation/performance.md`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench import table
from bench.about import AREAS, by_name
from bench.curve_svg import curve_svg
from bench.curves import curves
from bench.pace import LEAST
from bench.result import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.curves import Curve
    from bench.result import Drawn, Result
    from bench.weighing import Row

PAGE: Final = Path("docs/explanation/performance.md")
IMAGES: Final = Path("docs/images/performance")
_EMPTY: Final = "–"
_INTRODUCTION: Final = """\
# Performance

<!-- held by: tests/house/test_bench_page.py -->
What weighbridge costs beside what others cost for the same work, and how it grows. This page is
made of one run of the benchmark by `python bench/run.py --write docs`, and of nothing else: a test
holds that nobody wrote in it.
"""
_READING: Final = """\
## How to read it

- What counts is the **ratio**: our cost divided by that of what is beside us. Below 1 we take less.
  Absolute seconds say as much of the machine as of us, and stand alone only where there is nobody
  to compare with.
- **CPU seconds**, user and system, are counted unless a row says otherwise (on the wall, where a
  disk is what is waited for). Work of several processors costs what all of them did.
- Ours and the other are run **in turns**, who goes first changing each time, after a first turn
  that is not counted (unless it is long); inputs come out of the system's cache. Figures are
  **medians**; the **middle half** is between the quartiles of the figures that single turns gave.
  Its width says how far to trust a figure.
- A **rate** is work done in a CPU second, what getting ready for it costs taken off. **Memory** is
  the peak of what is resident.
- What was **wanted** was said before it was measured. What is missed stands here like what is met.
"""
_UNMEASURED: Final = """\
- Other processors. With SHA instructions (`sha_ni`, `sha2`) plain sha256 is several times as fast
  as without, and digesting sixteen files side by side gains little; without them it is what makes
  the difference. Take the figures of reading from a machine like yours.
- macOS and Windows, and arm64.
- Disks: everything is read from memory. A model that does not fit there waits for its disk, whoever
  reads it.
- Networks: servers, registries and stores are on the same machine.
- Clusters, object stores and Dask under load.
"""
_YOURSELF: Final = """\
## Run it yourself

In a checkout: `make tools` installs what is compared with, each in an environment of its own, and
`make bench` measures all of it, in about 45 minutes on two cores; it needs {disk} GiB of disk
meanwhile (`TMPDIR` says where). Nothing else should run on the machine.

- `python bench/run.py --cell NAME` measures one row until its figures lie close together;
  `--rounds 15` says how often.
- `--budget MINUTES` is what all rows may take together, `--curves` adds the curves, and `--json`
  prints all there is to know of a run.
- `--curves --keep --write docs` keeps the result in `bench/results` and makes this page anew.
- The exit code is 1 if something wanted was missed, or with `--strict` if something could not be
  compared.
"""
DISK: Final = 45


def pages(result: Result) -> dict[Path, str]:
    """Make the page and its images, by their paths in the repository."""
    made = {PAGE: page(result)}
    drawn = {one.name: one for one in result.curves}
    for curve in curves(Path("inputs")):
        if curve.name in drawn:
            made[IMAGES / f"{curve.name}.svg"] = curve_svg(curve, drawn[curve.name])
    return made


def write(result: Result, root: Path = ROOT) -> list[Path]:
    """Write the page and its images, and name them."""
    made = pages(result)
    (root / IMAGES).mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        (root / path).write_text(text, encoding="utf-8")
    return list(made)


def page(result: Result) -> str:
    """Make the text of the page."""
    return "\n".join(
        [
            _INTRODUCTION,
            *_machine(result),
            *_summary(result.rows),
            _READING,
            "## Rows\n",
            *_areas(result.rows),
            *_curves(result.curves),
            *_peers(result),
            "## What was not measured\n",
            *_without(result),
            _UNMEASURED,
            _YOURSELF.format(disk=DISK).rstrip(),
            "",
        ]
    )


def _machine(result: Result) -> Iterator[str]:
    yield f"Measured on {result.date} with weighbridge {result.version} (commit {result.commit}),"
    yield f"in {result.seconds / 60:.0f} minutes, on this machine:\n"
    yield from _columns(("property", "value"), result.machine.items())
    later = {one.name: one.later for one in result.rows if one.later}
    later |= {one.name: one.later for one in result.curves if one.later}
    if later:
        told = ", ".join(f"`{name}` ({day})" for name, day in later.items())
        yield f"Measured apart from the others, on the same machine: {told}.\n"


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    """Say first what is not as it should be."""
    missed = [row for row in rows if row.outcome == "missed"]
    met, unknown = sum(row.outcome == "met" for row in rows), len(rows) - len(missed)
    judged = f"Of {len(rows)} rows {met} are as wanted, {len(missed)} are missed"
    yield f"{judged}, and {unknown - met} could not be judged.\n"
    if few := sum(0 < row.turns < LEAST for row in rows):
        yield f"**This is provisional**: {few} rows were measured fewer than {LEAST} times.\n"
    yield "## What is slower than others\n"
    about = by_name()
    ratios = {
        row.name: row.ratio / about[row.name].work
        for row in rows
        if row.ratio and about[row.name].is_rivalry
    }
    slower = sorted((-ratio, name) for name, ratio in ratios.items() if ratio > 1)
    if slower:
        yield "Where somebody else's program does the same, or part of it, for less:\n"
        for less, name in slower:
            told = about[name]
            yield f"- {told.what}, beside {told.beside}: {-less:.2f} times as much (`{name}`)."
        yield ""
    else:
        yield "Nothing of what is compared with the program of somebody else.\n"
    yield "## What was missed\n"
    for row in missed:
        yield f"- `{row.name}` ({about[row.name].what}): {_figure(row)}; wanted {_wanted(row)}."
    yield "" if missed else "Nothing.\n"


def _areas(rows: Sequence[Row]) -> Iterator[str]:
    known = {row.name: row for row in rows}
    for area, cells in AREAS.items():
        yield f"### {area}\n"
        lines = []
        for name, about in cells.items():
            if (row := known.get(name)) is not None:
                what = f"{about.what} (`{name}`)"
                figures = (_figure(row), table.spread(row) or _EMPTY, _wanted(row), row.outcome)
                lines.append((what, about.beside or _EMPTY, *figures))
        yield from _columns(("what", "beside", "figure", "middle half", "wanted", "outcome"), lines)


def _curves(drawn: Sequence[Drawn]) -> Iterator[str]:
    if not drawn:
        return
    yield "## How it grows\n"
    found = {one.name: one for one in drawn}
    for curve in curves(Path("inputs")):
        if curve.name in found:
            yield from _curve(curve, found[curve.name])


def _curve(curve: Curve, drawn: Drawn) -> Iterator[str]:
    yield f"### {curve.title}\n"
    yield f"{curve.about}\n"
    alternative = f"{curve.title}: {curve.up} over {curve.across}; the table below has the figures."
    yield f"![{alternative}](../images/performance/{curve.name}.svg)\n"
    rows = []
    for at, x in enumerate(curve.xs):
        points = [points[at] for points in drawn.lines.values()]
        rows.append((f"{x:,}", *(_EMPTY if one.y is None else f"{one.y:.3g}" for one in points)))
    yield from _columns((curve.across, *drawn.lines), rows)
    yield f"Figures are {curve.up}.\n"
    for name, line in drawn.lines.items():
        for one in line:
            if one.y is None:
                yield f"No figure of {name} at {one.x:,g}: {one.note}.\n"


def _peers(result: Result) -> Iterator[str]:
    yield "## Versions of what it is held against\n"
    yield from _columns(("program", "version"), result.peers.items())


def _without(result: Result) -> Iterator[str]:
    for row in result.rows:
        if row.outcome in {"failed", "not installed"}:
            yield f"- `{row.name}`: {row.note or row.outcome}."


def _figure(row: Row) -> str:
    found = table.figure(row)
    if found:
        return found
    unit = " CPU s" if row.unit == "s" and row.clock != "wall" else " s" if row.unit == "s" else ""
    return _EMPTY if row.ours is None else f"{table.median(row.ours, row.unit)}{unit}"


def _wanted(row: Row) -> str:
    return table.wanted(row).replace("<= ", "at most ").replace(">= ", "at least ").rstrip(" x")


def _columns(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'|'.join('---' for _ in headings)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
