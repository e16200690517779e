"""Advisories and data: what counts, how old it is, and what to do about it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.advisories.store import FILE, FolderAdvisories
from weighbridge.server.services import DataHere
from weighbridge.usecases.advisories_update import compile_advisories

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.dashboard.desk import Desk

RECORD = {
    "id": "PYSEC-2026-1",
    "modified": "2026-02-27T00:00:00Z",
    "affected": [
        {"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [], "versions": ["1.0"]}
    ],
}


@pytest.fixture
def stocked(busy: Desk, tmp_path: Path) -> Path:
    """Serve where data may lie; hand out its folder."""
    folder = tmp_path / "kept"
    folder.mkdir()
    here = DataHere(
        folder=folder, advisories=lambda: contextlib.closing(FolderAdvisories(folder / "data"))
    )
    busy.app.state.services = dataclasses.replace(busy.app.state.services, data=here)
    return folder


def load(folder: Path, *, modified: str, fetched: str) -> None:
    records = folder / "records"
    records.mkdir(exist_ok=True)
    record = RECORD | {"modified": modified}
    (records / "PYSEC-2026-1.json").write_text(json.dumps(record), encoding="utf-8")
    found = compile_advisories(
        ["records"], start=folder, folder=folder / "data", now=fetched, offline=True
    )
    assert found.data is not None


def test_a_server_without_data_says_so(desk: Desk) -> None:
    found = desk.told("/data")
    assert (found["here"], found["advisories"]["digest"]) == (False, None)
    assert {one["name"] for one in found["sets"]} >= {"pickle-globals", "lifecycles", "licences"}
    assert "This server keeps no advisories" in desk.page("/data").words


def test_where_none_were_loaded_the_command_is_shown(busy: Desk, stocked: Path) -> None:
    assert busy.told("/data")["here"] is True
    assert "weighbridge advisories update --from DIR" in busy.page("/data").words
    assert not (stocked / "data").exists()


def test_recent_advisories(busy: Desk, stocked: Path) -> None:
    load(stocked, modified="2026-02-27T00:00:00Z", fetched="2026-02-28T00:00:00Z")
    one = busy.told("/data")["advisories"]
    assert (one["records"], one["ageDays"], one["stale"]) == (1, 2, [])
    assert one["rules"] == ["DEP005", "DEP006", "DEP016"]
    assert "✓ recent" in busy.page("/data").words


def test_old_advisories_and_newer_ones_without_a_restart(busy: Desk, stocked: Path) -> None:
    load(stocked, modified="2026-01-01T00:00:00Z", fetched="2026-02-28T00:00:00Z")
    assert busy.told("/data")["advisories"]["stale"] == [
        "the newest record was changed 59 days ago"
    ]
    page = busy.page("/data").words
    assert "! too old the newest record was changed 59 days ago" in page
    load(stocked, modified="2026-02-28T00:00:00Z", fetched="2026-03-01T00:00:00Z")
    assert busy.told("/data")["advisories"]["stale"] == []


def test_damaged_advisories_are_told(busy: Desk, stocked: Path) -> None:
    (stocked / "data").mkdir()
    (stocked / "data" / FILE).write_bytes(b"no database")
    one = busy.told("/data")["advisories"]
    assert one["problem"]
    assert "cannot be read" in busy.page("/data").words
