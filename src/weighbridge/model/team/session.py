"""Logins: those that are over, and last as a session, and those that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.team.account import Scope

LOGIN_LASTS: Final = 600
"""Seconds a person may take to log in."""
INTERVAL: Final = 5
"""Seconds between two questions of the command line whether somebody has logged in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who logged in, as his provider and the server's settings describe him.

    Attributes:
        name: As owners know him.
        scopes: What he may ask for.
        roles: Roles the groups of his login stand for.
        authenticated: When he proved to be himself (`YYYY-MM-DDTHH:MM:SSZ`).
    """

    name: str
    scopes: frozenset[Scope]
    roles: frozenset[str]
    authenticated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that lasts: of a browser, or of the command line.

    Attributes:
        identifier: Names it; not secret.
        person: Whose it is.
        browser: Whether it is a browser's, which ends when nobody uses it.
        created: When it began.
        expires: When it ends at the latest.
        seen: When it was used last, to the minute.
    """

    identifier: str
    person: Person
    browser: bool
    created: str
    expires: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A login in a browser whose person is at his provider.

    Attributes:
        after: Path he is led to afterwards.
        again: Whether he is to prove anew that he is himself.
        begun: When it began.
    """

    after: str
    again: bool
    begun: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLogin:
    """A login of the command line that waits for a person in a browser.

    Attributes:
        identifier: Names it; not secret.
        code: What stands in the terminal and in the browser.
        source: Address that asked for it.
        expires: Until when somebody may confirm it.
    """

    identifier: str
    code: str
    source: str
    expires: str
