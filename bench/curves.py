"""How costs grow with what there is: curves, ours and those of peers."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, TypeVar

from bench import inputs, ledgers
from bench.commands import beside, weighbridge
from bench.inputs import GIB
from bench.measure import (
    MIB,
    Command,
    cpu_seconds,
    told,
    wall_seconds,
)
from bench.reading import TENSORS
from bench.result import Drawn, Point
from bench.team import made_database, make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

T = TypeVar("T")
TURNS: Final = 3
"""Turns of a point that are counted."""
DEAR: Final = 4.0
"""Seconds of a first turn from which one more is enough."""
OPENSSL: Final = 'find "$0" -type f -print0 | xargs -0 openssl dgst -sha256'
PROMOTIONS: Final = 32
SIZES: Final = {1_000: "small", 1_000_000: "large"}
"""Ledgers that cells have made already, by their entries."""
_TOO_LARGE: Final = "a document of more than 4 MiB is refused"


def _nothing(_: int) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a curve.

    Attributes:
        name: What it is of.
        command: The command for some x.
        measure: Tells the figure of a command.
        prepare: Makes what the command reads, before it is measured.
        most: The x up to which there is something to measure.
        beyond: Why there is nothing beyond.
    """

    name: str
    command: Callable[[int], Command]
    measure: Callable[[Command], float] = cpu_seconds
    prepare: Callable[[int], object] = _nothing
    most: float = float("inf")
    beyond: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What is measured over growing amounts.

    Attributes:
        name: Stable name, for `--curve`.
        title: A heading.
        about: What was done, in a sentence or two.
        across: What x counts.
        up: What y counts, with its unit.
        xs: The amounts.
        lines: What is measured.
        even: Whether amounts stand evenly, not by their logarithm.
        scale: What figures are multiplied by.
        peers: Programs of others, by their names in `peers.py`.
    """

    name: str
    title: str
    about: str
    across: str
    up: str
    xs: tuple[int, ...]
    lines: tuple[Line, ...]
    even: bool = False
    scale: float = 1
    peers: tuple[str, ...] = ()


def curves(folder: Path) -> list[Curve]:
    """List all curves.

    Args:
        folder: Where cells made their inputs, and what is missing is made: 8 GiB.
    """
    return [
        files(folder / "curves"),
        sizes(folder),
        entries(folder / "ledgers"),
        artifacts(),
        workers(folder / "curves" / "tensors"),
        promoters(folder / "promoters"),
    ]


def files(folder: Path) -> Curve:
    """Grow a tree of small files."""

    def write(count: int) -> None:
        inputs.write_many(folder / str(count), folders=count // 100, files=100, size=4096)

    return Curve(
        name="files",
        title="Files of a tree",
        about="Digests of a tree of files of 4 KiB, the whole command.",
        across="files",
        up="CPU seconds",
        xs=(100, 1_000, 10_000, 100_000),
        lines=(
            Line(
                name="weighbridge digest",
                command=lambda count: weighbridge("digest", str(folder / str(count))),
                prepare=write,
            ),
            Line(
                name="openssl dgst -sha256",
                command=lambda count: Command(("sh", "-c", OPENSSL, str(folder / str(count)))),
                prepare=write,
            ),
        ),
        peers=("openssl",),
    )


def sizes(folder: Path) -> Curve:
    """Grow one file."""

    def path(size: int) -> Path:
        name = {1024: "large/large-0.bin", 4096: "larger/model.safetensors"}.get(size)
        return folder / "reading" / name if name else folder / "curves" / f"{size}.bin"

    def write(size: int) -> None:
        inputs.write_files([path(size)], size * MIB)

    def line(name: str, *words: str) -> Line:
        return Line(
            name=name, command=lambda size: Command((*words, str(path(size)))), prepare=write
        )

    ours = weighbridge("digest").arguments
    return Curve(
        name="size",
        title="Size of a file",
        about="The digest of one file that lies in memory, in one pass, the whole command.",
        across="MiB",
        up="CPU seconds",
        xs=(64, 256, GIB // MIB, 4 * GIB // MIB),
        lines=(
            line("weighbridge digest", *ours),
            line("openssl dgst -sha256", "openssl", "dgst", "-sha256"),
            line("sha256sum", "sha256sum"),
        ),
        peers=("openssl", "sha256sum"),
    )


def entries(folder: Path) -> Curve:
    """Grow a ledger."""

    def place(size: int) -> Path:
        return folder / SIZES.get(size, str(size))

    def line(verb: str, name: str, count: int) -> Line:
        def command(size: int) -> Command:
            return beside("ledger_growth.py", verb, str(place(size)), str(size), str(count))

        return Line(
            name=name,
            command=command,
            measure=told,
            prepare=lambda size: ledgers.make((place(size), size)),
        )

    return Curve(
        name="ledger",
        title="Entries of a ledger",
        about="One entry more, in a transaction of a thousand; the proof of one, made of the tables"
        " with its entry read; and a proof verified.",
        across="entries",
        up="CPU microseconds each",
        xs=(1_000, 10_000, 100_000, 1_000_000),
        lines=(
            line("append", "append", 1_000),
            line("prove", "prove", 2_000),
            line("verify", "verify", 5_000),
        ),
        scale=1e6,
        peers=("sqlite",),
    )


def artifacts() -> Curve:
    """Grow a manifest."""

    def line(verb: str, name: str, *, most: float = float("inf"), beyond: str = "") -> Line:
        return Line(
            name=name,
            command=lambda count: beside("artifacts.py", verb, str(count)),
            measure=told,
            most=most,
            beyond=beyond,
        )

    return Curve(
        name="artifacts",
        title="Artifacts of a release",
        about="Reading a manifest as it is authored; sealing it (bytes and digests); comparing it"
        " with one that differs in ten artifacts; and, as many are kept, writing and reading the"
        " listing of a directory of so many files.",
        across="artifacts",
        up="CPU seconds",
        xs=(100, 1_000, 10_000, 100_000),
        lines=(
            line("read", "read", most=20_000, beyond=_TOO_LARGE),
            line("seal", "seal"),
            line("diff", "diff"),
            line("listing", "listing"),
        ),
    )


def workers(folder: Path) -> Curve:
    """Read in more processes."""

    def write(_: int) -> None:
        for at in range(2):
            inputs.write_tensors(folder / f"{at}.safetensors", size=GIB, tensors=TENSORS)

    def command(count: int) -> Command:
        engine = f"processes:{count}" if count else "here"
        return weighbridge("scan", str(folder), "--engine", engine)

    return Curve(
        name="workers",
        title="Processes that read",
        about="`scan` of two files of 1 GiB, on the wall: digest, structure and the digest of each"
        " tensor. With no process the command reads them itself.",
        across="processes",
        up="seconds",
        xs=(0, 1, 2),
        lines=(
            Line(
                name="weighbridge scan",
                command=command,
                measure=wall_seconds,
                prepare=write,
            ),
        ),
        even=True,
    )


def promoters(folder: Path) -> Curve:
    """Promote with more at once."""

    def line(name: str, place: Path, *, postgres: bool = False) -> Line:
        def prepare(_: int) -> None:
            if not place.exists():
                database = made_database() if postgres else ""
                make(place, "promoting.py", str(PROMOTIONS), database)

        return Line(
            name=name,
            command=lambda count: beside("promoting.py", str(place), str(count)),
            measure=told,
            prepare=prepare,
        )

    return Curve(
        name="promoters",
        title="Promotions at once",
        about=f"{PROMOTIONS} promotions shared out among processes, a pointer each: the gate asked,"
        " its decision signed, the pointer moved and entered, durably. None may be lost.",
        across="processes that promote",
        up="promotions per second",
        xs=(1, 2, 4, 8, 16, 32),
        lines=(
            line("SQLite", folder / "sqlite"),
            line("PostgreSQL", folder / "postgres", postgres=True),
        ),
        peers=("sqlite", "postgresql"),
    )


def draw(curve: Curve, *, say: Callable[[str], None] = lambda _: None) -> Drawn:
    """Measure a curve; a point that cannot be had says why."""
    begun = time.monotonic()
    points: dict[str, list[Point]] = {line.name: [] for line in curve.lines}
    for x in curve.xs:
        say(f"{curve.name}, {x:,} {curve.across}")
        for name, point in _points(curve, x).items():
            points[name].append(point)
    lines = {name: tuple(found) for name, found in points.items()}
    return Drawn(name=curve.name, lines=lines, seconds=time.monotonic() - begun)


def _points(curve: Curve, x: int) -> dict[str, Point]:
    """Measure the lines of a curve at some x, in turns; the first fills caches, and is left out."""
    failed: dict[str, str] = {}
    for line in curve.lines:
        if x > line.most:
            failed[line.name] = line.beyond
        else:
            _try(line, failed, partial(line.prepare, x))
    begun = time.monotonic()
    _turn(curve.lines, x, failed)
    count = TURNS if time.monotonic() - begun < DEAR else 1
    turns = [_turn(curve.lines, x, failed) for _ in range(count)]
    found = {}
    for line in curve.lines:
        if line.name in failed:
            refused = x > line.most
            found[line.name] = Point(x=x, y=None, note=failed[line.name], refused=refused)
        else:
            y = statistics.median(turn[line.name] for turn in turns) * curve.scale
            found[line.name] = Point(x=x, y=y, turns=len(turns))
    return found


def _turn(lines: Iterable[Line], x: int, failed: dict[str, str]) -> dict[str, float]:
    """Measure each line once; why one could not be is added to `failed`."""
    found: dict[str, float] = {}
    for line in lines:
        figure = _try(line, failed, partial(line.measure, line.command(x)))
        if figure is not None:
            found[line.name] = figure
    return found


def _try(line: Line, failed: dict[str, str], work: Callable[[], T]) -> T | None:
    """Do something for a line that has not failed, and remember why it failed if it does."""
    if line.name in failed:
        return None
    try:
        return work()
    except FileNotFoundError as error:
        name = PurePath(error.filename or "a program").name
        failed[line.name] = f"{name} is not installed"
    except Exception as error:  # noqa: BLE001 - what becomes of one line ends no other
        failed[line.name] = str(error)
    return None
