"""A sealed release as a target takes it: its manifest, what it is rendered as, its bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.errors import RegistryError
from weighbridge.packing.contents import MANIFEST, contents
from weighbridge.render.targets import target_of
from weighbridge.usecases.parity.documents import rendering_document
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.render import Where, render_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.model.delivery import Place
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.rendering import RenderedFile, Rendering
    from weighbridge.usecases.references import Named

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedCargo:
    """A sealed release that is delivered.

    Attributes:
        named: The release.
        rendering: What it is rendered as for the target.
        blobs: Where its bytes are.
    """

    named: Named
    rendering: Rendering
    blobs: BlobReader

    @property
    def digest(self) -> str:
        """The release digest."""
        return str(self.named.digest)

    @property
    def release(self) -> ModelRelease:
        """The manifest."""
        return self.named.release

    @property
    def title(self) -> str:
        """Its name and version."""
        metadata = self.named.release.metadata
        return f"{metadata.name}@{metadata.version}"

    @property
    def files(self) -> tuple[RenderedFile, ...]:
        """What it is rendered as, by path."""
        return self.rendering.files

    def lay_out(self, write: Callable[[str, Iterator[bytes]], None]) -> None:
        """Write every file of the release by its path, verified while it is read.

        Raises:
            RegistryError: Bytes are not what was sealed.
            NotFoundError: They are not there.
        """
        text = self.named.document.text
        parts = contents(
            json.loads(text), digest=self.digest, size=len(text), fetch=self.blobs.read
        )
        for part in parts:
            if part.path != MANIFEST:
                write(part.path, self._verified(part.path, part.digest))

    def _verified(self, path: str, wanted: str) -> Iterator[bytes]:
        hasher = sha256()
        with self.blobs.open(wanted) as source:
            while chunk := source.read(_CHUNK):
                hasher.update(chunk)
                yield chunk
        seen = f"sha256:{hasher.hexdigest()}"
        if seen != wanted:
            help_ = ["weighbridge registry fsck"]
            raise RegistryError(
                f"{path} is not what was sealed", seen=seen, wanted=wanted, help=help_
            )

    def describe(self) -> bytes:
        """Write what is delivered, as canonical JSON; stages are held against each other by it."""
        return canonical_bytes(rendering_document(self.rendering, self.release))


def cargo_of(release: str, place: Place, registry: Registry) -> SealedCargo:
    """Take a sealed release as a target is given it.

    Args:
        release: Its digest.
        place: The target.
        registry: The registry.

    Raises:
        NotFoundError: There is no such release.
        UsageError: There is no such target.
        RenderError: The target cannot honour what it asks for.
    """
    named = sealed_release(release, registry)
    where = Where(
        target=place.kind,
        version=place.version,
        namespace=place.namespace,
        options=place.options,
    )
    rendered = render_release(named, where)
    return SealedCargo(named=named, rendering=rendered.rendering, blobs=registry.blobs)


def option_of(place: Place, name: str) -> str:
    """Return an option of a target, or its default; empty if the target knows none."""
    target = target_of(place.kind)
    known = {one.name: one.default for one in target.options} if target is not None else {}
    return place.options.get(name, known.get(name, ""))
