"""A person's own machine: the link that lets his browser in, and the key he serves with.

Whoever reads what the server prints is who started it. The link in it holds a ticket, which lets
one browser in, once; the next link is printed when it was used. What is said in that browser is
signed with the key that was unlocked at the start; what is said in others is not signed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from weighbridge.model.errors import (
    Fault,
    LoginError,
    NotAllowedError,
    OwnerlessError,
)
from weighbridge.model.team.account import Scope
from weighbridge.model.team.session import Person
from weighbridge.model.trust import server_holding
from weighbridge.seal.judging import refuse_holder
from weighbridge.server.guard import GuardedRoute
from weighbridge.server.login.paper import HOME, local_path
from weighbridge.server.login.routes import Logins, Text, renew
from weighbridge.server.signing import KeptKey, Standing, refusal, trust_now
from weighbridge.usecases.signing import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.model.team.account import Identity

ENTER: Final = "/enter"
_OWN_PAGES: Final = frozenset({None, "none", "same-origin"})
"""What browsers say of where a link stood that was typed, or opened from a terminal."""
_LINK: Final = "open the link that the server printed last on stderr"


class Tickets:
    """What lets one browser in, once; one is valid at a time, and only its digest is kept."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Say who is told each new one."""
        self._tell = tell
        self._lock = threading.Lock()
        self._digest = b""

    def issue(self) -> None:
        """Make one and tell it; the one before counts no longer."""
        with self._lock:
            secret = self._renew()
        self._tell(secret)

    def take(self, given: str) -> bool:
        """Take a ticket: whether it is the one that counts. It then does no longer."""
        digest = _digest(given)
        with self._lock:
            if not self._digest or not hmac.compare_digest(digest, self._digest):
                return False
            secret = self._renew()
        self._tell(secret)
        return True

    def _renew(self) -> str:
        secret = secrets.token_urlsafe(32)
        self._digest = _digest(secret)
        return secret


class OwnKey:
    """Signs with the key of who started the server, for browsers he let in."""

    keeps = False

    def __init__(
        self, signer: AnySigner | None, *, name: str, user: str, registry: Registry
    ) -> None:
        """Take the key.

        Args:
            signer: The key, unlocked; None if the server was started without.
            name: What he calls it; empty without one.
            user: What the system calls him.
            registry: Whose owners trust it.
        """
        self._signer, self._name, self._user = signer, name, user
        self._registry = registry
        self._sessions: set[str] = set()

    def admit(self, session: str) -> None:
        """Let a session sign, by its identifier."""
        self._sessions.add(session)

    def admitted(self, session: str) -> bool:
        """Tell whether a session was let in by a ticket of this very process."""
        return session in self._sessions

    @property
    def person(self) -> str:
        """Whom who comes by a ticket is taken for.

        Raises:
            LedgerError: The ledger does not prove whom owners trust.
        """
        if self._signer is not None:
            try:
                trusted = trust_now(self._registry).find(identity_of(self._signer))
            except OwnerlessError:
                trusted = None
            if trusted is not None:
                return trusted.person
        return self._name or self._user

    def standing(self, identity: Identity, *, now: str) -> Standing:
        """Say what would sign. It reads the ledger, so not where nothing may wait.

        Raises:
            LedgerError: The ledger does not prove whom owners trust.
        """
        return self._standing(identity, now)

    def signer(self, identity: Identity, *, now: str) -> AnySigner:
        """Return what signs; see `Signers`."""
        fault = self._standing(identity, now).fault
        if fault is not None or self._signer is None:
            raise refusal(fault or _KEYLESS)
        return self._signer

    def kept(self, identity: Identity) -> KeptKey | None:
        """Return nothing: no key is held in anybody's name."""
        del identity
        return None

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        """Refuse: who started the server has his own key.

        Raises:
            NotAllowedError: Always.
        """
        del identity, now
        raise NotAllowedError(
            "this server holds no keys for others",
            help=["weighbridge key new NAME", "weighbridge serve --key NAME"],
        )

    def _standing(self, identity: Identity, now: str) -> Standing:
        mine = identity.is_person and identity.browser and self.admitted(identity.credential)
        if not mine:
            return Standing(fault=_FOREIGN)
        if self._signer is None:
            return Standing(fault=_KEYLESS)
        key = identity_of(self._signer)
        try:
            trust = trust_now(self._registry)
        except OwnerlessError as error:
            return Standing(key=key, fault=error.faults[0])
        trusted = trust.find(key)
        if trusted is None:
            command = f"weighbridge key trust {self._name} --person PERSON --role ROLE"
            fault = Fault(
                NotAllowedError.code,
                f"nobody trusts your key {self._name} yet",
                help=(f"an owner runs: {command}",),
            )
            return Standing(key=key, fault=fault)
        no = refuse_holder(key, snapshot=trust, at=now, roles=trusted.roles)
        if no is None:
            return Standing(person=trusted.person, key=key, held_by=server_holding(trusted))
        message = f"your key {self._name} does not count: {no.reason.value.replace('-', ' ')}"
        fault = Fault(NotAllowedError.code, message, seen=no.seen, wanted=no.wanted)
        return Standing(person=trusted.person, key=key, fault=fault)


_KEYLESS: Final = Fault(
    NotAllowedError.code,
    "the server has no key to sign with",
    help=("start the server with --key NAME",),
)
_FOREIGN: Final = Fault(
    LoginError.code,
    "this server signs for the browser alone that came by its link",
    cause="the session is of another start of the server, or was not begun by the link",
    help=(_LINK,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A server of one's own.

    Attributes:
        key: Signs for who comes by a ticket.
        tickets: What lets in.
    """

    key: OwnKey
    tickets: Tickets


def enter_routes(logins: Logins, own: Own) -> APIRouter:
    """Make the route a ticket is shown at."""
    router = APIRouter(route_class=GuardedRoute, tags=["logins"])

    @router.get(ENTER, include_in_schema=False)
    async def enter(request: Request, ticket: Text = "", next: Text = HOME) -> Response:  # noqa: A002 - name of the query
        if request.headers.get("sec-fetch-site") not in _OWN_PAGES:
            raise NotAllowedError("another site leads here", help=[_LINK])
        headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
        response = RedirectResponse(local_path(next), 303, headers)
        session = await logins.session(request)
        if session is not None and own.key.admitted(session.identifier):
            return response
        if not own.tickets.take(ticket):
            raise LoginError(
                "this link lets nobody in",
                cause="it was used, a newer one was printed, or the server was started again",
                help=[_LINK],
            )
        person = await run_in_threadpool(_person, logins, own.key)
        secret, begun = await run_in_threadpool(renew, logins, request, person)
        own.key.admit(begun.identifier)
        logins.browser.give_session(response, secret)
        return response

    return router


def _person(logins: Logins, own: OwnKey) -> Person:
    return Person(
        name=own.person,
        scopes=frozenset({Scope.READ, Scope.WRITE, Scope.RUN, Scope.ADMIN}),
        roles=frozenset(),
        authenticated=logins.clock(),
    )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
