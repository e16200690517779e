"""What everybody who speaks HTTP to a server does alike: whom he trusts, and what errors say."""

from __future__ import annotations

import contextlib
import functools
import ssl
from typing import TYPE_CHECKING, Final

from weighbridge.adapters.servers.patience import DroppedError
from weighbridge.model.errors import TransferError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN: Final = 200
"""Characters of what a stranger says that are shown."""


@functools.cache
def trust() -> ssl.SSLContext:
    """Read whom this system trusts, or `SSL_CERT_FILE` and `SSL_CERT_DIR`, once a process."""
    return ssl.create_default_context()


@contextlib.contextmanager
def in_words(place: str) -> Iterator[None]:
    """Turn what httpx raises into words; its errors hold requests, so they are not chained.

    Raises:
        DroppedError: An exchange did not come about, or ended before its end.
        UnavailableError: The place does not speak TLS, or its certificate does not count.
        TransferError: What comes is no HTTP.
    """
    import httpx  # noqa: PLC0415 - an extra

    try:
        yield
    except httpx.ConnectError as error:
        if wrong := _distrusted(_reason(error), place):
            raise wrong from None
        raise DroppedError(_reason(error)) from None
    except httpx.TransportError as error:
        raise DroppedError(_reason(error)) from None
    except (httpx.InvalidURL, httpx.HTTPError) as error:
        raise TransferError(f"{place} answers strangely: {_reason(error)}") from None


def printable(text: str) -> str:
    """Keep of a text what can be printed, and no more than can be read."""
    return "".join(c if c.isprintable() else " " for c in text[:SHOWN])


def _reason(error: Exception) -> str:
    return printable(str(error) or type(error).__name__)


def _distrusted(reason: str, place: str) -> UnavailableError | None:
    """Say why a server is not spoken with, if that is for want of TLS or of trust."""
    if "WRONG_VERSION_NUMBER" in reason:
        help_ = ["name the port that speaks TLS, or http://…, if it is on this machine"]
        return UnavailableError(f"{place} does not speak TLS", help=help_)
    if "CERTIFICATE_VERIFY_FAILED" not in reason:
        return None
    why = reason.partition("certificate verify failed: ")[2].partition(" (_ssl")[0]
    if "mismatch" in why:
        help_ = ["name the server as its certificate does"]
        return UnavailableError(
            f"the certificate of {place} is for another name", cause=why, help=help_
        )
    if "expired" in why or "not yet valid" in why:
        help_ = ["have it renewed by who runs the server", "see that this machine's clock is right"]
        return UnavailableError(
            f"the certificate of {place} does not count now", cause=why, help=help_
        )
    help_ = ["name your own authority's certificate in SSL_CERT_FILE"]
    return UnavailableError(f"the certificate of {place} is not trusted", cause=why, help=help_)
