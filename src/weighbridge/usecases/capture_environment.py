"""Capture a Python environment and the machine it lies on; nothing of either is run.

`check --environment` has the same files verified, and judges what comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import ObservedLock, Unavailable
from weighbridge.model.host import CapturedEnvironment
from weighbridge.model.lock import Lock
from weighbridge.probes.credentials import credential_in, may_have_shape
from weighbridge.probes.host import observe_host
from weighbridge.probes.python.interpreter import observe_interpreter
from weighbridge.probes.python.observing import observe_place
from weighbridge.probes.python.places import find_place, named_place
from weighbridge.probes.python.verifying import verify_installed
from weighbridge.probes.python.wheels import Wheels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from weighbridge.model.host import Host
    from weighbridge.model.installed import InstalledFiles
    from weighbridge.model.reading import FileReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How the files of an environment are to be verified.

    Attributes:
        reader: Who digests them.
        wheels: Folder of wheels to hold RECORDs against, as far as a lock names them.
    """

    reader: FileReader
    wheels: Path | None = None


def observe_environment(
    root: Path,
    verification: Verification,
    *,
    environ: Mapping[str, str],
    locks: Iterable[ObservedLock | Unavailable] = (),
) -> tuple[InstalledFiles | Unavailable, Host]:
    """Verify the environment beside a release, and look at this machine.

    Args:
        root: The manifest's folder.
        verification: How.
        environ: Environment variables.
        locks: Locks that name wheels by their hashes.

    Raises:
        UnreadableError: The folder of wheels is none.
    """
    place = find_place(root, environ=environ)
    host = observe_host(environ=environ)
    if isinstance(place, Unavailable):
        return place, host
    wheels = _wheels(verification, locks)
    return verify_installed(place, reader=verification.reader, wheels=wheels), host


def capture_environment(
    path: str | None,
    verification: Verification,
    *,
    start: Path,
    environ: Mapping[str, str],
    locks: Iterable[ObservedLock | Unavailable] = (),
) -> CapturedEnvironment:
    """Capture an environment: the one named, else one beside, else the active or running one.

    Args:
        path: Its folder, or the Python in it.
        verification: How its files are to be verified.
        start: The folder relative paths and the search begin at.
        environ: Environment variables.
        locks: Locks that name wheels by their hashes.

    Raises:
        UnreadableError: There is no environment at that path, or the folder of wheels is none.
    """
    if path is None:
        place = find_place(start, environ=environ)
    else:
        place = named_place(start / path, path)
        if isinstance(place, Unavailable):
            help_ = [place.hint] if place.hint else []
            raise UnreadableError(place.reason, help=help_)
    host = observe_host(environ=environ)
    if isinstance(place, Unavailable):
        return CapturedEnvironment(python=place, interpreter=place, installed=place, host=host)
    wheels = _wheels(verification, locks)
    return CapturedEnvironment(
        python=observe_place(place),
        interpreter=observe_interpreter(place),
        installed=verify_installed(place, reader=verification.reader, wheels=wheels),
        host=host,
    )


def _wheels(
    verification: Verification, locks: Iterable[ObservedLock | Unavailable]
) -> Wheels | None:
    folder = verification.wheels
    if folder is None:
        return None
    if not folder.is_dir():
        raise UnreadableError(f"{folder} is not a folder", help=["name the folder of the wheels"])
    read = [one.lock for one in locks if isinstance(one, ObservedLock)]
    return Wheels(folder, [lock for lock in read if isinstance(lock, Lock)])


def masked(document: dict[str, Any]) -> dict[str, Any]:
    """Hide every text of a document that is a credential, whoever put it there."""
    hidden: dict[str, Any] = _masked(document, "", may_have_shape(_texts(document)))
    return hidden


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - a document of plain values
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _texts(member)


def _masked(value: Any, name: str, shaped: bool) -> Any:  # noqa: ANN401, FBT001 - see `_texts`
    if isinstance(value, dict):
        return {key: _masked(member, key, shaped) for key, member in value.items()}
    if isinstance(value, list):
        return [_masked(member, name, shaped) for member in value]
    if isinstance(value, str):
        taken_for = credential_in(value, name, shaped=shaped)
        return value if taken_for is None else f"({taken_for})"
    return value
