"""An OpenID provider, as far as it is believed: its endpoints, its keys, what it signed.

Nothing it says leads anywhere but to https or this very machine; no redirect is followed; answers
are short and quick, or none. Keys are asked for anew if a token names one that is not known, but
not more often than once in a while, and one question at a time; nor soon again if there was no
answer: whoever sends tokens does not make us ask.
"""

from __future__ import annotations

import asyncio
import json
import time
import warnings
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from weighbridge.adapters.advisories.fetching import is_loopback
from weighbridge.model.errors import LoginError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "Ed25519")
"""Those of public keys alone: with a secret one, whoever checks could sign."""
_LARGEST: Final = 1 << 18
KEPT: Final = 300.0
"""Seconds for which endpoints and keys are remembered; a withdrawn key counts no longer."""
_AGAIN: Final = 30.0
_FAILED: Final = 5.0
"""Seconds for which it is not asked again for keys that were not to be had."""
_TOKEN: Final = 16_384


class HttpProvider:
    """A provider one can ask (OpenID Connect Discovery 1.0, RFC 7517)."""

    def __init__(
        self,
        issuer: str,
        *,
        http: httpx.AsyncClient,
        setting: str = "[oidc]",
        kept: float = KEPT,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Name it; nothing is asked yet.

        Args:
            issuer: Its issuer, exactly as its tokens name it.
            http: Follows no redirects, and has a time limit.
            setting: The table of the server's settings that names it.
            kept: Seconds for which endpoints and keys are remembered.
            ticks: Tells seconds.
        """
        self._issuer, self._http, self._kept, self._ticks = issuer, http, kept, ticks
        self._setting = setting
        self._about: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._failed: tuple[float, str] | None = None
        self._asking = asyncio.Lock()

    async def endpoint(self, name: str) -> str:
        """Return an endpoint.

        Raises:
            UnavailableError: The provider does not say, or not as it must.
        """
        about = await self._discovered()
        found = about.get(name)
        if not isinstance(found, str):
            raise self._unfit(f"it names no {name}")
        return self._reachable(found)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that a key of the provider signed; nobody judged them yet.

        Args:
            token: The token (RFC 7519, compact).

        Raises:
            LoginError: No key of the provider signed it.
            UnavailableError: Its keys are not to be had.
        """
        if len(token) > _TOKEN:
            raise LoginError("the token is too long", seen=f"{len(token)} characters")
        try:
            return self._signed(token, await self._key_set(fresh=False))
        except LoginError:
            # The key may be a new one.
            return self._signed(token, await self._key_set(fresh=True))

    def _signed(self, token: str, keys: KeySet) -> Mapping[str, Any]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)
                found = jwt.decode(token, keys, registry=JWSRegistry(algorithms=list(ALGORITHMS)))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise LoginError("no key of the provider signed this") from error
        return found.claims

    async def _discovered(self) -> Mapping[str, Any]:
        if self._about is None or self._ticks() - self._about[0] > self._kept:
            address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
            about = await self._read(self._reachable(address))
            if about.get("issuer") != self._issuer:
                raise self._unfit("it calls itself otherwise")
            self._about = (self._ticks(), about)
        return self._about[1]

    async def _key_set(self, *, fresh: bool) -> KeySet:
        async with self._asking:
            lasts = _AGAIN if fresh else self._kept
            if self._keys is not None and self._ticks() - self._keys[0] <= lasts:
                return self._keys[1]
            failed, wait = self._failed, min(self._kept, _FAILED)
            if failed is not None and self._ticks() - failed[0] < wait:
                raise self._unfit(failed[1])
            try:
                keys = await self._asked_keys()
            except UnavailableError as error:
                self._failed = (self._ticks(), error.faults[0].cause)
                raise
            self._keys = (self._ticks(), keys)
            return keys

    async def _asked_keys(self) -> KeySet:
        found = await self._read(await self.endpoint("jwks_uri"))
        try:
            return KeySet.import_key_set(found)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._unfit("its keys cannot be read") from error

    async def _read(self, address: str) -> dict[str, Any]:
        """Ask for a document."""
        import httpx  # noqa: PLC0415 - heavy

        try:
            async with self._http.stream("GET", address, follow_redirects=False) as answer:
                data = b""
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > _LARGEST:
                        raise self._unfit("it says more than is read")
                if answer.status_code != httpx.codes.OK:
                    raise self._unfit(f"it answers {answer.status_code}")
            found = json.loads(data)
        except httpx.HTTPError as error:
            raise self._unfit(type(error).__name__) from error
        except (ValueError, RecursionError) as error:
            raise self._unfit("it answers with no JSON") from error
        if not isinstance(found, dict):
            raise self._unfit("it answers with no JSON object")
        return found

    def _reachable(self, address: str) -> str:
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError as error:
            raise self._unfit("it names what is no address") from error
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        if not safe or not host or parts.username is not None:
            raise self._unfit("it names an address that is not https")
        return address

    def _unfit(self, why: str) -> UnavailableError:
        return UnavailableError(
            f"the provider of {self._setting} cannot be asked",
            seen=self._issuer,
            cause=why,
            help=[f"see {self._setting} in the server's settings"],
        )
