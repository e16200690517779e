"""MLflow's registry behind a tracking server: its REST API, and the artifacts it serves itself."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.mlflow import rows
from weighbridge.adapters.mlflow.artifacts import PROXIED, ArtifactFolder
from weighbridge.adapters.mlflow.rows import Catalogue, Shelf, stored, whole, words
from weighbridge.adapters.servers.speaking import printable
from weighbridge.model.errors import UnavailableError
from weighbridge.model.imports import ForeignFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.adapters.mlflow.asking import TrackingServer
    from weighbridge.model.imports import RegisteredModel, RegisteredVersion

_API = "api/2.0/mlflow"
_ARTIFACTS = "api/2.0/mlflow-artifacts/artifacts"
_PAGE = "100"
_MOST_FILES = 20_000
_DEEPEST = 16


class ServerRegistry:
    """A registry behind a server."""

    def __init__(
        self, server: TrackingServer, *, names: Sequence[str] = (), artifacts: ArtifactFolder | None
    ) -> None:
        """Take the server.

        Args:
            server: It.
            names: The models that are wanted; all if there are none.
            artifacts: Where files lie that the server names and does not serve, if that is known.
        """
        self._server = server
        self._names = frozenset(names)
        self._artifacts = artifacts
        self._catalogue = Catalogue()

    @property
    def address(self) -> str:
        """Its address."""
        return self._server.address

    def models(self) -> Iterator[RegisteredModel]:
        """List its models."""
        yield from self._catalogue.models(self._shelves())

    def passed_over(self) -> Iterable[str]:
        """Say what else it holds."""
        return self._catalogue.passed_over

    def files(self, version: RegisteredVersion) -> Iterator[ForeignFile]:
        """List the files of a version."""
        asked = {"name": version.model, "version": str(version.version)}
        found = self._server.document(f"{_API}/model-versions/get-download-uri", asked)
        location = words(found.get("artifact_uri"))
        proxied = f"{PROXIED}:/"
        if location.startswith(proxied) and not location.startswith(f"{proxied}/"):
            yield from self._served(location.removeprefix(proxied).strip("/"))
        elif self._artifacts is not None:
            yield from self._artifacts.files(location)
        else:
            raise UnavailableError(
                f"{self.address} does not serve its files",
                seen=printable(location),
                wanted=f"{proxied}…",
                help=["mount where they lie, and name that folder: --artifacts DIR"],
            )

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    def _shelves(self) -> Iterator[Shelf]:
        left = rows.MOST_VERSIONS
        found = self._pages("registered-models", "registered_models", rows.MOST_MODELS)
        for model in sorted(found, key=lambda one: words(one.get("name"))):
            name = words(model.get("name"))
            if self._names and name not in self._names:
                continue
            versions = self._versions(name, left)
            left -= len(versions)
            yield Shelf(
                fields=stored(model),
                tags=_tags(model.get("tags")),
                aliases={
                    words(one.get("alias")): whole(one.get("version")) or 0
                    for one in _mappings(model.get("aliases"))
                },
                versions=tuple((stored(one), _tags(one.get("tags"))) for one in versions),
            )

    def _versions(self, name: str, most: int) -> list[dict[str, Any]]:
        # A filter is words in quotes; there is no way to write one that holds both kinds.
        quote = '"' if "'" in name else "'"
        if quote in name:
            raise UnavailableError(
                f"the versions of {name!r} cannot be asked for",
                help=["import from MLflow's database, or name other models: --model NAME"],
            )
        wanted = f"name={quote}{name}{quote}"
        found = self._pages("model-versions", "model_versions", most, filter=wanted)
        return [one for one in found if words(one.get("name")) == name]

    def _pages(self, what: str, key: str, most: int, **asked: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token, seen = "", set[str]()
        while token not in seen:
            seen.add(token)
            page = {"page_token": token} if token else {}
            wanted = {"max_results": _PAGE, **asked, **page}
            answer = self._server.document(f"{_API}/{what}/search", wanted)
            found += _mappings(answer.get(key))
            if len(found) > most:
                raise rows.too_many(self.address, what, most)
            token = words(answer.get("next_page_token"))
            if not token:
                return found
        raise UnavailableError(f"{self.address} leads from page to page in a circle")

    def _served(self, root: str) -> Iterator[ForeignFile]:
        """List what a folder of the server's own store holds."""
        if not root:
            raise UnavailableError(f"{self.address} does not say where the files lie")
        count, folders = 0, [("", 0)]
        while folders:
            folder, depth = folders.pop()
            place = f"{root}/{folder}" if folder else root
            listed = self._server.document(_ARTIFACTS, {"path": place})
            for one in _mappings(listed.get("files")):
                # Only the last part: older servers name it from another folder on.
                name = words(one.get("path")).rstrip("/").rpartition("/")[2]
                path = f"{folder}/{name}" if folder else name
                count += 1
                if not name or name in {".", ".."} or count > _MOST_FILES or depth > _DEEPEST:
                    message = f"{self.address} lists files that cannot be those of a model"
                    raise UnavailableError(message, seen=printable(path))
                if one.get("is_dir") is True:
                    folders.append((path, depth + 1))
                    continue
                read = functools.partial(self._server.content, f"{_ARTIFACTS}/{root}/{path}")
                yield ForeignFile(path=path, size=whole(one.get("file_size")) or 0, read=read)


def _mappings(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _tags(value: object) -> dict[str, str]:
    return {words(one.get("key")): words(one.get("value")) for one in _mappings(value)}
