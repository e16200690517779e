"""Fetch an archive of records from an address: by https, or from this very machine.

It is written to a file of its own and read from there like any other. Redirections are followed
to places that are allowed, too; nothing that identifies the user is sent.
"""

from __future__ import annotations

import contextlib
import ipaddress
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.files import storing
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.model.limits import DEFAULT_ADVISORY_LIMITS, AdvisoryLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_REDIRECTS = 5
_SECONDS = 60.0
_OK = 200


@contextlib.contextmanager
def fetched(address: str, *, limits: AdvisoryLimits = DEFAULT_ADVISORY_LIMITS) -> Iterator[Path]:
    """Fetch what lies at an address; the file is gone afterwards.

    Raises:
        UsageError: The address is not to be fetched from.
        UnavailableError: It cannot be had, or is too large.
    """
    try:
        import httpx  # noqa: PLC0415 - few fetch
    except ImportError as error:
        raise UnavailableError(
            "fetching needs httpx",
            help=['pip install "weighbridge[oci]"', "or download it, and name the file"],
        ) from error
    with tempfile.TemporaryDirectory(prefix="weighbridge-") as folder:
        path = Path(folder) / "fetched.zip"
        try:
            with httpx.Client(timeout=_SECONDS, follow_redirects=False) as client:
                _fetch(client, address, path, limits)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            shown = plain_address(address)
            raise UnavailableError(f"{shown} cannot be fetched: {error}") from error
        yield path


def _fetch(client: httpx.Client, address: str, path: Path, limits: AdvisoryLimits) -> None:
    for _ in range(_REDIRECTS + 1):
        _check(address)
        with client.stream("GET", address) as answer:
            if answer.is_redirect and answer.next_request is not None:
                address = str(answer.next_request.url)
                continue
            if answer.status_code != _OK:
                raise UnavailableError(
                    f"{plain_address(address)} cannot be fetched",
                    seen=f"{answer.status_code} {answer.reason_phrase}",
                )
            _write(answer, address, path, limits)
            return
    raise UnavailableError(f"{plain_address(address)} leads on and on")


def _write(answer: httpx.Response, address: str, path: Path, limits: AdvisoryLimits) -> None:
    size = 0
    with storing(path), path.open("wb") as file:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > limits.archive:
                most = f"at most {limits.archive >> 30} GiB"
                raise UnavailableError(f"{plain_address(address)} is too large", wanted=most)
            file.write(chunk)


def _check(address: str) -> None:
    """Refuse an address whose bytes anybody on the way could change."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return
    raise UsageError(
        f"{plain_address(address)} is not fetched",
        wanted="an address of https",
        cause="on the way anybody could change what comes over http",
        help=["download it, and name the file"],
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, without asking anybody."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def plain_address(address: str) -> str:
    """Write an address without the credentials and the query it may hold."""
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(address)
    host = (parts.netloc or "").rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
