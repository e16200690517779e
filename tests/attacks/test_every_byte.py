"""Every byte of a small ledger and of a small pack: another one is seen, wherever it is.

For the file of SQLite, free pages and all, see `tests/adapters/test_embedded_ledger.py`.
"""

from __future__ import annotations

import shutil
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.attacks.hands import Hands
from tests.usecases.cast import STORE, Clock
from weighbridge.adapters.keys import KeyFolder
from weighbridge.ledger.proof import read_proof
from weighbridge.model.errors import WeighbridgeError
from weighbridge.packing.evidence_pack import (
    PackFormatError,
    evidence_name,
    proof_name,
    read_pack,
    write_pack,
)
from weighbridge.usecases.audit import audit
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

PAPERS = (
    "manifest.json decision.json policy.json environment.json trust.json outcome.json checkpoint"
    " report.html controls.json"
)


class Change(NamedTuple):
    """A row of the database, and what it becomes."""

    table: str
    columns: tuple[str, ...]
    row: tuple[object, ...]
    changed: tuple[object, ...]


def changes(database: sqlite3.Connection) -> Iterator[Change]:
    """Flip a bit of each byte of each value of each row of each table."""
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        cursor = database.execute(f"SELECT * FROM {table}")  # noqa: S608 - the registry's own
        columns = tuple(column for column, *_ in cursor.description)
        for row in cursor.fetchall():
            for place, value in enumerate(row):
                for flipped in flips(value):
                    yield Change(table, columns, row, (*row[:place], flipped, *row[place + 1 :]))


def flips(value: str | bytes | int) -> Iterator[str | bytes | int]:
    if isinstance(value, int):
        yield from (value ^ 1, value ^ 4)
        return
    data = value.encode() if isinstance(value, str) else value
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1 << at % 7]) + data[at + 1 :]
        yield changed.decode() if isinstance(value, str) else changed


@pytest.fixture
def small(tmp_path: Path, staged: Path, all_keys: Path) -> Iterator[Hands]:
    """A ledger of five entries: owners, a release, two changes of trust, a signature."""
    folder = tmp_path / "small"
    shutil.copytree(staged, folder)
    hands = Hands(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    hands.sign("demo@1.0.0")
    yield hands
    hands.registry.close()


def seen(hands: Hands, kept: bytes, key: str) -> bool:
    """Tell whether `log verify --deep --log-key --since` sees anything wrong."""
    try:
        return bool(audit(hands.registry, log_key=key, since=kept, deep=True).problems)
    except WeighbridgeError:
        return True


def flipped_rows(hands: Hands, *, step: int) -> tuple[int, list[Change]]:
    """Change the database in one place after the other; return how many, and what is not seen."""
    kept, key = hands.checkpoint(), hands.registry.log_key
    path = hands.folder / STORE / "registry.db"
    with closing(hands.database()) as database:
        every = list(changes(database))[::step]
    whole = path.read_bytes()
    unseen = []
    for change in every:
        path.write_bytes(whole)
        apply(hands, change)
        if not seen(hands, kept, key):
            unseen.append(change)
        hands.registry.close()
    path.write_bytes(whole)
    assert not seen(hands, kept, key)
    return len(every), unseen


def apply(hands: Hands, change: Change) -> None:
    """Put a changed row in the place of a row, past all constraints."""
    found = " AND ".join(f"{column} IS ?" for column in change.columns)
    marks = ", ".join("?" for _ in change.columns)
    with closing(hands.database()) as database, database:
        database.execute("PRAGMA ignore_check_constraints = 1")
        gone = database.execute(f"DELETE FROM {change.table} WHERE {found}", change.row)  # noqa: S608
        assert gone.rowcount == 1
        database.execute(f"INSERT OR REPLACE INTO {change.table} VALUES ({marks})", change.changed)  # noqa: S608


@pytest.mark.parametrize("step", [41, pytest.param(1, marks=pytest.mark.slow)])
def test_a_byte_of_a_small_ledger(step: int, small: Hands) -> None:
    number, unseen = flipped_rows(small, step=step)
    assert number * step > 2500
    assert unseen == []


def test_a_byte_of_a_kept_checkpoint(small: Hands) -> None:
    kept, key = small.checkpoint(), small.registry.log_key
    small.sign("demo@1.0.0")
    assert not seen(small, kept, key)
    for at in range(len(kept)):
        changed = kept[:at] + bytes([kept[at] ^ 1 << at % 8]) + kept[at + 1 :]
        assert seen(small, changed, key), at


@pytest.mark.parametrize("bits", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_a_byte_of_the_frame_of_a_pack(bits: int) -> None:
    """Headers, padding, index and end, around papers of a few bytes each."""
    small = {name: name.encode() for name in PAPERS.split()}
    small |= {evidence_name("a" * 64): b"bundle", proof_name(7): b"proof"}
    about = {"environment": "production"}
    pack = write_pack(small, about=about)
    assert read_pack(pack) == (small, about)
    number = 0
    for at in range(len(pack)):
        for bit in range(at % 8, at % 8 + bits):
            number += 1
            changed = bytearray(pack)
            changed[at] ^= 1 << bit % 8
            with suppress(PackFormatError):
                papers, said = read_pack(bytes(changed))
                # What it says it is about is not the archive's to judge: verifying compares it.
                assert papers == small
                assert said != about
    assert number == bits * len(pack)


@pytest.mark.parametrize("step", [9001, pytest.param(701, marks=pytest.mark.slow)])
def test_a_byte_of_a_paper_whose_index_was_made_anew(step: int, hands: Hands) -> None:
    """Not the archive sees it then, but what follows from the papers."""
    release, registry = hands.digest("demo@1.0.0"), hands.registry
    pack, key = export_pack(release, "staging", registry=registry), registry.log_key
    papers, about = read_pack(pack)
    assert verify_pack(pack, log_key=key).ok
    number = 0
    for name, data in papers.items():
        for at in range(number % 7, len(data), step):
            number += 1
            changed = data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
            forged = write_pack({**papers, name: changed}, about=about)
            assert not verify_pack(forged, log_key=key).ok, (name, at)
    assert number > 40
    assert read_proof(papers[proof_name(0)]).index == 0
