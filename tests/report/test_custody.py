from __future__ import annotations

from weighbridge.model.custody import ACTIVE, Custody, Whereabouts
from weighbridge.report.custody import (
    added_json,
    kept_json,
    render_added,
    render_kept,
    render_restored,
)
from weighbridge.seal.control import Said
from weighbridge.usecases.archiving.add import Added
from weighbridge.usecases.archiving.choosing import Bound
from weighbridge.usecases.archiving.restore import Restored
from weighbridge.usecases.archiving.standing import Kept

A = "sha256:" + "a" * 64
DEMO = Bound("demo", "1.0.0", A)
TIME = "2026-01-01T00:00:00Z"
ADDED = Added(
    place="cold",
    archived=(DEMO,),
    staying=((DEMO, "it is held\x1b[2J"),),
    copied=12_000,
    removed=1,
    young=2,
    unsure=(A,),
)


def test_what_was_archived_in_words() -> None:
    assert render_added(ADDED, grace="24h", dry_run=False).splitlines() == [
        f"archived demo@1.0.0  {A}",
        "stays demo@1.0.0: it is held\\x1b[2J",
        "archived: 1 release to cold, 12.0 kB copied",
        "removed here: 1 blob",
        "left for the next run: 2 blobs put within the last 24h",
        "left here, since no archive holds them: 1 blob",
        f"  {A}",
    ]
    assert render_added(ADDED, grace="24h", dry_run=True).endswith("archive: 1 release to cold\n")


def test_what_was_archived_as_plain_values() -> None:
    found = added_json(ADDED, dry_run=False)
    assert found["archived"] == [{"name": "demo@1.0.0", "release": A}]
    assert (found["copied"], found["removed"], found["young"]) == (12_000, 1, 2)
    assert (found["unsure"], found["place"], found["dryRun"]) == ([A], "cold", False)


def test_what_came_back_and_what_was_here() -> None:
    back = Restored(release=DEMO, place="cold", files=2, copied=7)
    here = Restored(release=DEMO, place="", files=2)
    assert render_restored([back, here], dry_run=False) == (
        f"restored demo@1.0.0  {A}: 2 files, 7 B copied\nhere already demo@1.0.0  {A}\n"
    )
    assert "would restore demo@1.0.0" in render_restored([back], dry_run=True)


def test_where_files_are_and_what_keeps_them_there() -> None:
    hold = Said(reason="a lawsuit", at=TIME, entry=3)
    erased = Custody(where=Whereabouts.ERASED, at=TIME, reason="a licence", by=("ann",))
    archived = Custody(where=Whereabouts.ARCHIVED, at=TIME, place="cold")
    found = [
        Kept(release=DEMO, custody=ACTIVE, hold=hold, serving="prod points to it", since=TIME),
        Kept(release=DEMO, custody=archived, hold=None, serving="", since=""),
        Kept(release=DEMO, custody=erased, hold=None, serving="", since=TIME),
    ]
    assert render_kept(found).splitlines() == [
        "demo@1.0.0  here",
        f"  held since {TIME}: a lawsuit",
        "  prod points to it",
        f"demo@1.0.0  archived in cold since {TIME}",
        f"demo@1.0.0  erased by ann at {TIME}: a licence",
    ]
    listed = kept_json(found)["releases"]
    assert isinstance(listed, list)
    first, second, third = listed
    assert first == {
        "name": "demo@1.0.0",
        "release": A,
        "where": "active",
        "since": None,
        "place": None,
        "reason": None,
        "by": [],
        "hold": {"reason": "a lawsuit", "since": TIME},
        "serving": "prod points to it",
        "unusedSince": TIME,
    }
    assert (second["place"], third["by"]) == ("cold", ["ann"])
