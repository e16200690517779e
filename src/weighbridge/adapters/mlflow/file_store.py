"""MLflow's registry in a folder: `models/NAME/meta.yaml`, `version-N/meta.yaml`, tags, aliases.

Format: mlflow.store.model_registry.file_store. No link is followed, and files are small.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from weighbridge.adapters.mlflow import rows
from weighbridge.adapters.mlflow.rows import Catalogue, Shelf, stored, whole
from weighbridge.adapters.plain_folder import PlainFolder
from weighbridge.codec.reading import scan_document
from weighbridge.model.errors import DocumentError, UnreadableError
from weighbridge.model.limits import DocumentLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.adapters.mlflow.artifacts import ArtifactFolder
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.model.imports import ForeignFile, RegisteredModel, RegisteredVersion

META = "meta.yaml"
_LIMITS = DocumentLimits(size=1 << 20, depth=16, nodes=20_000, alias_nodes=100)
_VERSION = re.compile(r"version-([1-9][0-9]{0,16})", re.ASCII)
_DELETED = "Deleted_Internal"


class _Store(PlainFolder):
    """The folder of the registered models."""

    def folders(self, *names: str) -> list[str]:
        """List the folders in one of its folders."""
        place = self.root.joinpath(*names)
        if not place.is_dir():
            return []
        entries = [one for one in place.iterdir() if one.is_dir() and not one.is_symlink()]
        return sorted(one.name for one in entries if not one.name.startswith("."))

    def document(self, *names: str) -> dict[str, Any]:
        """Read a YAML file of it."""
        file = "/".join(names)
        try:
            data = self.read(*names, most=_LIMITS.size)
        except FileNotFoundError:
            self.refuse(f"{file} is missing")
        try:
            document, faults = scan_document(data, str(self.root / file), limits=_LIMITS)
        except DocumentError as error:
            self.refuse(f"{file}: {error.faults[0].message}")
        if faults:
            self.refuse(f"{file}: {faults[0].message}")
        return document.data

    def texts(self, *names: str) -> dict[str, str]:
        """Read a folder of small files, each a name and what it stands for."""
        found: dict[str, str] = {}
        for path in self.walk(*names):
            if len(found) >= rows.MOST_TAGS:
                raise rows.too_many(str(self.root.joinpath(*names)), "tags", rows.MOST_TAGS)
            data = self.read(*path.split("/"), most=_LIMITS.size)
            name = "/".join(path.split("/")[len(names) :])
            found[name] = data.decode("utf-8", "replace").removesuffix("\n")
        return found

    def refuse(self, reason: str) -> NoReturn:
        """Say that the store is not whole."""
        raise self._refused("", reason)

    def _too_large(self, file: str, size: int, most: int) -> WeighbridgeError:
        return self._refused(file, f"{size} bytes, of at most {most}")

    def _refused(self, file: str, reason: str) -> WeighbridgeError:
        place = self.root / file if file else self.root
        return UnreadableError(f"{place} cannot be read as MLflow's registry: {reason}")


class FolderRegistry:
    """A registry in a folder."""

    address = ""

    def __init__(
        self, store: Path, *, artifacts: ArtifactFolder, names: Sequence[str] = ()
    ) -> None:
        """Name the folder that holds `models`, where the files of versions lie, and who is wanted.

        Args:
            store: The folder.
            artifacts: Where the files of versions lie.
            names: The models that are wanted; all if there are none.
        """
        self._store = _Store(store / "models", str(store))
        self._artifacts = artifacts
        self._names = frozenset(names)
        self._catalogue = Catalogue()

    def models(self) -> Iterator[RegisteredModel]:
        """List its models."""
        names = [one for one in self._store.folders() if not self._names or one in self._names]
        if len(names) > rows.MOST_MODELS:
            raise rows.too_many(str(self._store.root), "models", rows.MOST_MODELS)
        yield from self._catalogue.models([self._shelf(name) for name in names])

    def passed_over(self) -> Iterable[str]:
        """Say what else it holds."""
        return self._catalogue.passed_over

    def files(self, version: RegisteredVersion) -> Iterator[ForeignFile]:
        """List the files of a version."""
        return self._artifacts.files(version.location or version.source)

    def close(self) -> None:
        """Let go of it: nothing is held."""

    def _shelf(self, name: str) -> Shelf:
        fields = self._store.document(name, META)
        if fields.get("name") != name:
            self._store.refuse(f"{name}/{META} is about another model")
        aliases = self._store.texts(name, "aliases")
        versions = []
        for folder in self._store.folders(name):
            found = _VERSION.fullmatch(folder)
            if found is None:
                continue
            row = self._store.document(name, folder, META)
            if row.get("current_stage") != _DELETED:
                tags = self._store.texts(name, folder, "tags")
                versions.append(({**stored(row), "version": found[1]}, tags))
        return Shelf(
            fields=stored(fields),
            tags=self._store.texts(name, "tags"),
            aliases={alias: whole(at.strip()) or 0 for alias, at in aliases.items()},
            versions=tuple(versions),
        )
