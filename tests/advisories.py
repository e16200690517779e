"""OSV records made for tests, and the half of the public ones where somebody has them."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.codec.osv import read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.advisory import Advisory

MODIFIED = "2026-06-07T00:00:00Z"


def record(
    name: str = "PYSEC-2026-1",
    package: str = "torch",
    *events: tuple[str, str],
    **more: Any,  # noqa: ANN401 - whatever a record holds
) -> dict[str, Any]:
    """Make a record about a package, with one range of the events."""
    affected: dict[str, Any] = {"package": {"ecosystem": "PyPI", "name": package}}
    if events:
        found = [{kind: version} for kind, version in events]
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": found}]
    return {"id": name, "modified": MODIFIED, "affected": [affected], **more}


def listing(name: str, package: str, *versions: str) -> dict[str, Any]:
    """Make a record that lists versions."""
    found = record(name, package)
    found["affected"][0]["versions"] = list(versions)
    return found


def advisory(value: Mapping[str, Any]) -> Advisory:
    return read_record(json.dumps(value).encode(), "record.json").advisory


def write(folder: Path, *values: Mapping[str, Any]) -> Path:
    """Write records into a folder, one file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        (folder / f"{value['id']}.json").write_text(json.dumps(value))
    return folder


def half() -> Path:
    """Say where half of the public records lie, if somebody has them."""
    folder = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent"))
    return folder / "advisories" / "pypi-half.zip"


def half_records() -> Iterable[tuple[str, bytes]]:
    """Read the files of it; none where nobody has it."""
    if half().exists():
        with zipfile.ZipFile(half()) as opened:
            for name in sorted(opened.namelist()):
                yield name, opened.read(name)
