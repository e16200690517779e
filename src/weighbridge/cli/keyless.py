"""`--key sigstore`: act as an identity instead of the holder of a key."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.cli.console import Session
    from weighbridge.model.keyless import IdentitySigner
    from weighbridge.model.sigstore_root import SigstoreRoot

CONFIG = "WEIGHBRIDGE_SIGSTORE_CONFIG"
"""Names a file with a signing configuration; without it, Sigstore's own services are asked."""
TOKEN = "WEIGHBRIDGE_SIGSTORE_TOKEN_FD"  # noqa: S105 - its name, not a token
"""Names an open file descriptor to read an OIDC token from."""
LONGEST = 1 << 16
"""Bytes of a token, at most."""


def open_identity(session: Session) -> IdentitySigner:
    """Get a certificate for whoever a token, the CI or a login says acts here.

    Raises:
        UsageError: The network must not be used, or owners have published no root.
        LoginError: Nobody says who acts.
        UnavailableError: The extra is not installed, or a service does not answer.
    """
    from weighbridge.adapters.keyless.signing import identity_signer, interactive_token
    from weighbridge.cli.streams import is_watched
    from weighbridge.model.errors import UsageError

    if session.globals.offline:
        message = "an identity signs over the network, which --offline forbids"
        raise UsageError(message, help=["leave --offline out, or sign with a key: --key NAME"])
    config = session.environ.get(CONFIG)
    return identity_signer(
        _root(session),
        config=None if config is None else str(session.start / config),
        ask=interactive_token if is_watched(sys.stdin) else None,
        token=_token(session.environ),
    )


def _root(session: Session) -> SigstoreRoot:
    """Read the root that owners published: by another, the signature would not count here."""
    from weighbridge.model.errors import UsageError
    from weighbridge.model.keyless import RootlessError
    from weighbridge.usecases.believed import believe, control_state
    from weighbridge.usecases.keyless import PublishedRoot

    registry = session.registry()
    with registry.reading() as view:
        state = control_state(believe(view, log_key=registry.log_key), registry.blobs)
    try:
        return PublishedRoot(state, registry.blobs).root()
    except RootlessError as error:
        help_ = ["weighbridge advisories update --from trusted_root.json"]
        raise UsageError(f"an identity cannot sign here: {error}", help=help_) from error


def _token(environ: Mapping[str, str]) -> str | None:
    """Read the token of a descriptor, if one is named."""
    from weighbridge.model.errors import LoginError

    number = environ.get(TOKEN)
    if number is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", number):
        # Not quoted: it may be the token, put there by mistake.
        raise LoginError(f"{TOKEN} holds no number", wanted="an open file descriptor, such as 3")
    try:
        with os.fdopen(int(number), "rb", closefd=False) as file:
            text = file.read(LONGEST).decode().strip()
    except UnicodeDecodeError:
        raise LoginError(f"what the descriptor {number} gives is not UTF-8") from None
    except OSError as error:
        message = f"the token could not be read from the descriptor {number}"
        raise LoginError(message, cause=str(error), help=["leave it open: 3<FILE"]) from error
    if not text:
        raise LoginError(f"the descriptor {number} gives no token")
    return text
