"""Telling those whom a registry tells: what its `notify.toml` names, through which channels."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from weighbridge.adapters.notifying.outbox import FolderOutbox
    from weighbridge.model.notification import Sink, Told
    from weighbridge.model.ports import Registry

FILE = "notify.toml"
LONGEST = 15.0
"""Seconds a command goes on for it; what is left waits for the next one."""


def sinks_of(root: Path) -> Sequence[Sink]:
    """Read who is told.

    Raises:
        SettingsError: The file cannot be read, or names somebody who could not be told.
    """
    from weighbridge.codec.notifying import read_sinks
    from weighbridge.model.errors import SettingsError

    path = root / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        help_ = ["see `docs/how-to/be-told.md`"]
        raise SettingsError(f"{path} cannot be read: {error}", help=help_) from error
    return read_sinks(text, str(path))


def tell_all(
    sinks: Sequence[Sink],
    registry: Registry,
    root: Path,
    *,
    patient: bool = True,
    enough: Callable[[], bool] = lambda: False,
) -> list[Told]:
    """Tell sinks what waits for them; nothing if another process is about it.

    Args:
        sinks: The sinks.
        registry: The registry.
        root: Its folder.
        patient: Whether a sink that failed is left alone until its time comes.
        enough: Tells whether the rest is to wait.
    """
    import time

    from weighbridge.adapters.clock import utc_now
    from weighbridge.adapters.notifying.opening import open_channel
    from weighbridge.usecases.notifying import Filter, tell

    with contextlib.ExitStack() as stack:
        outbox = outbox_of(root)
        if not stack.enter_context(outbox.alone()):
            return []
        end = time.monotonic() + LONGEST
        return tell(
            sinks,
            registry=registry,
            outbox=outbox,
            channel=lambda sink: open_channel(sink, root, blobs=registry.blobs),
            wanted=Filter(sinks, str(root / FILE)),
            now=utc_now(),
            patient=patient,
            enough=lambda: enough() or (patient and time.monotonic() > end),
        )


def outbox_of(root: Path) -> FolderOutbox:
    """Open what is remembered of each sink."""
    from weighbridge.adapters.notifying.outbox import FolderOutbox

    return FolderOutbox(root)
