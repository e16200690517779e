"""What sinks were told so far: one file beside a registry, and a lock that keeps senders apart."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.files import write_file
from weighbridge.model.notification import Standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILE = "notified.json"
WARNED = "warned.json"
_LOCK = "notified.lock"
_MEMBERS = {
    "after": int,
    "failures": int,
    "not_before": str,
    "reason": str,
}


class FolderOutbox:
    """The outbox of a registry in a folder."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self._folder = folder

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Tell whether nobody else is sending, and keep others from it meanwhile."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def standings(self) -> dict[str, Standing]:
        """Return how far each sink has been told; of what cannot be read nothing is known."""
        try:
            found: Any = json.loads((self._folder / FILE).read_bytes())
            return {str(name): _standing(one) for name, one in found.items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
            return {}

    def keep(self, standings: Mapping[str, Standing]) -> None:
        """Remember all of them.

        Raises:
            StorageError: The file could not be written.
        """
        document = {
            name: {
                "after": one.after,
                "failures": one.failures,
                "not_before": one.not_before,
                "reason": one.reason,
                "given_up": list(one.given_up),
            }
            for name, one in sorted(standings.items())
        }
        write_file(self._folder / FILE, (json.dumps(document, indent=2) + "\n").encode())

    def warned(self, day: str) -> dict[str, frozenset[str]]:
        """Return of what each sink was warned on a day; of what cannot be read nothing is known."""
        try:
            found: Any = json.loads((self._folder / WARNED).read_bytes())
            if found["day"] != day:
                return {}
            return {str(name): frozenset(map(str, keys)) for name, keys in found["sinks"].items()}
        except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
            return {}

    def keep_warned(self, day: str, warned: Mapping[str, frozenset[str]]) -> None:
        """Remember it, and forget other days.

        Raises:
            StorageError: The file could not be written.
        """
        sinks = {name: sorted(keys) for name, keys in sorted(warned.items())}
        document = json.dumps({"day": day, "sinks": sinks}, indent=2) + "\n"
        write_file(self._folder / WARNED, document.encode())


def _standing(found: Any) -> Standing:  # noqa: ANN401 - nobody has validated it yet
    for name, kind in _MEMBERS.items():
        if type(found[name]) is not kind:
            raise TypeError(name)
    given_up = tuple(found["given_up"])
    if found["after"] < 0 or found["failures"] < 0 or any(type(at) is not int for at in given_up):
        raise ValueError(found)
    return Standing(**{name: found[name] for name in _MEMBERS}, given_up=given_up)
