"""Templates in an OCI image layout: one artifact, a template a layer, told by its digest.

Follows the OCI image specification 1.1: `image-layout.md`, and `org.opencontainers.image.title`
for the name of a layer's file.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import digest as digest_of
from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.ports import TemplateFile
from weighbridge.probes.catalogues.folder import reference_of

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "org.opencontainers.image.title"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class LayoutCatalogue:
    """A manifest in an image layout; every byte of it is held against its digest."""

    def __init__(self, name: str, layout: Path, digest: str) -> None:
        """Name the manifest.

        Args:
            name: The catalogue, as the settings name it.
            layout: Folder of the layout.
            digest: Digest of the manifest.
        """
        self._name = name
        self._layout = layout
        self._digest = digest

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: The layout holds no such manifest, or it is none.
        """
        return sorted(self._layers())

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: The layout does not hold it, or other bytes.
        """
        layers = self._layers()
        if reference not in layers:
            raise self._unreadable(f"it holds no {reference}")
        data = self._blob(layers[reference])
        file = f"{self._name}/{reference}"
        return TemplateFile(reference=reference, file=file, catalogue=self._name, data=data)

    def _layers(self) -> dict[str, str]:
        """Map the references of the templates to the digests of their layers."""
        try:
            manifest: dict[str, Any] = json.loads(self._blob(self._digest))
            layers = [
                (layer["annotations"][TITLE], layer["digest"]) for layer in manifest["layers"]
            ]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unreadable("it is no manifest of titled layers") from error
        named = ((reference_of(str(title)), str(digest)) for title, digest in layers)
        found = [(reference, digest) for reference, digest in named if reference is not None]
        if len(dict(found)) < len(found):
            raise self._unreadable("it holds a template twice")
        return dict(found)

    def _blob(self, digest: str) -> bytes:
        if not _DIGEST.fullmatch(digest):
            raise self._unreadable(f"{digest} is not a sha256 digest")
        try:
            with (self._layout / "blobs" / "sha256" / digest.partition(":")[2]).open("rb") as file:
                data = file.read(DEFAULT_DOCUMENT_LIMITS.size + 1)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise self._unreadable(f"{digest}: {reason}") from error
        if digest_of(data) != digest:
            raise self._unreadable(f"the bytes of {digest} have another digest")
        return data

    def _unreadable(self, reason: str) -> UnreadableError:
        message = f"the templates in {self._name} cannot be read: {reason}"
        return UnreadableError(message, help=["fetch the layout anew, or mend the setting"])
