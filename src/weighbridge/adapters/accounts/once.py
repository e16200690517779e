"""What happens once: values that count a single time, and answers that are given again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from weighbridge.adapters.accounts.rows import Rows
from weighbridge.adapters.accounts.secret import digest_of
from weighbridge.adapters.accounts.tables import IDEMPOTENCY, USED
from weighbridge.adapters.accounts.times import later
from weighbridge.model.team.idempotency import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Table

_DAY: Final = 86_400


class Once(Rows):
    """Values that count once: tokens of a CI, which are exchanged a single time."""

    def first(self, kind: str, value: str, *, expires: str) -> bool:
        """Note a value until it expires; whether it is the first time."""
        with self.writing() as connection:
            row = {"digest": digest_of(f"{kind}\n{value}"), "expires": expires}
            return _insert_new(connection, USED, row)


class StoredAnswers(Rows):
    """Answers kept for a day (`model.team.idempotency.Idempotency`)."""

    def begin(self, key: str, credential: str, request: str, *, now: str) -> Kept | None:
        """Say that something is to be answered; None if it is new, else what is known of it."""
        digest = _name(key, credential)
        row = {
            "digest": digest,
            "request": request,
            "status": 0,
            "body": b"",
            "expires": later(now, _DAY),
        }
        with self.writing() as connection:
            old = IDEMPOTENCY.c.digest == digest
            connection.execute(delete(IDEMPOTENCY).where(old, IDEMPOTENCY.c.expires <= now))
            if _insert_new(connection, IDEMPOTENCY, row):
                return None
            found = connection.execute(select(IDEMPOTENCY).where(old)).mappings().one()
        return Kept(request=found["request"], status=found["status"], body=bytes(found["body"]))

    def finish(self, key: str, credential: str, *, status: int, body: bytes) -> None:
        """Keep the answer."""
        mine = IDEMPOTENCY.c.digest == _name(key, credential)
        with self.writing() as connection:
            connection.execute(update(IDEMPOTENCY).where(mine).values(status=status, body=body))

    def forget(self, key: str, credential: str) -> None:
        """Forget what was begun, and had no effect; an answer that was given stays."""
        mine = IDEMPOTENCY.c.digest == _name(key, credential)
        with self.writing() as connection:
            connection.execute(delete(IDEMPOTENCY).where(mine, IDEMPOTENCY.c.status == 0))


def _name(key: str, credential: str) -> str:
    return digest_of(f"{credential}\n{key}")


def _insert_new(connection: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Put a row in unless there is one of its name, in one statement."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - one of two
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment] # noqa: PLC0415
    statement = insert(table).values(dict(row)).on_conflict_do_nothing()
    return connection.execute(statement).rowcount == 1
