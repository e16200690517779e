"""Which image of an index is read: the manifests it lists, and the platforms they are for.

An index says what its images run on, and their configurations say so, too; the second is what
counts, and both must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.oci import OciError, read_document
from weighbridge.formats.image.papers import CONFIGS, ConfigError, read_config, read_platform
from weighbridge.model.errors import NotFoundError, WeighbridgeError
from weighbridge.model.fact import Unavailable
from weighbridge.model.image import ImageMismatch, Platform
from weighbridge.model.oci import INDEXES, MANIFESTS, Index
from weighbridge.probes.images.blobs import read_blob, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.record import Record
    from weighbridge.model.image import ImageConfig, ImageSource
    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.oci import Descriptor, Manifest

USUAL = Platform(os="linux", architecture="amd64")
"""What is read of an index where nobody says for which platform."""
_DEEPEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An image that could be read.

    Attributes:
        descriptor: Its manifest.
        manifest: What that says.
        config: Its configuration, or why it is not known.
    """

    descriptor: Descriptor
    manifest: Manifest
    config: ImageConfig | Unavailable


class Candidates:
    """The images behind one digest.

    Attributes:
        found: Those that are there.
        mismatches: Parts that are not what they should be.
        limits: Budgets.
        record: Notes what is wrong, and what was read.
    """

    def __init__(self, source: ImageSource, limits: ImageLimits, record: Record) -> None:
        """Begin with none."""
        self.found: list[Candidate] = []
        self.mismatches: list[ImageMismatch] = []
        self._source = source
        self.limits = limits
        self.record = record
        self._seen = 0

    def gather(self, descriptor: Descriptor) -> None:
        """Read a manifest, or every manifest an index lists.

        Raises:
            WeighbridgeError: It is not there, or the place does not answer.
        """
        self._gather(descriptor, "manifest", _DEEPEST)

    def _gather(self, descriptor: Descriptor, part: str, depth: int) -> None:
        self._seen += 1
        if self._seen > self.limits.platforms:
            self.record.unread(f"more than {self.limits.platforms} manifests")
            return
        data = read_manifest(self._source, descriptor, part, self.mismatches)
        if data is None:
            return
        self.record.size += len(data)
        try:
            document = read_document(data, descriptor.media_type)
        except OciError as error:
            self.record.corrupt(f"the {part} is none: {error}", 0)
            return
        self.record.coverage += len(data)
        if not isinstance(document, Index):
            self._keep(descriptor, document, part)
        elif not depth:
            self.record.unread("its indexes are nested too deeply")
        else:
            for inner in _images(document):
                self._inner(inner, depth)

    def _inner(self, descriptor: Descriptor, depth: int) -> None:
        try:
            self._gather(descriptor, f"manifest {descriptor.digest[:19]}…", depth - 1)
        except NotFoundError:
            return  # a layout need not hold every platform

    def _keep(self, descriptor: Descriptor, manifest: Manifest, part: str) -> None:
        config: ImageConfig | Unavailable
        if manifest.config.media_type not in CONFIGS:
            config = Unavailable(
                f"it is no container image, but {manifest.config.media_type!r:.80}"
            )
        else:
            config = self._config(manifest, part)
        if not isinstance(config, Unavailable):
            said = read_platform(descriptor.platform)
            if said is not None and not _agree(said, config.platform):
                self.mismatches.append(
                    ImageMismatch(
                        part=f"platform of the {part}",
                        seen=str(config.platform),
                        wanted=str(said),
                    )
                )
        self.found.append(Candidate(descriptor=descriptor, manifest=manifest, config=config))

    def _config(self, manifest: Manifest, part: str) -> ImageConfig | Unavailable:
        name = "config" if part == "manifest" else f"config of the {part}"
        limit = self.limits.config
        try:
            data = read_blob(self._source, manifest.config, name, self.mismatches, limit=limit)
            if data is None:
                return Unavailable(f"the {name} is another than the manifest names")
            self.record.size += len(data)
            found = read_config(data)
        except (ConfigError, WeighbridgeError) as error:
            self.record.corrupt(f"the {name} cannot be read: {error}", 0)
            return Unavailable(f"the {name} cannot be read: {error}")
        self.record.coverage += len(data)
        return found

    def choose(self, platform: Platform | None) -> Candidate | None:
        """Choose the image that is read: of the platform, the only one, or the usual one."""
        if not self.found:
            return None
        wanted = platform or USUAL
        exact = [one for one in self.found if _is_for(one, wanted)]
        return (exact or self.found)[0]

    def platforms(self) -> tuple[Platform, ...]:
        """List what the images run on, sorted."""
        found = (one.config for one in self.found)
        return tuple(sorted({one.platform for one in found if not isinstance(one, Unavailable)}))


def _images(index: Index) -> Iterator[Descriptor]:
    """Yield the images of an index, and indexes in it; statements about images are neither."""
    for one in index.manifests:
        platform = one.platform or {}
        about = one.artifact_type or platform.get("os") == "unknown"
        if one.media_type in MANIFESTS | INDEXES and not about:
            yield one


def _is_for(candidate: Candidate, wanted: Platform) -> bool:
    config = candidate.config
    return not isinstance(config, Unavailable) and _agree(wanted, config.platform)


def _agree(said: Platform, seen: Platform) -> bool:
    """Whether two platforms are one: a variant that one does not name is any."""
    same = (said.os, said.architecture) == (seen.os, seen.architecture)
    return same and (not said.variant or not seen.variant or said.variant == seen.variant)
