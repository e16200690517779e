"""`registry import`: lay out the versions of another registry's models, a folder and manifest each.

A version becomes `DIR/MODEL/N`, whole or not at all, with the manifest `init` would write there. It
is written once: what its author does to it afterwards is never touched.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.files import write_file
from weighbridge.adapters.new_folder import NewFolder
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import (
    NotFoundError,
    TransferError,
    UnavailableError,
    UnreadableError,
    UsageError,
)
from weighbridge.model.imports import Imported
from weighbridge.usecases.importing.history import (
    FILE,
    history,
    history_bytes,
    is_line,
    notes_of,
)
from weighbridge.usecases.init import propose
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import slug
from weighbridge.usecases.references import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.imports import (
        ForeignFile,
        ForeignRegistry,
        RegisteredModel,
        RegisteredVersion,
    )
    from weighbridge.model.reading import FileReader
    from weighbridge.usecases.templates import Catalogues

LARGEST = 1 << 40
"""Bytes of one version, at most."""

_LONGEST, _LONGEST_NAME = 1024, 255
"""Characters of a path, and bytes of each of its parts, at most."""

_OURS = {MANIFEST, FILE}
_OBEYED = {".git", ".weighbridge", "weighbridge.toml"}
"""Names that git or weighbridge itself would obey where they lie."""


class Importer:
    """Lays out what a registry holds."""

    def __init__(
        self,
        source: ForeignRegistry,
        *,
        into: Path,
        environ: Mapping[str, str],
        catalogues: Catalogues,
        reader: FileReader | None = None,
        update: bool = False,
        dry_run: bool = False,
    ) -> None:
        """Take the registry.

        Args:
            source: It.
            into: The folder everything is laid out in.
            environ: Environment variables.
            catalogues: Opens the catalogues of templates that count in a folder.
            reader: Who reads the files.
            update: Whether the history of what lies there already is written anew.
            dry_run: Whether nothing is written.
        """
        self._source = source
        self._into = into
        self._environ = environ
        self._catalogues = catalogues
        self._reader = reader
        self._update = update
        self._dry_run = dry_run
        self._names: dict[str, str] = {}

    def run(self, names: Sequence[str] = ()) -> Iterator[Imported]:
        """Import models, version by version.

        Args:
            names: Those that are wanted; all if there are none.

        Raises:
            NotFoundError: There is no such model.
            StorageError: The folder cannot be written to.
            WeighbridgeError: The registry cannot be read.
        """
        models = [*self._source.models()]
        if unknown := sorted({*names} - {model.name for model in models}):
            message = f"there is no registered model {unknown[0]}"
            raise NotFoundError(message, wanted="a name as MLflow spells it")
        for model in models:
            if not names or model.name in names:
                for version in model.versions:
                    yield self._one(model, version)

    def _one(self, model: RegisteredModel, version: RegisteredVersion) -> Imported:
        folder = slug(model.name)
        place = self._into / folder / str(version.version)
        done = Imported(
            model=model.name,
            version=version.version,
            outcome="failed",
            path=f"{folder}/{version.version}",
        )
        if why := self._obstacle(model.name, folder, place):
            return replace(done, why=why)
        predicate, left_out = history(model, version, address=self._source.address)
        done = replace(done, left_out=left_out)
        if place.is_dir() and any(place.iterdir()):
            return self._again(done, place / FILE, predicate)
        try:
            todos = self._lay_out(version, place, predicate)
        except (TransferError, UnavailableError, UnreadableError, UsageError) as error:
            fault = error.faults[0]
            return replace(done, why=": ".join(filter(None, (fault.message, fault.seen))))
        return replace(done, outcome="imported", todos=todos)

    def _obstacle(self, name: str, folder: str, place: Path) -> str:
        """Say why a version cannot be laid out at all; nothing if it can."""
        if not is_line(name):
            return "the model's name is not one line of at most 500 characters"
        if self._names.setdefault(folder, name) != name:
            return f"{folder} is the folder of the model {self._names[folder]} already"
        for path in (place.parent, place):
            if path.is_symlink() or (path.exists() and not path.is_dir()):
                return f"{path} is a link, or no folder"
        return ""

    def _again(self, done: Imported, path: Path, predicate: dict[str, Any]) -> Imported:
        """Look at what lies there already; without a history it is its author's own affair."""
        before = b""
        if path.is_symlink() or path.exists():
            try:
                before = _read_plain(path)
                said = read_json(before)["model"]["name"]
            except (OSError, NotCanonicalError, KeyError, TypeError) as error:
                return replace(done, why=f"{path} cannot be read: {error}")
            if said != done.model:
                return replace(done, why=f"{done.path} is of the model {said}")
        now = history_bytes(predicate)
        if before in {b"", now}:
            return replace(done, outcome="kept")
        if not self._update:
            return replace(done, outcome="outdated")
        if not self._dry_run:
            write_file(path, now)
        return replace(done, outcome="updated")

    def _lay_out(
        self, version: RegisteredVersion, place: Path, predicate: dict[str, Any]
    ) -> tuple[str, ...]:
        if self._dry_run:
            for _ in self._files(version):
                pass  # they are listed, and none of them is read
            return ()
        folder = NewFolder(place)
        try:
            for file in self._files(version):
                folder.write(file.path, _exactly(file))
            known = {
                "metadata": {
                    "name": slug(version.model),
                    "version": f"{version.version}.0.0",
                    "annotations": notes_of(predicate),
                }
            }
            proposal = propose(
                str(folder.filling),
                start=self._into,
                environ=self._environ,
                catalogues=self._catalogues,
                reader=self._reader,
                said=Partial(document=known),
            )
            folder.write(MANIFEST, [proposal.text.encode()])
            folder.write(FILE, [history_bytes(predicate)])
            folder.commit()
        finally:
            folder.discard()
        return proposal.todos

    def _files(self, version: RegisteredVersion) -> Iterator[ForeignFile]:
        """List the files of a version, each under a path it may have.

        Raises:
            UnavailableError: They are not to be had, or not those of a model.
        """
        total, taken = 0, set[str]()
        for file in self._source.files(version):
            _claim(file.path, taken)
            total += file.size
            if total > LARGEST:
                raise UnavailableError(f"its files have more than {LARGEST} bytes")
            yield file
        if not total:
            raise UnavailableError("it has no files", seen=version.source[:200])


