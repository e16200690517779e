"""The file of a backup: a tar with one spelling, there whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import tarfile
from typing import TYPE_CHECKING

from weighbridge.adapters.files import lasting, storing
from weighbridge.model.errors import PackError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.model.ports import ByteSource

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
_CHUNK = 1 << 20


class _Reading(io.RawIOBase):
    """A source as a file that is read forwards."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        return self._source.read(size)


class BackupFile:
    """A backup on its way into its file."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        """Write into an archive."""
        self._tar = tar

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        self._tar.addfile(_member(name, len(data)), io.BytesIO(data))

    def add_from(self, name: str, source: ByteSource) -> None:
        """Add a member of any size."""
        self._tar.addfile(_member(name, source.size), _Reading(source))


@contextlib.contextmanager
def writing(path: Path, *, private: bool) -> Iterator[BackupFile]:
    """Write a backup; the file appears when all of it is there.

    Args:
        path: Where it is to lie; nothing is replaced.
        private: Whether it holds private keys: then it is for its owner's eyes only.

    Raises:
        StorageError: There is such a file, or it cannot be written.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    with storing(path), lasting(path.parent):
        descriptor = os.open(temporary, _NEW, 0o600 if private else 0o644)
        try:
            with os.fdopen(descriptor, "wb") as file:
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    yield BackupFile(tar)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(temporary)
        except FileExistsError as error:
            help_ = ["name a file that does not exist"]
            raise StorageError(f"{path} is there already", help=help_) from error
        finally:
            temporary.unlink(missing_ok=True)


class BackupArchive:
    """A backup that is read."""

    def __init__(self, tar: tarfile.TarFile, name: str) -> None:
        """Read from an archive; only plain files are looked at.

        Raises:
            PackError: It is damaged.
        """
        self._tar = tar
        self._name = name
        self._members: dict[str, tarfile.TarInfo] = {}
        with self._explaining():
            for one in tar:
                if not one.isreg() or one.name in self._members:
                    raise PackError(f"{name} is no backup of a registry", seen=ascii(one.name))
                self._members[one.name] = one

    def names(self) -> Iterable[str]:
        """List the names of its members, in their order."""
        return self._members

    def read(self, name: str, *, most: int) -> bytes:
        """Read a member."""
        if name not in self._members or self._members[name].size > most:
            raise PackError(f"{self._name} is no backup of a registry", wanted=name)
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Read a member piece by piece."""
        with self._explaining():
            file = self._tar.extractfile(self._members[name])
            while file is not None and (chunk := file.read(_CHUNK)):
                yield chunk

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise PackError(f"{self._name} is damaged", cause=str(error)) from error


@contextlib.contextmanager
def reading(path: Path) -> Iterator[BackupArchive]:
    """Open a backup.

    Raises:
        PackError: It is none, or damaged.
        StorageError: It cannot be read.
    """
    with contextlib.ExitStack() as stack:
        with storing(path):
            file = stack.enter_context(path.open("rb"))
        try:
            tar = stack.enter_context(tarfile.open(fileobj=file, mode="r:"))
        except tarfile.TarError as error:
            raise PackError(f"{path} is no backup of a registry", cause=str(error)) from error
        yield BackupArchive(tar, str(path))


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    return member
