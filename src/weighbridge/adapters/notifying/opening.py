"""Open the way to somebody who is told of what happens."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.notifying.webhook import Chat, Webhook
from weighbridge.adapters.secret_files import read_secret
from weighbridge.model.errors import SettingsError

if TYPE_CHECKING:
    from weighbridge.model.notification import Channel, Sink
    from weighbridge.model.ports import Reads


def open_channel(sink: Sink, folder: Path, *, blobs: Reads | None = None) -> Channel:
    """Open the way to a sink.

    Args:
        sink: Who is told.
        folder: The folder relative paths of secrets start at.
        blobs: Where the manifests of releases are read, for who needs more than an entry says.

    Raises:
        PassphraseError: The file of a secret holds none, or may be read by everybody.
        SettingsError: It cannot be read.
    """
    secret = _secret(sink, folder) if sink.secret_file else ""
    if sink.kind == "chat":
        return Chat(sink.url)
    if sink.kind == "webhook":
        return Webhook(sink.url, secret=secret, clock=time.time)
    if sink.kind == "mlflow":
        from weighbridge.adapters.mlflow.aliases import Aliases  # noqa: PLC0415 - few have one

        return Aliases(sink, secret=secret, blobs=blobs)
    from weighbridge.adapters.notifying.mail import Mail  # noqa: PLC0415 - few are told by mail

    return Mail(sink, password=secret)


def _secret(sink: Sink, folder: Path) -> str:
    path = folder / Path(sink.secret_file).expanduser()
    try:
        return read_secret(path, follow=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"the secret of the sink {sink.name} cannot be read: {reason}"
        raise SettingsError(message, seen=str(path)) from error
