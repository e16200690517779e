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
        UnavailableError: The certificate of the place is not trusted.
        TransferError: What comes is no HTTP.
    """
    import httpx  # noqa: PLC0415 - an extra

    try:
        yield
    except httpx.ConnectError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise UnavailableError(
                f"the certificate of {place} is not trusted",
                help=["name your own authority's certificate in SSL_CERT_FILE"],
            ) from None
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
