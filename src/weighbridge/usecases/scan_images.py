"""Scan container images: their structure, and what is wrong with it, in the shape of files."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Facts, ObservedFile, Unavailable
from weighbridge.model.image import ImageFacts, ObservedImage
from weighbridge.probes.images.holders import ArchiveHolder
from weighbridge.probes.images.local import LocalImages
from weighbridge.probes.images.observing import observe_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.image import ImageSource
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.structure import Problem, Structure

_CHUNK = 1 << 20
_NO_BASE = Unavailable("a loose image declares no base")


def observe_place(shown: str, source: ImageSource, reference: str) -> Facts:
    """Observe every image of a place on disk, or the one a reference names on a registry.

    Raises:
        NotFoundError: There is none of that name.
    """
    if isinstance(source, LocalImages) and not reference:
        named = list(_named(shown, source))
    else:
        named = [(shown, source.resolve(reference))]
    digest, size = _whole(source)
    found: dict[str, ObservedImage | Unavailable] = {}
    for name, descriptor in named:
        found.update(_every_platform(name, source, descriptor))
    if isinstance(source, LocalImages):
        found = _with_holder(source, found)
    return Facts(
        files={name: _file(name, one, digest, size) for name, one in found.items()},
        images={
            name: ImageFacts(image=one, base=_NO_BASE)
            for name, one in found.items()
            if not isinstance(one, Unavailable)
        },
    )


def _named(shown: str, source: LocalImages) -> Iterator[tuple[str, Descriptor]]:
    """Name the images of a place: as the user did if there is one, else by their tags, too."""
    for one in source.images:
        tag = ", ".join(one.tags) or one.descriptor.digest
        yield (shown if len(source.images) == 1 else f"{shown} ({tag})"), one.descriptor


def _every_platform(
    name: str, source: ImageSource, descriptor: Descriptor
) -> Iterator[tuple[str, ObservedImage | Unavailable]]:
    first = observe_image(source, descriptor)
    if isinstance(first, Unavailable) or len(first.platforms) < 2:  # noqa: PLR2004 - more than one
        yield name, first
        return
    read = None if isinstance(first.config, Unavailable) else first.config.platform
    for platform in first.platforms:
        found = first if platform == read else observe_image(source, descriptor, platform=platform)
        yield f"{name} ({platform})", found


def _with_holder(
    source: LocalImages, found: dict[str, ObservedImage | Unavailable]
) -> dict[str, ObservedImage | Unavailable]:
    """Add what is wrong with the folder or archive itself to the first image in it."""
    source.note_unlisted()
    record = source.holder.record
    for name, one in found.items():
        if not isinstance(one, Unavailable) and (record.problems or record.reasons):
            structure = _joined(one.structure, record.structure())
            return found | {name: replace(one, structure=structure)}
    return found


def _joined(structure: Structure, holder: Structure) -> Structure:
    worse = structure.status if structure.status != "complete" else holder.status
    problems: tuple[Problem, ...] = (*structure.problems, *holder.problems)
    reason = structure.reason or holder.reason
    return replace(structure, status=worse, problems=problems, reason=reason)


def _whole(source: ImageSource) -> tuple[str, int]:
    """Digest an archive as the file it is; a folder or repository is none."""
    holder = source.holder if isinstance(source, LocalImages) else None
    if not isinstance(holder, ArchiveHolder):
        return "", 0
    digest, at = hashlib.sha256(), 0
    while piece := holder.read_at(at, _CHUNK):
        digest.update(piece)
        at += len(piece)
    return f"sha256:{digest.hexdigest()}", at


def _file(
    name: str, image: ObservedImage | Unavailable, digest: str, size: int
) -> ObservedFile | Unavailable:
    if isinstance(image, Unavailable):
        return image
    structure = image.structure
    if size:
        covered = size if structure.status == "complete" else min(structure.coverage, size)
        structure = replace(structure, size=size, coverage=covered)
    return ObservedFile(
        path=name,
        size=structure.size,
        digest=digest or image.digest,
        structure=structure,
    )
