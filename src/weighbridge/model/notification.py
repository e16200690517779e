"""Notifications: who is told of what happens in a registry, and how what is said reaches him."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.event import Event

SinkKind = Literal["webhook", "chat", "mail", "mlflow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """Somebody who is told.

    Attributes:
        name: What he is called in messages; unique.
        kind: `webhook` (CDEvents, signed), `chat` (`{"text": …}`), `mail` (SMTP) or `mlflow`, whose
            aliases follow the pointers.
        url: Where: `https://…`, for mail `smtp://HOST:PORT` or `smtps://…`.
        when: Of which events (CEL over `event`); of all if empty.
        secret_file: File of the secret that signs webhooks, of the password at a mail server, or of
            what MLflow lets one in with: a token, or `user:password`.
        user: Who logs in at the mail server; nobody if empty.
        sender: Address a mail is from.
        to: Addresses it goes to.
        alias: What an alias of MLflow's is called; `{environment}` stands for the environment.
        line: Line of `notify.toml` it begins at.
    """

    name: str
    kind: SinkKind
    url: str
    when: str = ""
    secret_file: str = ""
    user: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    alias: str = "{environment}"
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An entry of a ledger, on its way to somebody.

    Attributes:
        origin: Name of the ledger.
        index: The entry; with the origin it names the notice, so that a repetition can be told.
        event: What happened.
        text: It in one line, for people.
        mark: What names a notice of what no entry says: a warning; the entry is then the newest
            there was. Empty for an entry.
    """

    origin: str
    index: int
    event: Event
    text: str
    mark: str = ""

    @property
    def id(self) -> str:
        """Its name, the same however often it is sent."""
        return f"{self.origin}/{self.mark or self.index}"


class Channel(Protocol):
    """A way to somebody."""

    def send(self, notice: Notice) -> str | None:
        """Send a notice, and say what came of it, if that is more than that it arrived.

        Raises:
            UnavailableError: It did not arrive; later it may.
            WeighbridgeError: It cannot be sent as things are set.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a sink has been told.

    Attributes:
        after: The next entry it is to be told of.
        failures: How often that one has failed in a row.
        not_before: From when it is tried again, or empty.
        reason: Why it failed last, or empty.
        given_up: Entries it was never told of, since it refused them for too long.
    """

    after: int
    failures: int = 0
    not_before: str = ""
    reason: str = ""
    given_up: tuple[int, ...] = ()


class Outbox(Protocol):
    """What is remembered of sinks from one run to the next; the ledger holds what is to be told."""

    def standings(self) -> Mapping[str, Standing]:
        """Return how far each sink has been told, by name."""

    def keep(self, standings: Mapping[str, Standing]) -> None:
        """Remember all of them."""


class Reminder(Protocol):
    """What is remembered of warnings from one run to the next: each is told once a day."""

    def warned(self, day: str) -> Mapping[str, frozenset[str]]:
        """Return of what each sink was warned on a day, by the keys of what that was."""

    def keep_warned(self, day: str, warned: Mapping[str, frozenset[str]]) -> None:
        """Remember it, and forget other days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of telling one sink.

    Attributes:
        sink: Its name.
        sent: How many notices arrived.
        waiting: How many entries it has still to be told of, or asked about.
        standing: How far it has been told now.
        notes: What came of single notices, a line each.
    """

    sink: str
    sent: int
    waiting: int
    standing: Standing
    notes: tuple[str, ...] = ()
