"""Signing for people of a team: with keys this server holds for them, and says that it does.

The server signs for a person while he sits at a browser and proved within five minutes to be
himself. That alone would be the server's word. So owners have to trust the key for that very
person, as one this server holds: whoever reads the ledger sees that it signed, in whose name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.kept_keys import file_stem
from weighbridge.gate.times import moment
from weighbridge.model.errors import Fault, LoginError, NotAllowedError, OwnerlessError
from weighbridge.model.trust import TrustError, check_time, server_holding
from weighbridge.seal.judging import refuse_holder
from weighbridge.seal.keys import public_pem
from weighbridge.server.login.id_token import SKEW
from weighbridge.server.signing import KeptKey, Standing, refusal, trust_now

if TYPE_CHECKING:
    from weighbridge.adapters.kept_keys import KeptKeys
    from weighbridge.adapters.private_keys import KeySigner
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.model.team.account import Identity

FRESH_LOGIN: Final = 300
"""Seconds after a login within which the server signs for who logged in."""
_AGAIN: Final = "log in again: /login?again=true"
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


class KeptSigners:
    """Signs with keys the server holds."""

    keeps = True

    def __init__(
        self, keys: KeptKeys, *, registry: Registry, origin: str, asks_roles: bool = False
    ) -> None:
        """Take the keys.

        Args:
            keys: One a person.
            registry: Whose owners trust them.
            origin: What owners know this server by.
            asks_roles: Whether the groups of a login must stand for a role.
        """
        self._keys, self._registry, self._origin = keys, registry, origin
        self._asks_roles = asks_roles

    def standing(self, identity: Identity, *, now: str) -> Standing:
        """Say what would sign. It reads the ledger, so not where nothing may wait.

        Raises:
            KeyFileError: The key held for who asks cannot be used.
            LedgerError: The ledger does not prove whom owners trust.
        """
        return self._standing(identity, now)[0]

    def signer(self, identity: Identity, *, now: str) -> AnySigner:
        """Return what signs; see `Signers`."""
        standing, signer = self._standing(identity, now)
        if standing.fault is not None or signer is None:
            raise refusal(standing.fault or _nothing())
        return signer

    def kept(self, identity: Identity) -> KeptKey | None:
        """Return the key held in the name of who asks."""
        if _refuse_asker(identity):
            return None
        signer = self._keys.find(identity.person)
        return None if signer is None else self._told(identity.person, signer)

    def make(self, identity: Identity, *, now: str) -> KeptKey:
        """Hold a key in the name of who asks; nothing counts before owners trust it."""
        del now
        if fault := _refuse_asker(identity):
            raise refusal(fault)
        return self._told(identity.person, self._keys.make(identity.person))

    def _standing(self, identity: Identity, now: str) -> tuple[Standing, KeySigner | None]:
        if fault := _refuse_asker(identity):
            return Standing(fault=fault), None
        signer = self._keys.find(identity.person)
        if signer is None:
            return Standing(fault=_nothing()), None
        key = signer.public.spki_digest
        try:
            trust = trust_now(self._registry)
        except OwnerlessError as error:
            return Standing(key=key, held_by=self._origin, fault=error.faults[0]), None
        trusted = trust.find(key)
        fresh = _fresh_until(identity.authenticated, now)
        fault = None
        if trusted is None:
            fault = self._refuse("nobody trusts the key yet that signs for you", identity, signer)
        elif trusted.person != identity.person:
            fault = self._refuse("the key that signs for you is another's", identity, signer)
        elif server_holding(trusted) != self._origin:
            what = "owners did not say that this server holds the key that signs for you"
            fault = self._refuse(what, identity, signer, seen=server_holding(trusted))
        elif no := refuse_holder(key, snapshot=trust, at=now, roles=trusted.roles):
            message = f"the key does not count: {no.reason.value.replace('-', ' ')}"
            fault = Fault(NotAllowedError.code, message, seen=no.seen, wanted=no.wanted)
        elif self._asks_roles and identity.roles.isdisjoint(trust.roles):
            # Which role what is said needs, is asked of what is said; without any, nothing may be.
            message = "the groups of this login stand for no role that owners gave to anybody"
            help_ = ("see [roles] in the server's settings; groups are read at login",)
            fault = Fault(NotAllowedError.code, message, help=help_)
        elif not fresh or now > fresh:
            fault = _stale(identity)
        standing = Standing(
            person="" if trusted is None else trusted.person,
            key=key,
            held_by=self._origin,
            fresh_until=fresh,
            fault=fault,
        )
        return standing, signer

    def _refuse(
        self, message: str, identity: Identity, signer: KeySigner, *, seen: str = ""
    ) -> Fault:
        return Fault(
            NotAllowedError.code,
            message,
            seen=seen,
            wanted=f"a key of {identity.person}, held by {self._origin}",
            help=(f"an owner runs: {self._told(identity.person, signer).command}",),
        )

    def _told(self, person: str, signer: KeySigner) -> KeptKey:
        import shlex  # noqa: PLC0415 - where somebody is told what to run

        file = f"{file_stem(person)}.pub"
        named = f"--person {shlex.quote(person)} --role ROLE --held-by {self._origin}"
        return KeptKey(
            digest=signer.public.spki_digest,
            pem=public_pem(signer.public).decode(),
            file=file,
            command=f"weighbridge key trust {file} {named}",
        )


def _refuse_asker(identity: Identity) -> Fault | None:
    """Say why nothing is signed for who asks, whatever the ledger says; None if it may be."""
    if identity.is_person and identity.browser and identity.person:
        return None
    return Fault(
        NotAllowedError.code,
        "this server signs for who logged in with a browser, and for nothing left with a token",
        seen=identity.via.value,
        wanted="the session of a browser",
        help=("/login",),
    )


def _nothing() -> Fault:
    return Fault(
        NotAllowedError.code,
        "there is no key yet to sign with for you",
        help=("have this server make one (/access/key), and an owner trust it",),
    )


def _stale(identity: Identity) -> Fault:
    return Fault(
        LoginError.code,
        "you have not proved lately to be yourself",
        seen=identity.authenticated or "at no known time",
        wanted=f"a login within {FRESH_LOGIN} seconds",
        help=(_AGAIN,),
    )


def _fresh_until(authenticated: str, now: str) -> str:
    """Say until when a login is fresh; empty if it is of no time, or of the future.

    Clocks of servers differ a little: what is only just ahead is taken as of now.
    """
    try:
        at, present = moment(check_time(authenticated)), moment(now)
    except TrustError:
        return ""
    if at > present + timedelta(seconds=SKEW):
        return ""
    return (min(at, present) + timedelta(seconds=FRESH_LOGIN)).strftime(_FORM)
