"""Calendars and index pages others publish, taken in by what they hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.stage import BOTH, FIRST
from weighbridge.model.errors import UsageError
from weighbridge.model.fact import Unavailable
from weighbridge.model.index_status import IndexStatus
from weighbridge.rules.compatibility.tables.shipped import LIFECYCLES
from weighbridge.usecases.data_sources import SourceKind, recognise
from weighbridge.usecases.index_pages import INDEX, compile_pages, keep_index, read_index
from weighbridge.usecases.lifecycle_sources import update_lifecycles

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.stage import Stage
    from weighbridge.model.lifecycle import LifecycleData

TODAY = "2026-12-24"
PYTHON = """\
---
title: Python
permalink: /python
versionCommand: |-
  python --version
releases:
-   releaseCycle: "3.16"
    releaseDate: 2027-10-06
    eol: 2032-10-31
-   releaseCycle: "3.11"
    releaseDate: 2022-10-24
    eol: 2027-11-30
-   releaseCycle: "3.0"
    eol: true
-   releaseCycle: "3.12"
    releaseDate: 2023-10-02
    eol: 2028-10-31
-   releaseCycle: "4-beta"
    eol: false
---

> Python is a language.
"""
DEBIAN = """\
version,codename,series,created,release,eol,eol-lts,eol-elts
13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09,2030-06-30,2035-06-30
14,Forky,forky,2025-08-09
14.1,Late,late,2025-08-09,2027-08-09,2030-08-09,2032-06-30
,Sid,sid,1993-08-16
"""
UBUNTU = """\
version,codename,series,created,release,eol,eol-server,eol-esm
24.04 LTS,Noble Numbat,noble,2023-10-12,2024-04-25,2029-05-31,2029-05-31,2034-04-26
"""
BACKWARDS = "{releaseCycle: '3.1', releaseDate: 2021-01-01, eol: 2020-01-01}"
WHEEL = "demo-1.0-py3-none-any.whl"


def page(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "meta": {"api-version": "1.4"},
        "name": "Demo",
        "project-status": {"status": "active"},
        "files": [
            {"filename": WHEEL, "yanked": False, "size": 10, "hashes": {"sha256": "a" * 64}},
            {
                "filename": "demo-1.0.tar.gz",
                "yanked": "wrong metadata",
                "hashes": {"md5": "b" * 32, "sha256": "short"},
            },
            {"filename": "demo-0.9.tar.gz", "yanked": True},
            {"filename": "demo-0.9.exe", "yanked": False},
        ],
        **changes,
    }


def written(folder: Path, name: str, content: str | dict[str, Any]) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def updated(*paths: Path) -> tuple[LifecycleData, tuple[str, ...]]:
    found = update_lifecycles(paths, LIFECYCLES, today=TODAY)
    return found.data, found.changes


def test_a_product_file_of_endoflife_date_is_taken_in(tmp_path: Path) -> None:
    data, changes = updated(written(tmp_path, "python.md", PYTHON))
    assert changes == (
        "+ python 3.16: ends 2032-10-31",
        "~ python 3.11: eol 2027-10-31 -> 2027-11-30",
    )
    row = data.find("python", (3, 16))
    assert row is not None
    assert (row.source, row.checked) == ("https://endoflife.date/python", TODAY)
    assert data.version == TODAY
    assert data.find("python", (3, 10)) == LIFECYCLES.find("python", (3, 10))


def test_tables_of_distro_info_are_taken_in(tmp_path: Path) -> None:
    data, changes = updated(
        written(tmp_path, "debian.csv", DEBIAN), written(tmp_path, "ubuntu.csv", UBUNTU)
    )
    assert changes == (
        "+ debian 14.1: ends 2030-08-09",
        "~ ubuntu 24.04: extended 2034-04-25 -> 2034-04-26",
    )
    assert data.find("debian", (14,)) is None


def test_what_changes_nothing_says_so(tmp_path: Path) -> None:
    _, changes = updated(written(tmp_path, "debian.csv", DEBIAN.replace("14.1,", ",")))
    assert changes == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title: x",
        "---\nreleases: 1\n---\n",
        "---\npermalink: /python\nreleases: [3]\n---\n",
        "---\n&a [*a]\n---\n",
        f"---\npermalink: /python\nreleases: [{BACKWARDS}]\n---\n",
    ],
)
def test_a_file_that_is_no_calendar_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no calendar|contradicts itself"):
        updated(written(tmp_path, "python.md", text))


@pytest.mark.parametrize("text", ["a,b\n1,2\n", 'version,eol-lts\n"1', "\x00"])
def test_a_table_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no calendar"):
        updated(written(tmp_path, "debian.csv", text))


# Pages ------------------------------------------------------------------------------------------


def test_pages_are_compiled_to_what_the_rules_need(tmp_path: Path) -> None:
    pages = [written(tmp_path, "demo.json", page())]
    document = compile_pages(pages, today=TODAY)
    assert document == compile_pages(pages, today=TODAY)
    keep_index(document, tmp_path)
    index = read_index(tmp_path)
    assert isinstance(index, IndexStatus)
    assert index.captured == TODAY
    versions = index.projects["demo"].versions
    assert (versions["1.0"].files, dict(versions["1.0"].yanked)) == (
        2,
        {"demo-1.0.tar.gz": "wrong metadata"},
    )
    assert versions["1.0"].digests == {WHEEL: "a" * 64}
    assert versions["0.9"].is_yanked
    assert index.find("demo", "1.0+local") is versions["1.0"]
    assert [index.find(*asked) for asked in (("demo", "?"), ("other", "1.0"))] == [None, None]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ({"project-status": {"status": "quarantined", "reason": "malware"}}, "quarantined"),
        ({"project-status": "archived"}, "archived"),
        ({"project-status": None}, "active"),
        (
            {"meta": {"project-status": {"status": "deprecated"}}, "project-status": None},
            "deprecated",
        ),
    ],
)
def test_the_status_of_a_project_is_read_where_indexes_write_it(
    status: dict[str, Any], wanted: str, tmp_path: Path
) -> None:
    keep_index(
        compile_pages([written(tmp_path, "demo.json", page(**status))], today=TODAY), tmp_path
    )
    index = read_index(tmp_path)
    assert isinstance(index, IndexStatus)
    assert index.projects["demo"].status == wanted


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"name": "demo"},
        page(files=[{"yanked": True}]),
        page(files=["demo-1.0.tar.gz"]),
        page(files=[{"filename": "demo-1.0.tar.gz", "hashes": "many"}]),
        page(**{"project-status": {"status": "sleeping"}}),
    ],
)
def test_what_is_no_page_is_refused(value: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match="is no page"):
        compile_pages([written(tmp_path, "demo.json", value)], today=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"captured": "today", "projects": {}}',
        '{"captured": "2026-11-28", "projects": {"a": {"status": "odd", "versions": {}}}}',
        '{"captured": "2026-11-28", "projects": []}',
    ],
)
def test_an_index_somebody_changed_is_no_data(text: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / INDEX).write_text(text)
    found = read_index(tmp_path)
    assert isinstance(found, Unavailable)
    assert "not as it was written" in found.reason


# What is what -----------------------------------------------------------------------------------


def test_a_source_is_recognised_by_what_it_holds(tmp_path: Path) -> None:
    def kind(path: Path) -> SourceKind:
        return recognise(str(path.relative_to(tmp_path)), tmp_path)

    empty = tmp_path / "empty"
    empty.mkdir()
    assert kind(empty) is SourceKind.ADVISORIES
    data = written(empty, "a.json", LIFECYCLES.data)
    assert kind(data) is SourceKind.DATA
    record = {"id": "A-1", "modified": "2026-01-01T00:00:00Z", "affected": []}
    assert kind(written(empty, "b.json", record)) is SourceKind.ADVISORIES
    assert kind(written(tmp_path, "demo.json", page())) is SourceKind.INDEX
    assert kind(tmp_path) is SourceKind.INDEX
    assert kind(written(tmp_path, "python.md", PYTHON)) is SourceKind.LIFECYCLES
    assert kind(written(tmp_path, "notes.md", "# Notes")) is SourceKind.DATA
    assert recognise("https://example.com/all.zip", tmp_path) is SourceKind.ADVISORIES
    with pytest.raises(UsageError, match="gone"):
        kind(tmp_path / "gone")


# From the command line --------------------------------------------------------------------------


def test_calendars_are_published_by_owners_and_named_by_reports(stage: Stage) -> None:
    folder = stage.folder / "calendars"
    folder.mkdir()
    written(folder, "python.md", PYTHON)
    update = ("advisories", "update", "--from=calendars")
    shown = stage(*update, "--dry-run", by=BOTH)
    assert "~ python 3.11: eol 2027-10-31 -> 2027-11-30" in shown.err
    assert not any(one.get("published") for one in _status(stage))
    stage.done(*update, by=BOTH)
    (entry,) = [one for one in _status(stage) if one.get("published")]
    assert entry["name"] == "lifecycles"
    inputs = stage("check", FIRST, "--output-format=json").json["inputs"]
    assert f"lifecycles@{entry['version']}" in {one["name"] for one in inputs}
    again = stage(*update, by=BOTH)
    assert (again.code, "say the same already" in again.err) == (0, True)


def test_pages_are_kept_and_held_against_locks(stage: Stage) -> None:
    folder = stage.folder / "pages"
    folder.mkdir()
    written(folder, "demo.json", page())
    (stage.folder / "requirements.lock").write_text(f"demo==1.0 --hash=sha256:{'0' * 64}\n")
    before = stage("check", "--output-format=json").json
    assert {one["code"]: one["by"] for one in before["skipped"]}["DEP008"] == "no data"
    would = stage("advisories", "update", "--from=pages", "--dry-run")
    assert "would be kept: 1 page" in would.out
    assert [one["name"] for one in _status(stage)] == [
        "pickle-globals",
        "compatibility",
        "lifecycles",
        "licences",
        "advisories",
    ]
    stage.done("advisories", "update", "--from=pages")
    assert "1 project" in stage("advisories", "status").out
    after = stage("check", "--output-format=json").json
    assert "DEP008" not in {one["code"] for one in after["skipped"]}
    assert "index" in {one["name"] for one in after["inputs"]}


def _status(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage("advisories", "status", "--output-format=json").json["data"]
    return found
