"""Open the accounts of a registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from weighbridge.adapters.accounts.engine import open_engine
from weighbridge.adapters.accounts.logins import CommandLogins, PendingLogins
from weighbridge.adapters.accounts.once import Once, StoredAnswers
from weighbridge.adapters.accounts.rows import Rows
from weighbridge.adapters.accounts.sessions import StoredSessions
from weighbridge.adapters.accounts.tables import METADATA, TOKEN
from weighbridge.adapters.accounts.times import later
from weighbridge.adapters.accounts.tokens import StoredTokens
from weighbridge.model.team.account import Via

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

FILE: Final = "accounts.db"
_REMEMBERED: Final = {"token": 30 * 86_400}
"""Seconds for which what expired is shown still."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a registry.

    Attributes:
        tokens: API tokens.
        sessions: Logins that last.
        pending: Logins in browsers, under way.
        commands: Logins of the command line, under way.
        once: Values that count once.
        answers: Answers that are given again.
    """

    engine: Engine
    tokens: StoredTokens
    sessions: StoredSessions
    pending: PendingLogins
    commands: CommandLogins
    once: Once
    answers: StoredAnswers

    def sweep(self, *, now: str) -> int:
        """Remove what expired; how many rows that were. A server does so every hour."""
        count = 0
        rows = Rows(self.engine)
        for table in METADATA.sorted_tables:
            over = table.c.expires <= later(now, -_REMEMBERED.get(table.name, 0))
            if table is TOKEN:
                # Jobs are many: their tokens would soon hide those of people.
                over |= (TOKEN.c.via == Via.EXCHANGE.value) & (TOKEN.c.expires <= now)
            with rows.writing() as connection:
                count += connection.execute(delete(table).where(over)).rowcount
        return count

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()


def open_accounts(place: str | Path) -> Accounts:
    """Open accounts, and bring their tables up to date.

    Args:
        place: A file, or the address of a PostgreSQL database.

    Raises:
        StorageError: The file cannot be made.
        RegistryError: It is another program's, or a newer version's.
        UnavailableError: The database does not answer.
    """
    engine = open_engine(place)
    return Accounts(
        engine=engine,
        tokens=StoredTokens(engine),
        sessions=StoredSessions(engine),
        pending=PendingLogins(engine),
        commands=CommandLogins(engine),
        once=Once(engine),
        answers=StoredAnswers(engine),
    )
