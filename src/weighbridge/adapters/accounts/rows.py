"""What all tables of accounts have in common: short transactions, and words in a column."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weighbridge.adapters.accounts.engine import READING, explaining
from weighbridge.model.team.account import Scope
from weighbridge.model.team.session import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection, Engine, RowMapping


class Rows:
    """A database of accounts, in short transactions."""

    def __init__(self, engine: Engine) -> None:
        """Take the database."""
        self._engine = engine

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Look something up."""
        with (
            explaining(self._engine),
            self._engine.connect().execution_options(**{READING: True}) as connection,
        ):
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change something: all of it, or nothing."""
        with explaining(self._engine), self._engine.begin() as connection:
            yield connection


def words(values: Iterable[str]) -> str:
    """Write words in one column."""
    return " ".join(sorted(values))


def scopes_of(row: RowMapping) -> frozenset[Scope]:
    """Read scopes; a word that is none any more gives nobody anything."""
    return frozenset(Scope(word) for word in row["scopes"].split() if word in set(Scope))


def roles_of(row: RowMapping) -> frozenset[str]:
    """Read roles."""
    return frozenset(row["roles"].split())


def person_of(row: RowMapping) -> Person:
    """Read who somebody is."""
    return Person(
        name=row["person"],
        scopes=scopes_of(row),
        roles=roles_of(row),
        authenticated=row["authenticated"],
    )


def columns_of(person: Person) -> dict[str, str]:
    """Write who somebody is."""
    return {
        "person": person.name,
        "scopes": words(person.scopes),
        "roles": words(person.roles),
        "authenticated": person.authenticated,
    }
