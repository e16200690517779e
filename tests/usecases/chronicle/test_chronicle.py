"""The chronicle keeps nothing the log's key did not sign, and notices another's registry."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.usecases.promoted import FIRST, SECOND, Promoted, promoted, promoted_folder
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import LedgerError, UnavailableError
from weighbridge.usecases.chronicle import chronicle as module
from weighbridge.usecases.chronicle import proving
from weighbridge.usecases.chronicle.chronicle import Chronicle
from weighbridge.usecases.chronicle.told import Told

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["promoted", "promoted_folder"]

PLACES = {("staging", "demo"), ("production", "demo")}


def summary(chronicle: Chronicle, registry: EmbeddedRegistry) -> tuple[object, ...]:
    with chronicle.reading(registry) as told:
        present = {place: one.version for place, one in told.pointers.present.items()}
        asked = [(place, one.version) for place, one in told.requests.all()]
        held = {place: one.why for place, one in told.holds.held.items()}
        return told.size, present, asked, held, told.names.order().names


def rewrite(folder: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "registry.db")) as database, database:
        database.execute(sql, values)


def test_it_tells_a_story(promoted: Promoted) -> None:
    with Chronicle().reading(promoted.registry) as told:
        assert {*told.pointers.present} == PLACES
        for one in told.pointers.present.values():
            assert one.release == promoted.digest(SECOND)
            assert (one.version, one.generation, one.verdict) == ("1.1.0", 2, "allowed")
        assert [*told.control.environments] == ["staging", "production"]
        assert told.alarms_at(told.time) == {}
        (week,) = told.weeks.weeks.values()
        assert (week.done, week.blocked, [*week.remedied]) == (4, 1, [180])


def test_what_was_entered_since_is_taken_in(promoted: Promoted) -> None:
    found = Chronicle()
    before = summary(found, promoted.registry)
    promoted.roll_back()
    after = summary(found, promoted.registry)
    assert before[0] == 23
    assert after == summary(Chronicle(), promoted.registry)
    assert after[1] == {("staging", "demo"): "1.1.0", ("production", "demo"): "1.0.0"}
    assert after[3] == {("production", "demo"): "rolled back by max"}


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_it_comes_to_the_same_by_any_steps(
    promoted: Promoted, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = summary(Chronicle(), promoted.registry)
    monkeypatch.setattr(proving, "_AT_ONCE", at_once)
    assert summary(Chronicle(), promoted.registry) == wanted


def test_it_ends_when_it_is_told_to(promoted: Promoted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "_AT_ONCE", 5)
    found, steps = Chronicle(), iter((True, True, False))
    found.take_in(promoted.registry, go_on=lambda: next(steps))
    assert found.size == 10
    found.take_in(promoted.registry)
    assert found.size == 23


@pytest.mark.parametrize("warm", [False, True], ids=["from the beginning", "since"])
def test_an_entry_that_is_not_the_one_signed_is_refused(promoted: Promoted, *, warm: bool) -> None:
    found, folder = Chronicle(), promoted.registry.root
    if warm:
        assert summary(found, promoted.registry)[0] == 23
        promoted.roll_back()
    promoted.registry.close()
    index = 23 if warm else 12
    with closing(sqlite3.connect(folder / "registry.db")) as database:
        query = "SELECT body FROM entry WHERE idx = ?"
        ((data,),) = database.execute(query, (index,)).fetchall()
    rewrite(folder, "UPDATE entry SET body = ? WHERE idx = ?", data.replace(b"max", b"mia"), index)
    with pytest.raises(LedgerError, match="does not prove the ledger"):
        summary(found, promoted.registry)
    assert found.size == 0
    rewrite(folder, "UPDATE entry SET body = ? WHERE idx = ?", data, index)
    assert summary(found, promoted.registry)[0] == (24 if warm else 23)


def test_an_entry_that_is_missing_is_told(promoted: Promoted) -> None:
    promoted.registry.close()
    rewrite(promoted.registry.root, "DELETE FROM entry WHERE idx = 4")
    with pytest.raises(LedgerError, match="holds no entry 4"):
        summary(Chronicle(), promoted.registry)


def test_another_key_than_the_logs_proves_nothing(promoted: Promoted, tmp_path: Path) -> None:
    other = EmbeddedRegistry(tmp_path / "other").make_log_key("example.com/log")
    found = Chronicle()
    assert summary(found, promoted.registry)[0] == 23
    promoted.roll_back()
    promoted.registry.close()
    (promoted.registry.root / "log.pub").write_text(f"{other}\n")
    with pytest.raises(LedgerError):
        summary(found, EmbeddedRegistry(promoted.registry.root))


def test_a_registry_of_before_is_read_from_its_beginning(
    promoted: Promoted, tmp_path: Path
) -> None:
    shutil.copytree(promoted.registry.root, tmp_path / "before")
    found = Chronicle()
    promoted.roll_back()
    assert summary(found, promoted.registry)[0] == 24
    before = EmbeddedRegistry(tmp_path / "before")
    assert summary(found, before)[:2] == (23, dict.fromkeys(PLACES, "1.1.0"))
    before.close()
    assert summary(found, promoted.registry)[0] == 24


def test_one_that_went_another_way_is_read_anew(promoted: Promoted, tmp_path: Path) -> None:
    shutil.copytree(promoted.folder, tmp_path / "other")
    other = Promoted(tmp_path / "other", promoted.keys, promoted.clock)
    found = Chronicle()
    promoted.roll_back()
    assert summary(found, promoted.registry)[0] == 24
    other.approve(FIRST, "cat", "dora")
    size, present, *_ = summary(found, other.registry)
    assert (size, present) == (25, dict.fromkeys(PLACES, "1.1.0"))
    other.registry.close()


def test_a_store_without_owners_tells_nothing(promoted: Promoted, tmp_path: Path) -> None:
    found = Chronicle()
    assert summary(found, promoted.registry)[0] == 23
    assert summary(found, EmbeddedRegistry(tmp_path / "new")) == (0, {}, [], {}, [])


def test_who_asks_while_another_reads_is_told_so(
    promoted: Promoted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    found = Chronicle()
    with found.reading(promoted.registry), pytest.raises(UnavailableError) as caught:
        summary(found, promoted.registry)
    assert "still being read" in str(caught.value)
    assert caught.value.faults[0].seen == "23 of 23 entries"


def test_many_ask_at_once(promoted: Promoted) -> None:
    found, seen = Chronicle(), list[int]()

    def ask() -> None:
        with found.reading(promoted.registry) as told:
            seen.append(told.size)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [23] * 8


def test_what_a_fold_cannot_read_is_kept_by_nobody(
    promoted: Promoted, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Chronicle()

    def refuse(_told: Told, _entries: object) -> None:
        raise LedgerError("entry 3 does not say what it must")

    with monkeypatch.context() as patch:
        patch.setattr(Told, "take", refuse)
        with pytest.raises(LedgerError):
            summary(found, promoted.registry)
    assert summary(found, promoted.registry)[0] == 23
