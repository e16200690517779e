from __future__ import annotations

from weighbridge.model.imports import Imported
from weighbridge.report.imported import imported_json, render_imported

FOUND = (
    Imported(
        model="iris", version=1, outcome="imported", path="iris/1", todos=("spec.model.task",)
    ),
    Imported(model="iris", version=2, outcome="kept", path="iris/2", left_out=("user (too long)",)),
    Imported(model="a\x1bb", version=3, outcome="failed", path="a-b/3", why="not\nthere"),
)


def test_a_line_a_version_and_how_many_there_are() -> None:
    text = render_imported(FOUND, dry_run=False)
    first, second, third, last = text.splitlines()
    assert (first, second) == ("imported  iris 1  iris/1", "kept      iris 2  iris/2")
    assert third.startswith("failed    a")
    assert "\x1b" not in text
    assert last == "3 versions: 1 imported, 1 kept, 1 failed"


def test_nothing_imported_is_said_so() -> None:
    assert render_imported((), dry_run=False) == "0 versions\n"
    dry = render_imported(FOUND[:1], dry_run=True)
    assert dry.endswith("1 version: 1 imported (nothing was written)\n")


def test_as_plain_values() -> None:
    document = imported_json(FOUND, passed_over=["greeting (a prompt)"], dry_run=True)
    assert (document["dryRun"], document["passedOver"]) == (True, ["greeting (a prompt)"])
    versions = document["versions"]
    assert isinstance(versions, list)
    assert versions[0] == {
        "model": "iris",
        "version": 1,
        "outcome": "imported",
        "path": "iris/1",
        "why": "",
        "todos": ["spec.model.task"],
        "leftOut": [],
    }
