"""What advisories cost: `python bench/advisories.py make|compile|cold|warm FOLDER [COUNT]`.

`make` writes a source and compiles it, `compile` compiles it again, `cold` opens what was compiled
and holds 300 pins against it (half of them of packages with advisories), and `warm` does that
COUNT times over what was read once. The source is half of the public records of Python packages
where somebody has them (`WEIGHBRIDGE_CASES`), or else as many that are made up.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench.commands import beside
from bench.measure import Cell, Command, Measured, Rate
from weighbridge.adapters.advisories.store import FILE, FolderAdvisories
from weighbridge.model.lock import Pin
from weighbridge.rules.advisories.exposure import exposures

PACKAGES = 630
RECORDS = 1_459
VERSIONS = 60
PINS = 300
SOURCE = "records.zip"
NOW = "2026-06-08T00:00:00Z"


def cells(folder: Path) -> list[Measured]:
    """List the cells.

    Args:
        folder: Where the source and the compiled file lie.
    """

    def prepare() -> None:
        make(folder)

    def run(what: str, *words: str) -> Command:
        return beside("advisories.py", what, str(folder), *words)

    return [
        Cell(name="advisories-cold", ours=run("cold"), at_most=0.5, prepare=prepare),
        # 300 pins in 10 ms.
        Rate(
            name="advisories-warm",
            ours=run("warm", "200"),
            peer=run("warm", "0"),
            operations=200,
            at_least=100,
            prepare=prepare,
        ),
        Cell(name="advisories-compile", ours=run("compile"), at_most=10, prepare=prepare),
    ]


def make(folder: Path) -> None:
    """Write the source, if it is not there, and compile it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / SOURCE
    if not path.exists():
        public = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent"))
        given = public / "advisories" / "pypi-half.zip"
        if given.exists():
            path.write_bytes(given.read_bytes())
        else:
            _made_up(path)
        compile_source(folder)
        rows = [(pin.name, pin.version) for pin in pins(folder)]
        (folder / "pins.json").write_text(json.dumps(rows))


def _made_up(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(RECORDS):
            value = _record(number)
            opened.writestr(f"{value['id']}.json", json.dumps(value))


def _record(number: int) -> dict[str, Any]:
    fixed = number % VERSIONS
    return {
        "id": f"PYSEC-2026-{number}",
        "aliases": [f"CVE-2026-{number}"],
        "modified": "2026-06-07T00:00:00Z",
        "details": "words about a flaw " * 20,
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": f"package-{number % PACKAGES}"},
                "versions": [f"1.{minor}" for minor in range(fixed)],
                "ranges": [
                    {
                        "type": "ECOSYSTEM",
                        "events": [{"introduced": "0"}, {"fixed": f"1.{fixed}"}],
                    }
                ],
            }
        ],
    }


def compile_source(folder: Path) -> None:
    """Compile the source; matching needs nothing of what this imports."""
    from weighbridge.usecases.advisories_update import compile_advisories  # noqa: PLC0415

    compile_advisories([SOURCE], start=folder, folder=folder, now=NOW)


def pins(folder: Path) -> list[Pin]:
    """Choose entries: half of packages with advisories and a version one of them lists."""
    query = "SELECT DISTINCT package FROM about WHERE ecosystem = 'PyPI' ORDER BY package"
    names = [row[0] for row in sqlite3.connect(folder / FILE).execute(query)]
    chosen = names[:: max(1, len(names) // (PINS // 2))][: PINS // 2]
    about = FolderAdvisories(folder).about(chosen)
    found = []
    for name in chosen:
        listed = [
            version
            for one in about[name]
            for part in one.affected
            if part.package == name
            for version in part.versions
        ]
        found.append(Pin(name=name, version=listed[-1] if listed else "0.1"))
    others = (Pin(name=f"unknown-{number}", version="1.0") for number in range(PINS - len(found)))
    return [*found, *others]


def _pinned(folder: Path) -> list[Pin]:
    """Read the entries that were chosen before: choosing them is not measured."""
    rows = json.loads((folder / "pins.json").read_text())
    return [Pin(name=name, version=version) for name, version in rows]


def match(folder: Path, count: int) -> int:
    """Hold the entries against the advisories, over and over; return what was found at last."""
    listed = _pinned(folder)
    about = FolderAdvisories(folder).about(sorted({pin.name for pin in listed}))
    found = list(exposures(listed, about))
    for _ in range(count):
        found = list(exposures(listed, about))
    return len(found)


def main() -> int:
    """Do what the command line says."""
    what, folder, *rest = sys.argv[1:]
    if what == "make":
        make(Path(folder))
    elif what == "compile":
        compile_source(Path(folder))
    else:
        found = match(Path(folder), int(rest[0]) if rest else 0)
        sys.stdout.write(f"{found} exposures\n")
        return 0 if found else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
