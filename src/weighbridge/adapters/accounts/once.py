"""What happens once: values that count a single time, and answers that are given again."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from weighbridge.adapters.accounts.rows import Rows
from weighbridge.adapters.accounts.secret import digest_of
from weighbridge.adapters.accounts.tables import IDEMPOTENCY, USED
from weighbridge.adapters.accounts.times import later
from weighbridge.model.team.idempotency import LEASE, Claim, Kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Table

_DAY: Final = 86_400


class Once(Rows):
    """Values that count once: tokens of a CI, which are exchanged a single time."""

    def first(self, kind: str, value: str, *, expires: str) -> bool:
        """Note a value until it expires; whether it is the first time."""
        with self.writing() as connection:
            row = {"digest": digest_of(f"{kind}\n{value}"), "expires": expires}
            return _insert_new(connection, USED, row)


class StoredAnswers(Rows):
    """Answers kept for a day (`model.team.idempotency.Idempotency`).

    While somebody is answering, the row says in place of the answer who, and until when he is
    believed to live.
    """

    def begin(self, key: str, credential: str, request: str, *, now: str) -> Claim | Kept:
        """Say that something is to be answered; a claim if it is, else what is known of it."""
        digest = _name(key, credential)
        number = secrets.token_hex(8)
        row = {
            "digest": digest,
            "request": request,
            "status": 0,
            "body": _held(number, now),
            "expires": later(now, _DAY),
        }
        claim = Claim(key=key, credential=credential, number=number, again=False)
        with self.writing() as connection:
            connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.expires <= now))
            if _insert_new(connection, IDEMPOTENCY, row):
                return claim
            old = IDEMPOTENCY.c.digest == digest
            found = connection.execute(select(IDEMPOTENCY).where(old)).mappings().one()
            kept = Kept(request=found["request"], status=found["status"], body=bytes(found["body"]))
            if kept.status == 0 and kept.request == request and _until(kept.body) <= now:
                # By whoever is first: the other finds another holder than the one he read.
                mine = update(IDEMPOTENCY).where(
                    old, IDEMPOTENCY.c.status == 0, IDEMPOTENCY.c.body == kept.body
                )
                if connection.execute(mine.values(body=row["body"])).rowcount:
                    return replace(claim, again=True)
        return replace(kept, body=b"") if kept.status == 0 else kept

    def renew(self, claim: Claim, *, now: str) -> None:
        """Say that it is still being answered."""
        with self.writing() as connection:
            mine = update(IDEMPOTENCY).where(*_mine(claim))
            connection.execute(mine.values(body=_held(claim.number, now)))

    def holds(self, claim: Claim) -> bool:
        """Tell whether nobody else has taken it over."""
        query = select(IDEMPOTENCY.c.body).where(
            IDEMPOTENCY.c.digest == _name(claim.key, claim.credential), IDEMPOTENCY.c.status == 0
        )
        with self.reading() as connection:
            found = connection.execute(query).scalar()
        return found is not None and bytes(found).startswith(claim.number.encode())

    def finish(self, claim: Claim, *, status: int, body: bytes) -> None:
        """Keep the answer, unless somebody else has taken over."""
        with self.writing() as connection:
            mine = update(IDEMPOTENCY).where(*_mine(claim))
            connection.execute(mine.values(status=status, body=body))

    def forget(self, claim: Claim) -> None:
        """Forget what was begun and had no effect, unless somebody else has taken over."""
        with self.writing() as connection:
            connection.execute(delete(IDEMPOTENCY).where(*_mine(claim)))


def _held(number: str, now: str) -> bytes:
    """Write who is answering, and until when he is believed to live."""
    return f"{number} {later(now, LEASE)}".encode()


def _until(held: bytes) -> str:
    return held.decode().partition(" ")[2]


def _mine(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Find the row of a claim that is still one's own."""
    row = IDEMPOTENCY.c
    number = claim.number.encode()
    return (
        row.digest == _name(claim.key, claim.credential),
        row.status == 0,
        func.substr(row.body, 1, len(number)) == number,
    )


def _name(key: str, credential: str) -> str:
    return digest_of(f"{credential}\n{key}")


def _insert_new(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Put a row in unless there is one of its name, in one statement."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - one of two
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415
    statement = insert(table).values(dict(row)).on_conflict_do_nothing()
    # What was put in, and not how much: not every driver counts rows of such a statement.
    return connection.execute(statement.returning(table.c.digest)).first() is not None
