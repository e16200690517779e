"""Files in an OCI repository, such as templates: one artifact, a file a layer, by its digest.

The repository is an image layout or on a registry; follows the OCI image specification 1.1, with
`org.opencontainers.image.title` for the name of a layer's file.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.codec.oci import OciError, read_document
from weighbridge.model.catalogue import TemplateFile
from weighbridge.model.errors import NotFoundError, TransferError, UnreadableError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.oci import TITLE, Manifest
from weighbridge.probes.catalogues.folder import reference_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.oci import Descriptor, Repository

    Opener = Callable[[str], tuple[Repository, str, Callable[[], None]]]


class RepositoryTree:
    """The titled layers of a manifest; every byte of it is held against its digest."""

    def __init__(self, name: str, opener: Opener, *, what: str) -> None:
        """Name the manifest; nothing is opened yet.

        Args:
            name: The place, as its user names it: an address with a digest.
            opener: Opens the repository of an address: it, the digest, and what closes it.
            what: What is looked for there.
        """
        self._name = name
        self._opener = opener
        self._what = what

    @property
    def origin(self) -> str:
        """Say which manifest was read; where the repository lies does not matter."""
        return f"oci:{self._name.rpartition('@')[2]}"

    def names(self, folder: str = "") -> list[str]:
        """List the files that lie in a folder, sorted; none if there is no such folder."""
        start = f"{folder}/" if folder else ""
        found = (path.removeprefix(start) for path in self.titled if path.startswith(start))
        return sorted(name for name in found if "/" not in name)

    def read(self, path: str, *, limit: int) -> bytes:
        """Read a file, which has at most so many bytes."""
        layer = self.titled.get(path)
        if layer is None:
            raise self.unreadable(f"there is no file {path}")
        if layer.size > limit:
            raise self.unreadable(f"{path} is larger than {limit} bytes")
        return self.layer(layer, limit)

    def shown(self, path: str) -> str:
        """Write a path as messages name it."""
        return f"{self._name}/{path}"

    @property
    def titled(self) -> dict[str, Descriptor]:
        """Map titles to their layers, each of which is there once."""
        titles = [title for title, _ in self.layers]
        if len(set(titles)) < len(titles):
            raise self.unreadable("it holds a file twice")
        return dict(self.layers)

    @cached_property
    def layers(self) -> list[tuple[str, Descriptor]]:
        """List the layers of the manifest with their titles; a digest stays what it is."""
        with self._opened() as (repository, digest):
            descriptor = repository.resolve(digest)
            try:
                manifest = read_document(repository.manifest(descriptor), descriptor.media_type)
            except OciError as error:
                raise self.unreadable(f"it is no manifest: {error}") from error
        if not isinstance(manifest, Manifest):
            raise self.unreadable("it is no manifest of titled layers")
        return [(layer.annotations.get(TITLE, ""), layer) for layer in manifest.layers]

    def layer(self, layer: Descriptor, limit: int) -> bytes:
        """Read a layer, no more of it than could be wanted, and hold it against its digest."""
        with self._opened() as (repository, _), repository.open(layer) as source:
            parts, left = [], limit + 1
            while left > 0 and (part := source.read(left)):
                parts.append(part)
                left -= len(part)
        data = b"".join(parts)
        if digest_of(data) != layer.digest:
            raise self.unreadable(f"the bytes of {layer.digest} have another digest")
        return data

    @contextmanager
    def _opened(self) -> Iterator[tuple[Repository, str]]:
        repository, digest, close = self._opener(self._name)
        try:
            yield repository, digest
        except (NotFoundError, TransferError) as error:
            raise self.unreadable(str(error)) from error
        finally:
            close()

    def unreadable(self, reason: str) -> UnreadableError:
        """Say why something cannot be read there."""
        message = f"the {self._what} in {self._name} cannot be read: {reason}"
        return UnreadableError(message, help=["push or copy it anew, or name another digest"])


class RepositoryCatalogue:
    """Templates of a manifest in a repository, one a layer."""

    def __init__(self, name: str, opener: Opener) -> None:
        """Name the manifest; nothing is opened yet.

        Args:
            name: The catalogue, as the settings name it: an address with a digest.
            opener: Opens the repository of an address: it, the digest, and what closes it.
        """
        self._name = name
        self._tree = RepositoryTree(name, opener, what="templates")

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: The repository holds no such manifest, or it is none.
            UnavailableError: The repository does not answer.
        """
        return sorted(self._templates)

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: The repository does not hold it, or other bytes.
            UnavailableError: The repository does not answer.
        """
        if reference not in self._templates:
            raise self._tree.unreadable(f"it holds no {reference}")
        data = self._tree.layer(self._templates[reference], DEFAULT_DOCUMENT_LIMITS.size)
        file = f"{self._name}/{reference}"
        return TemplateFile(reference=reference, file=file, catalogue=self._name, data=data)

    @cached_property
    def _templates(self) -> dict[str, Descriptor]:
        """Map the references of the templates to their layers."""
        named = ((reference_of(title), layer) for title, layer in self._tree.layers)
        found = [(reference, layer) for reference, layer in named if reference is not None]
        if len(dict(found)) < len(found):
            raise self._tree.unreadable("it holds a template twice")
        return dict(found)
