"""API tokens, and the short ones of CI jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from weighbridge.adapters.accounts.rows import Rows, roles_of, scopes_of, words
from weighbridge.adapters.accounts.secret import (
    EXCHANGED,
    TOKEN,
    digest_of,
    is_digest_of,
    new_identifier,
    new_secret,
)
from weighbridge.adapters.accounts.tables import TOKEN as TABLE
from weighbridge.adapters.accounts.times import minute
from weighbridge.model.team.account import Token, Via

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from weighbridge.model.team.account import Scope

_MOST = 10_000


class StoredTokens(Rows):
    """The tokens of a registry (`model.team.account.Tokens`)."""

    def make(
        self,
        *,
        person: str,
        label: str,
        scopes: frozenset[Scope],
        expires: str,
        now: str,
        via: Via = Via.TOKEN,
        roles: frozenset[str] = frozenset(),
    ) -> tuple[str, Token]:
        """Make one and return the secret, which is kept nowhere, and what is kept."""
        secret = new_secret(EXCHANGED if via is Via.EXCHANGE else TOKEN)
        token = Token(
            identifier=new_identifier(),
            label=label,
            person=person,
            scopes=scopes,
            created=now,
            expires=expires,
            via=via,
            roles=roles,
        )
        with self.writing() as connection:
            connection.execute(
                insert(TABLE).values(
                    digest=digest_of(secret),
                    identifier=token.identifier,
                    label=label,
                    person=person,
                    scopes=words(scopes),
                    roles=words(roles),
                    via=via.value,
                    created=now,
                    expires=expires,
                    used="",
                    revoked="",
                )
            )
        return secret, token

    def list(self, person: str = "") -> Sequence[Token]:
        """List tokens, newest first: of a person, or of all. Those of CI jobs are not kept long."""
        query = select(TABLE).order_by(TABLE.c.created.desc(), TABLE.c.identifier).limit(_MOST)
        if person:
            query = query.where(TABLE.c.person == person)
        with self.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def get(self, identifier: str) -> Token | None:
        """Find one by its name."""
        query = select(TABLE).where(TABLE.c.identifier == identifier)
        with self.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _token(row)

    def find(self, secret: str, *, now: str) -> Token | None:
        """Find one by its secret, whether it still counts or not; that it was used is noted."""
        digest = digest_of(secret)
        with self.reading() as connection:
            query = select(TABLE).where(TABLE.c.digest == digest)
            row = connection.execute(query).mappings().one_or_none()
        if row is None or not is_digest_of(row["digest"], secret):
            return None
        token = _token(row)
        if not token.revoked and now < token.expires and token.used < minute(now):
            change = update(TABLE).where(TABLE.c.digest == digest).values(used=minute(now))
            with self.writing() as connection:
                connection.execute(change)
        return token

    def revoke(self, identifier: str, *, now: str) -> bool:
        """End one for ever; whether there was one to end."""
        change = (
            update(TABLE)
            .where(TABLE.c.identifier == identifier, TABLE.c.revoked == "")
            .values(revoked=now)
        )
        with self.writing() as connection:
            return connection.execute(change).rowcount == 1


def _token(row: RowMapping) -> Token:
    return Token(
        identifier=row["identifier"],
        label=row["label"],
        person=row["person"],
        scopes=scopes_of(row),
        created=row["created"],
        expires=row["expires"],
        used=row["used"],
        revoked=row["revoked"],
        via=Via(row["via"]),
        roles=roles_of(row),
    )
