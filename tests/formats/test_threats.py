"""The public attack samples, where they lie beside the project; nothing is lost without them."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from pathlib import Path

from tests.formats.samples import SYSTEM, names, read, sniffed

PICKLES = {"pkl", "pickle", "pt", "bin", "joblib"}


def samples(folder: Path) -> list[tuple[str, bool, bytes]]:
    """List name, whether it is malicious, and bytes of each pickle-family sample."""
    if not (folder / "labels.csv").is_file():
        return []
    rows = csv.DictReader(io.StringIO((folder / "labels.csv").read_text("utf-8")))
    with zipfile.ZipFile(folder / "open.zip") as archive:
        return [
            (row["path"], row["label"] == "malicious", archive.read(row["path"]))
            for row in rows
            if row["format"] in PICKLES
        ]


def is_silent(data: bytes) -> bool:
    """Whether nothing at all would be said of some bytes."""
    if sniffed(data) is None:
        return False
    found = read(data)
    parts = found.walk()
    return found.status == "complete" and not any(p.globals or p.problems for p in parts)


def test_no_malicious_pickle_passes_in_silence() -> None:
    folder = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent")) / "threats"
    silent = [name for name, malicious, data in samples(folder) if malicious and is_silent(data)]
    assert silent == []


def test_the_measure_itself() -> None:
    assert is_silent(b"\x80\x02N.")
    assert not is_silent(SYSTEM)
    assert names(read(SYSTEM)) == ["posix.system"]
    assert samples(Path("/nonexistent")) == []
