"""Releases laid out below a delivery's folder: whole or not at all, and looked at anew each time.

A folder is called by the release and by what it is rendered as. Beside its files lies the list of
their digests; a release is laid out anew if one of them is another by now.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.files import storing, write_file
from weighbridge.adapters.new_folder import NewFolder
from weighbridge.model.errors import UnavailableError
from weighbridge.render.haproxy import short_digest
from weighbridge.render.local import PROCESS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.model.delivery_ports import Cargo
    from weighbridge.model.ports import Progress
    from weighbridge.model.rendering import RenderedFile

_LIST: Final = "files.json"
_PYTHON: Final = "python"
_CHUNK: Final = 1 << 20
_RENDERING: Final = 8
_PLAIN: Final = 0o555


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A release that was laid out.

    Attributes:
        folder: Where.
        rendering: Digits that tell what it is rendered as.
    """

    folder: Path
    rendering: str

    @property
    def release(self) -> Path:
        """The folder of its artifacts and locks."""
        return self.folder / "release"

    @property
    def rendered(self) -> Path:
        """The folder of what it is rendered as."""
        return self.folder / "rendered"

    def process(self) -> dict[str, Any]:
        """Read how its process is started.

        Raises:
            UnavailableError: It was not laid out.
        """
        try:
            found: dict[str, Any] = json.loads((self.rendered / PROCESS).read_bytes())
        except (OSError, ValueError) as error:
            raise _missing(self.folder) from error
        return found

    @property
    def python(self) -> str:
        """The Python of its environment.

        Raises:
            UnavailableError: There is none yet.
        """
        try:
            return self._beside.read_text(encoding="utf-8")
        except OSError as error:
            raise _missing(self.folder) from error

    def keep_python(self, python: str) -> None:
        """Remember the Python of its environment: from then on it can be started."""
        write_file(self._beside, python.encode())

    def forget_python(self) -> None:
        """Say that it cannot be started."""
        with storing(self._beside):
            self._beside.unlink(missing_ok=True)

    @property
    def _beside(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.{_PYTHON}")


def _missing(folder: Path) -> UnavailableError:
    return UnavailableError(
        "the release was not laid out here, and cannot be started",
        seen=f"no {folder.name}",
        wanted="a release that was prepared",
        help=["deliver it again: weighbridge deliver NAME --in ENV"],
    )


def place_of(cargo: Cargo, folder: Path) -> LaidOut:
    """Say where a release is laid out.

    Args:
        cargo: The release.
        folder: The folder of all of them.
    """
    digest = rendering_digest(cargo.files)[:_RENDERING]
    return LaidOut(folder / f"{short_digest(cargo.digest)}-{digest}", digest)


def rendering_digest(files: Sequence[RenderedFile]) -> str:
    """Return digits that tell one rendering from another."""
    listed = sorted((one.path, hashlib.sha256(one.content).hexdigest()) for one in files)
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def lay_out(cargo: Cargo, folder: Path, progress: Progress) -> LaidOut:
    """Lay a release out; one that is there as it was is left.

    Args:
        cargo: The release.
        folder: The folder of all of them.
        progress: Is told how many bytes are done.

    Raises:
        RegistryError: Bytes are not what was sealed.
        StorageError: They cannot be written.
    """
    place = place_of(cargo, folder)
    meta = cargo.release.metadata
    known = sum(int(one.size or 0) for one in cargo.release.spec.artifacts)
    progress.start(f"laying out {meta.name}@{meta.version}", known)
    try:
        if not _is_whole(place, progress):
            _write(cargo, place, progress)
    finally:
        progress.finish()
    return place


def _write(cargo: Cargo, place: LaidOut, progress: Progress) -> None:
    place.forget_python()
    with storing(place.folder):
        if place.folder.exists():
            shutil.rmtree(place.folder)
        _sweep(place.folder.parent)
    new = NewFolder(place.folder)
    digests: dict[str, str] = {}

    def write(path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        hasher = hashlib.sha256()

        def passing() -> Iterator[bytes]:
            for chunk in chunks:
                hasher.update(chunk)
                progress.advance(len(chunk))
                yield chunk

        new.write(path, passing(), executable=executable)
        digests[path] = hasher.hexdigest()

    try:
        cargo.lay_out(lambda path, chunks: write(f"release/{path}", chunks))
        for one in cargo.files:
            write(f"rendered/{one.path}", [one.content], executable=one.executable)
        new.folder("release")
        new.write(_LIST, [json.dumps(digests, sort_keys=True).encode()])
        new.commit()
    except BaseException:
        new.discard()
        raise
    with storing(place.folder):
        for path in digests:
            file = place.folder / path
            file.chmod(file.stat().st_mode & _PLAIN)


def _sweep(folder: Path) -> None:
    """Remove what somebody who was killed has left half written."""
    for one in folder.glob(".*.tmp") if folder.is_dir() else ():
        shutil.rmtree(one, ignore_errors=True)


def _is_whole(place: LaidOut, progress: Progress) -> bool:
    """Tell whether all files lie there as they were written, and no others."""
    try:
        known: dict[str, str] = json.loads((place.folder / _LIST).read_bytes())
        found = {
            os.path.relpath(os.path.join(folder, name), place.folder)  # noqa: PTH118 - strings
            for folder, _, names in os.walk(place.folder)
            for name in names
        }
        if found != {*known, _LIST}:
            return False
        return all(
            _digest(place.folder / path, progress) == digest for path, digest in known.items()
        )
    except (OSError, ValueError, AttributeError):
        return False


def _digest(path: Path, progress: Progress) -> str:
    hasher = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
            progress.advance(len(chunk))
    return hasher.hexdigest()
