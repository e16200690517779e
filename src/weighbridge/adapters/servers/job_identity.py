"""What a CI says a job is, as a token its OIDC provider signed: asked of GitHub, or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from weighbridge.adapters.secret_files import read_secret
from weighbridge.model.errors import LoginError, PassphraseError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from weighbridge.adapters.remote.connection import Connection

FILE: Final = "WEIGHBRIDGE_ID_TOKEN_FILE"
"""Names a file that holds the token."""
_URL: Final = "ACTIONS_ID_TOKEN_REQUEST_URL"
_SECRET: Final = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"  # noqa: S105 - its name, not a token
_LONGEST: Final = 16_384


def job_token(
    environ: Mapping[str, str],
    *,
    audience: str,
    start: Path,
    connect: Callable[[str, str], Connection],
) -> str:
    """Find the token of the job that runs.

    Args:
        environ: The job's environment.
        audience: For whom the token is to be.
        start: What the name of the file is relative to.
        connect: Opens what is at an address, asked with a secret.

    Raises:
        LoginError: Nobody says which job this is.
    """
    if named := environ.get(FILE):
        return _checked(_of_file(start / named), FILE)
    url, secret = environ.get(_URL), environ.get(_SECRET)
    if not url or not secret:
        raise LoginError(
            "nobody says which job this is",
            wanted=f"{FILE}, or the identity of a GitHub job",
            help=["let the job have an identity (GitHub: permissions: id-token: write)"],
        )
    try:
        parts = urlsplit(url)
        params = {**dict(parse_qsl(parts.query)), "audience": audience}
        address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        connection = connect(address, secret)
        try:
            found = connection.document("", params=params)
        finally:
            connection.close()
    except (WeighbridgeError, ValueError) as error:
        # From None: what is quoted could be an address with something secret in it.
        raise LoginError("the CI does not say which job this is", cause=str(error)) from None
    return _checked(str(found.get("value") or ""), _URL)


def _of_file(path: Path) -> str:
    try:
        return read_secret(path, follow=True).strip()
    except PassphraseError as error:
        help_ = error.faults[0].help
        raise LoginError(f"{FILE} cannot be used: {error}", help=help_) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{path} cannot be read: {reason}"
        raise LoginError(message, cause=f"{FILE} names it") from error


def _checked(token: str, origin: str) -> str:
    """Take what looks like a token; nothing of another thing is repeated."""
    if token.count(".") != 2 or len(token) > _LONGEST or not token.isascii() or " " in token:  # noqa: PLR2004 - a JWT's
        raise LoginError(f"{origin} gives no token", wanted="a JWT")
    return token
