"""The log's public key, on which all that is believed rests: given, or the registry's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.model.ports import Registry

LONGEST = 4096


def read_log_key(session: Session, file: str) -> str:
    """Read a log's public key from a file of one line.

    Raises:
        UnreadableError: There is none.
    """
    from weighbridge.ledger.note import NoteError, read_verifier_key, write_verifier_key
    from weighbridge.model.errors import UnreadableError

    try:
        text = session.read(file, limit=LONGEST).decode()
        return write_verifier_key(read_verifier_key(text.removesuffix("\n")))
    except (UnicodeDecodeError, NoteError) as error:
        why = error if isinstance(error, NoteError) else "it is no text"
        raise UnreadableError(
            f"{file} holds no log key: {why}",
            wanted="a log's public key, as in the `log.pub` of a registry",
        ) from error


def log_key_of(session: Session, file: str | None, registry: Registry) -> str:
    """Return the key that was given, or the one that lies in the registry."""
    return registry.log_key if file is None else read_log_key(session, file)
