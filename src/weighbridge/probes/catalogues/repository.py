"""Templates in an OCI repository: one artifact, a template a layer, told by its digest.

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


class RepositoryCatalogue:
    """A manifest in a repository; every byte of it is held against its digest."""

    def __init__(self, name: str, opener: Opener) -> None:
        """Name the manifest; nothing is opened yet.

        Args:
            name: The catalogue, as the settings name it: an address with a digest.
            opener: Opens the repository of an address: it, the digest, and what closes it.
        """
        self._name = name
        self._opener = opener

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: The repository holds no such manifest, or it is none.
            UnavailableError: The repository does not answer.
        """
        return sorted(self._layers)

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: The repository does not hold it, or other bytes.
            UnavailableError: The repository does not answer.
        """
        if reference not in self._layers:
            raise self._unreadable(f"it holds no {reference}")
        layer = self._layers[reference]
        with self._opened() as (repository, _), repository.open(layer) as source:
            parts, left = [], DEFAULT_DOCUMENT_LIMITS.size + 1
            while left > 0 and (part := source.read(left)):
                parts.append(part)
                left -= len(part)
        data = b"".join(parts)
        if digest_of(data) != layer.digest:
            raise self._unreadable(f"the bytes of {layer.digest} have another digest")
        file = f"{self._name}/{reference}"
        return TemplateFile(reference=reference, file=file, catalogue=self._name, data=data)

    @cached_property
    def _layers(self) -> dict[str, Descriptor]:
        """Map the references of the templates to their layers; a digest stays what it is."""
        with self._opened() as (repository, digest):
            descriptor = repository.resolve(digest)
            try:
                manifest = read_document(repository.manifest(descriptor), descriptor.media_type)
            except OciError as error:
                raise self._unreadable(f"it is no manifest: {error}") from error
        if not isinstance(manifest, Manifest):
            raise self._unreadable("it is no manifest of titled layers")
        named = (
            (reference_of(layer.annotations.get(TITLE, "")), layer) for layer in manifest.layers
        )
        found = [(reference, layer) for reference, layer in named if reference is not None]
        if len(dict(found)) < len(found):
            raise self._unreadable("it holds a template twice")
        return dict(found)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Repository, str]]:
        repository, digest, close = self._opener(self._name)
        try:
            yield repository, digest
        except (NotFoundError, TransferError) as error:
            raise self._unreadable(str(error)) from error
        finally:
            close()

    def _unreadable(self, reason: str) -> UnreadableError:
        message = f"the templates in {self._name} cannot be read: {reason}"
        return UnreadableError(message, help=["push or copy them anew, or mend the setting"])
