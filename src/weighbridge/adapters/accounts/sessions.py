"""Sessions: of browsers, which end when nobody uses them, and of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from weighbridge.adapters.accounts.rows import Rows, columns_of, person_of
from weighbridge.adapters.accounts.secret import (
    COMMAND,
    COOKIE,
    digest_of,
    is_digest_of,
    new_identifier,
    new_secret,
)
from weighbridge.adapters.accounts.tables import SESSION
from weighbridge.adapters.accounts.times import later, minute
from weighbridge.model.team.session import Session

if TYPE_CHECKING:
    from weighbridge.model.team.session import Person

LASTS: Final = 12 * 3_600
"""Seconds a session lasts."""
IDLE: Final = 2 * 3_600
"""Seconds after which a browser's session ends that nobody uses."""


class StoredSessions(Rows):
    """The sessions of a server."""

    def begin(self, person: Person, *, browser: bool, now: str) -> tuple[str, Session]:
        """Begin one under a new secret, whatever there was before."""
        secret = new_secret(COOKIE if browser else COMMAND)
        session = Session(
            identifier=new_identifier(),
            person=person,
            browser=browser,
            created=now,
            expires=later(now, LASTS),
            seen=minute(now),
        )
        with self.writing() as connection:
            connection.execute(
                insert(SESSION).values(
                    digest=digest_of(secret),
                    identifier=session.identifier,
                    browser=browser,
                    created=now,
                    expires=session.expires,
                    seen=session.seen,
                    **columns_of(person),
                )
            )
        return secret, session

    def find(self, secret: str, *, now: str) -> Session | None:
        """Find one that lasts by its secret, and note that it was used."""
        digest = digest_of(secret)
        with self.reading() as connection:
            query = select(SESSION).where(SESSION.c.digest == digest)
            row = connection.execute(query).mappings().one_or_none()
        if row is None or not is_digest_of(row["digest"], secret) or row["expires"] <= now:
            return None
        if row["browser"] and later(row["seen"], IDLE) <= now:
            return None
        if row["seen"] < minute(now):
            change = update(SESSION).where(SESSION.c.digest == digest).values(seen=minute(now))
            with self.writing() as connection:
                connection.execute(change)
        return Session(
            identifier=row["identifier"],
            person=person_of(row),
            browser=row["browser"],
            created=row["created"],
            expires=row["expires"],
            seen=row["seen"],
        )

    def end(self, identifier: str) -> bool:
        """End one for ever; whether there was one to end."""
        with self.writing() as connection:
            gone = connection.execute(delete(SESSION).where(SESSION.c.identifier == identifier))
            return gone.rowcount == 1
