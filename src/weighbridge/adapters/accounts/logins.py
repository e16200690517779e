"""Logins under way: in browsers, and of the command line; used once, by whoever began them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, or_, select, update

from weighbridge.adapters.accounts.rows import Rows, columns_of, person_of
from weighbridge.adapters.accounts.secret import (
    digest_of,
    is_digest_of,
    new_code,
    new_identifier,
    new_secret,
)
from weighbridge.adapters.accounts.tables import COMMAND, PENDING
from weighbridge.adapters.accounts.times import later
from weighbridge.model.errors import LoginError, TooMuchError
from weighbridge.model.team.session import INTERVAL, LOGIN_LASTS, CommandLogin, Pending

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, RowMapping

    from weighbridge.model.team.session import Person

MOST: Final = 10_000
"""Logins under way at once: anybody may begin one."""
_NOBODY: Final = {"person": "", "scopes": "", "roles": "", "authenticated": ""}


class PendingLogins(Rows):
    """Logins in browsers."""

    def begin(self, *, state: str, binding: str, after: str, again: bool, now: str) -> None:
        """Note that a person was sent to his provider.

        Args:
            state: Names the login; comes back with him.
            binding: What only his browser holds.
            after: Path he is led to afterwards.
            again: Whether he is to prove anew that he is himself.
            now: The time.

        Raises:
            TooMuchError: Too many are under way.
        """
        with self.writing() as connection:
            count = select(func.count()).select_from(PENDING).where(PENDING.c.expires > now)
            _refuse_more(connection.execute(count).scalar_one())
            connection.execute(
                insert(PENDING).values(
                    state=digest_of(state),
                    binding=digest_of(binding),
                    after=after,
                    again=again,
                    begun=now,
                    expires=later(now, LOGIN_LASTS),
                )
            )

    def take(self, *, state: str, binding: str, now: str) -> Pending | None:
        """Take one that came back, for good; None if it is none, is late, or another browser's."""
        gone = (
            delete(PENDING)
            .where(PENDING.c.state == digest_of(state), PENDING.c.binding == digest_of(binding))
            .where(PENDING.c.expires > now)
            .returning(PENDING.c.after, PENDING.c.again, PENDING.c.begun)
        )
        with self.writing() as connection:
            row = connection.execute(gone).mappings().one_or_none()
        return None if row is None else Pending(**row)


class CommandLogins(Rows):
    """Logins of the command line, confirmed in a browser (after RFC 8628)."""

    def begin(self, *, source: str, now: str) -> tuple[str, CommandLogin]:
        """Begin one; return the secret only the command line holds, and what people see.

        Raises:
            TooMuchError: Too many are under way.
        """
        secret = new_secret("")
        login = CommandLogin(
            identifier=new_identifier(),
            code=new_code(),
            source=source,
            expires=later(now, LOGIN_LASTS),
        )
        with self.writing() as connection:
            count = select(func.count()).select_from(COMMAND).where(COMMAND.c.expires > now)
            _refuse_more(connection.execute(count).scalar_one())
            connection.execute(
                insert(COMMAND).values(
                    identifier=login.identifier,
                    digest=digest_of(secret),
                    code=login.code,
                    source=source,
                    expires=login.expires,
                    polled="",
                    state="waiting",
                    **_NOBODY,
                )
            )
        return secret, login

    def waiting(self, code: str, *, now: str) -> CommandLogin | None:
        """Find one that waits for a person."""
        with self.reading() as connection:
            query = select(COMMAND).where(*_waits(code, now))
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _login(row)

    def answer(self, code: str, person: Person | None, *, now: str) -> bool:
        """Let a person confirm one, or refuse it (None); whether it waited for that."""
        values = _NOBODY if person is None else columns_of(person)
        state = "refused" if person is None else "confirmed"
        change = update(COMMAND).where(*_waits(code, now)).values(state=state, **values)
        with self.writing() as connection:
            return connection.execute(change).rowcount == 1

    def poll(self, identifier: str, secret: str, *, now: str) -> Person | None:
        """Say who confirmed one, once; None while it waits.

        Raises:
            LoginError: There is none, it is over, or somebody refused it.
            TooMuchError: It is asked too often.
        """
        with self.writing() as connection:
            query = select(COMMAND).where(COMMAND.c.identifier == identifier)
            row = connection.execute(query).mappings().one_or_none()
            if row is None or not is_digest_of(row["digest"], secret) or row["expires"] <= now:
                raise _over("there is no such login, or it took too long")
            if row["state"] == "refused":
                raise _over("the login was refused in the browser")
            # Two that ask at once do not both get it: the change says which of them was first.
            before = or_(COMMAND.c.polled == "", COMMAND.c.polled <= later(now, -INTERVAL))
            asked = update(COMMAND).where(COMMAND.c.identifier == identifier)
            if connection.execute(asked.where(before).values(polled=now)).rowcount != 1:
                raise TooMuchError("this is asked too often", wanted=f"every {INTERVAL} s")
            taken = asked.where(COMMAND.c.state == "confirmed").values(state="taken")
            if connection.execute(taken).rowcount == 1:
                query = select(COMMAND).where(COMMAND.c.identifier == identifier)
                return person_of(connection.execute(query).mappings().one())
            if row["state"] != "waiting":
                raise _over("the login was used already")
        return None


def _waits(code: str, now: str) -> tuple[ColumnElement[bool], ...]:
    return (COMMAND.c.code == code, COMMAND.c.state == "waiting", COMMAND.c.expires > now)


def _login(row: RowMapping) -> CommandLogin:
    return CommandLogin(
        identifier=row["identifier"],
        code=row["code"],
        source=row["source"],
        expires=row["expires"],
    )


def _over(message: str) -> LoginError:
    return LoginError(message, help=["weighbridge login"])


def _refuse_more(count: int) -> None:
    if count >= MOST:
        raise TooMuchError("too many logins are under way", wanted=f"at most {MOST:,}")
