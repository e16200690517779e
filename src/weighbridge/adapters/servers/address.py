"""Addresses of servers: https, or this very machine; nothing secret is sent anywhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from weighbridge.adapters.advisories.fetching import is_loopback, plain_address
from weighbridge.model.errors import UsageError

_PORTS = {"https": 443, "http": 80}


def is_server(text: str) -> bool:
    """Tell whether what a user named is a server: an address, not a folder or a database."""
    return text.lower().startswith(("https://", "http://"))


def server_address(text: str) -> str:
    """Write the address of a server in one way: what it is known by.

    Returns:
        Scheme, host, port if it is not the scheme's own, and path; no slash at its end.

    Raises:
        UsageError: It is none, or what is said there could be read on the way.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise UsageError("that is no address of a server", cause=str(error)) from error
    shown = plain_address(text)
    if parts.scheme not in _PORTS or not host or not host.isascii():
        raise UsageError(f"{shown} is no address of a server", wanted="https://HOST")
    if parts.username is not None or parts.query or parts.fragment:
        wanted = "https://HOST[:PORT][/PATH], and nothing else"
        raise UsageError(f"{shown} is no address of a server", wanted=wanted)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(
            f"{shown} is not asked",
            wanted="an address of https",
            cause="on the way anybody could read what one is let in with",
        )
    named = f"[{host}]" if ":" in host else host
    where = named if port in {None, _PORTS[parts.scheme]} else f"{named}:{port}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"