def _claim(path: str, taken: set[str]) -> None:
    """Take a path for a file of a version.

    Args:
        path: The path.
        taken: Files that were taken before, and their folders with a slash at the end.

    Raises:
        UnavailableError: It leads elsewhere, or to what somebody would obey, or is taken.
    """
    parts = path.split("/")
    is_short = len(path) <= _LONGEST and all(
        len(os.fsencode(part)) <= _LONGEST_NAME for part in parts
    )
    is_sound = (
        is_short and path.isprintable() and "\\" not in path and not {"", ".", ".."} & {*parts}
    )
    if not is_sound or any(part.lower().rstrip(" .") in _OBEYED for part in parts):
        raise UnavailableError("a file of it is called what no file may be", seen=path[:200])
    if path in _OURS:
        raise UnavailableError(f"it holds a {path} of its own: run `weighbridge init` on a copy")
    folders = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
    if path in taken or f"{path}/" in taken or folders & taken:
        raise UnavailableError("two files of it have the same name", seen=path[:200])
    taken |= {path, *(f"{folder}/" for folder in folders)}


def _exactly(file: ForeignFile) -> Iterator[bytes]:
    """Pass on as many bytes as were announced.

    Raises:
        UnavailableError: There are more or fewer.
    """
    seen = 0
    for chunk in file.read():
        seen += len(chunk)
        if seen > file.size:
            break
        yield chunk
    if seen != file.size:
        amount = "more" if seen > file.size else f"{seen}"
        message = f"{file.path} has other than the {file.size} bytes that were announced"
        raise UnavailableError(message, seen=amount)


def _read_plain(path: Path) -> bytes:
    """Read a file that is no link.

    Raises:
        OSError: It is one, or cannot be read.
    """
    if path.is_symlink():
        raise OSError("it is a link")
    return path.read_bytes()
