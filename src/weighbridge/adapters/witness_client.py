"""Ask a witness over HTTP.

What comes back is worth what its signatures are worth: plain `http` will do.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from weighbridge.adapters.posting import LONGEST, Reply, post
from weighbridge.model.errors import UsageError

_CALL = "add-checkpoint"
_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


def check_url(url: str) -> str:
    """Return the submission prefix of a witness.

    Raises:
        UsageError: It is no address a witness could have.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain or not printable:
        wanted = "http:// or https://, a host, and a path at most"
        raise UsageError(f"{url!r} is no address of a witness", seen=url, wanted=wanted)
    return url


def ask_witness(url: str, body: bytes, *, longest: float = LONGEST) -> Reply:
    """Post a request to a witness.

    Args:
        url: Its submission prefix.
        body: The request.
        longest: Seconds it may take.

    Raises:
        UsageError: It is no address a witness could have.
        UnavailableError: There is no answer, or one that is too long.
    """
    return post(f"{check_url(url).rstrip('/')}/{_CALL}", body, headers=_HEADERS, longest=longest)
