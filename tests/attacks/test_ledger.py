"""Attacks on the ledger by whoever may write to its database, and by whoever holds its key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.promoted import FIRST
from weighbridge.model.errors import LedgerError, RegistryError

if TYPE_CHECKING:
    from tests.attacks.hands import Hands


def test_a_rewritten_entry(hands: Hands) -> None:
    hands.execute("UPDATE entry SET body = CAST(replace(body, 'dora', 'mona') AS BLOB)")
    assert "the entries are not those that were signed" in hands.audited()


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE topic",),
        ("ALTER TABLE entry RENAME TO e", "CREATE TABLE entry (idx INTEGER, body BLOB)"),
        (
            "PRAGMA writable_schema = 1",
            "UPDATE sqlite_master SET sql = replace(sql, ' CHECK (length(hash) = 32)', '')",
        ),
        ("CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN DELETE FROM topic; END",),
    ],
    ids=["table dropped", "table replaced", "check taken out", "trigger put in"],
)
def test_tables_without_their_guards(statements: tuple[str, ...], hands: Hands) -> None:
    hands.execute(*statements)
    with pytest.raises(RegistryError) as caught:
        hands.audited()
    assert "the tables are not those of schema" in str(caught.value.faults)


def test_a_log_that_was_cut(hands: Hands) -> None:
    """Even with an older checkpoint of the log's own put in its place."""
    before, kept = hands.copied("before"), hands.checkpoint()
    hands.say_of(FIRST, {"later": True}, by="carl")
    newest = hands.checkpoint()
    hands.execute("DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)")
    with pytest.raises(LedgerError, match="entries are missing"):
        hands.audited()
    hands.execute(
        "DELETE FROM node WHERE leaf > (SELECT max(idx) FROM entry)",
        "DELETE FROM topic WHERE entry > (SELECT max(idx) FROM entry)",
    )
    hands.put_checkpoint(kept)
    assert hands.audited() == before.audited() == []  # by itself it is whole
    assert hands.audited(since=newest) == ["entries are gone since that checkpoint"]


def test_a_database_of_yesterday(hands: Hands) -> None:
    yesterday = hands.copied("yesterday")
    hands.owners_revoke("dora")
    kept = hands.checkpoint()
    hands.replaced_by(yesterday)
    assert hands.audited() == []  # by itself it is whole
    assert hands.audited(since=kept) == ["entries are gone since that checkpoint"]
    hands.say_of(FIRST, {"instead": True}, by="carl")
    assert hands.audited(since=kept) == ["entries before that checkpoint were rewritten"]


def test_two_logs_under_one_key(hands: Hands) -> None:
    """Two checkpoints of one size and other roots, both signed, are what proves it."""
    other = hands.copied("other")
    hands.say_of(FIRST, {"told": "one"}, by="carl")
    other.say_of(FIRST, {"told": "another"}, by="carl")
    assert hands.audited() == other.audited() == []
    assert hands.note().text.splitlines()[1] == other.note().text.splitlines()[1]
    for one, two in ((hands, other), (other, hands)):
        said = one.audited(since=two.checkpoint())
        assert said == ["entries before that checkpoint were rewritten"]
