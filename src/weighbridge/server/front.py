"""What is in front of the server: who really asks, and what no honest client ever sends.

What proxies say of a request (X-Forwarded-For, -Proto, -Host) counts if the connection comes from
one that was declared; anybody else could say it of himself, and what he says is taken away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import (
    Fault,
    NotAllowedError,
    RequestError,
    SettingsError,
    TooMuchError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from starlette.types import Scope

    Networks = tuple[IPv4Network | IPv6Network, ...]
    Address = IPv4Address | IPv6Address

_FORWARDED: Final = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}
)
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
_LARGEST: Final = 48 << 10
"""Bytes of all headers; what reads them counts only those that are not whole yet."""
_ONCE: Final = (b"host", b"content-length", b"content-type", b"authorization")
"""Headers that another reader might take another one of, if there are two."""


def networks(texts: Iterable[str], *, name: str) -> Networks:
    """Read networks (`10.0.0.0/8`, `::1`).

    Args:
        texts: The networks.
        name: What they are called in the settings.

    Raises:
        SettingsError: One of them is none.
    """
    found = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError as error:
            raise SettingsError(
                f"{name} has no network there", seen=text, wanted="10.0.0.0/8", cause=str(error)
            ) from error
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What stands between the server and who asks.

    Attributes:
        trusted: Networks of proxies that are believed.
        peers: Networks that may read metrics without a credential.
        only_trusted: Whether nobody else is answered: what is spoken with them is in the clear.
    """

    trusted: Networks = ()
    peers: Networks = ()
    only_trusted: bool = False

    def meet(self, scope: Scope) -> tuple[int, Fault] | None:
        """Find out who really asks; return what is wrong with the request, with its status.

        The scope's `client`, `scheme` and headers are then those of who asks.
        """
        if wrong := _ambiguous(scope):
            return 400, Fault(RequestError.code, wrong)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _LARGEST:
            return 431, Fault(TooMuchError.code, "the head of the request is too large")
        peer = _address(scope["client"][0]) if scope.get("client") else None
        said = {name: value for name, value in scope["headers"] if name in _FORWARDED}
        believed = _within(peer, self.trusted)
        scope["state"]["near"] = not said and (_loopback(peer) or _within(peer, self.peers))
        if self.only_trusted and not believed and not _loopback(peer):
            fault = Fault(
                NotAllowedError.code,
                "this server answers through its proxies alone",
                help=("ask the proxy, by its https address",),
            )
            return 403, fault
        if not said:
            return None
        scope["headers"] = [one for one in scope["headers"] if one[0] not in _FORWARDED]
        return self._believe(scope, said) if believed else None

    def _believe(self, scope: Scope, said: dict[bytes, bytes]) -> tuple[int, Fault] | None:
        hops = said.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for hop in reversed(hops):
            address = _address(hop.strip())
            if address is None:
                break
            scope["client"] = (str(address), 0)
            if not _within(address, self.trusted):
                break
        scheme = said.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        if scheme in {"http", "https"}:
            scope["scheme"] = scheme
        host = said.get(b"x-forwarded-host", b"").decode("latin-1").strip()
        if host and not _HOST.fullmatch(host):
            return 400, Fault(RequestError.code, "X-Forwarded-Host is no host")
        if host:
            others = [one for one in scope["headers"] if one[0] != b"host"]
            scope["headers"] = [(b"host", host.encode("latin-1")), *others]
        return None


NOTHING: Final = Front()
"""Nothing: whoever connects is who asks."""


def _ambiguous(scope: Scope) -> str:
    """Say what two readers of the request could understand differently; empty if nothing."""
    names = [name for name, _ in scope["headers"]]
    for name in _ONCE:
        if names.count(name) > 1:
            return f"{name.decode()} is there twice"
    if b"content-length" in names and b"transfer-encoding" in names:
        return "the body has two lengths"
    return ""


@lru_cache(maxsize=1_024)
def _address(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _within(address: Address | None, among: Networks) -> bool:
    return address is not None and any(address in one for one in among)


def _loopback(address: Address | None) -> bool:
    return address is not None and address.is_loopback
