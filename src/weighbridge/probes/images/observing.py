"""Observe a container image: every digest held against what it names, and what its files hold.

Layers are read side by side, each once, and never kept. In what order they come does not matter:
they are laid on top of one another when all were read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.codec.image_content import (
    ImageContent,
    ImageContentError,
    content_bytes,
    read_content,
)
from weighbridge.formats.image.inventory import take_files, take_inventory
from weighbridge.formats.image.root import Root
from weighbridge.formats.image.tar_walk import Allowance
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import Record
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.fact import Unavailable
from weighbridge.model.image import ImageMismatch, ImagePapers, Inventory, ObservedImage
from weighbridge.model.limits import DEFAULT_IMAGE_LIMITS, ImageLimits
from weighbridge.probes.images.choosing import Candidates
from weighbridge.probes.images.exposed import exposed_secrets
from weighbridge.probes.images.layer_pass import Wanted, read_layers
from weighbridge.probes.images.layer_process import LayerProcess
from weighbridge.probes.images.local import PLACE, LocalImages
from weighbridge.probes.reading.engines import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.image import ImageConfig, ImageFile, ImageLayer, ImageSource, Platform
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.reading import DigestCache, Engine
    from weighbridge.model.structure import Structure
    from weighbridge.probes.images.choosing import Candidate
    from weighbridge.probes.images.layer_pass import Read
    from weighbridge.probes.images.layer_process import Unfolder

FORMAT = "oci-image"
"""What an image is called that lies in a registry."""
_NOT_READ = Unavailable("its layers were not read")
_LITTLE = 32 << 20
"""Bytes of an image up to which one process reads it: to start another costs more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What the layers of an image hold.

    Attributes:
        layers: The layers, lowest first.
        inventory: What they add up to.
        files: Files that were looked into.
        cached: Whether it was known before, and they were not read.
    """

    layers: tuple[ImageLayer, ...] = ()
    inventory: Inventory | Unavailable = _NOT_READ
    files: tuple[ImageFile, ...] = ()
    cached: bool = False


def observe_image(
    source: ImageSource,
    descriptor: Descriptor,
    *,
    platform: Platform | None = None,
    engine: Engine | None = None,
    cache: DigestCache | None = None,
    limits: ImageLimits = DEFAULT_IMAGE_LIMITS,
    unfold: Callable[[ImageLimits, int], Unfolder] = LayerProcess,
) -> ObservedImage | Unavailable:
    """Read an image.

    Args:
        source: Where it lies.
        descriptor: Its manifest or index, as the source resolved it.
        platform: Which image of an index is read whole; `linux/amd64` if nothing is said.
        engine: Who reads several layers at once.
        cache: What is known of manifests whose layers were read before and in order.
        limits: Budgets.
        unfold: Makes who unfolds layers: a process, unless somebody knows better.
    """
    record = Record(format=source.format if isinstance(source, LocalImages) else FORMAT, size=0)
    candidates = Candidates(source, limits, record)
    try:
        candidates.gather(descriptor)
    except WeighbridgeError as error:
        return Unavailable(str(error), next(iter(error.faults[0].help), ""))
    chosen = candidates.choose(platform)
    content = _Content()
    if chosen is not None:
        known = _recalled(chosen, cache, record)
        read = partial(_read_layers, engine=engine or Threads(2), limits=limits, unfold=unfold)
        content = known or _read(read(source, chosen), chosen, candidates, cache)
    config = _no_config(candidates) if chosen is None else chosen.config
    made = chosen is not None and PLACE in chosen.manifest.config.annotations
    nameless = made and isinstance(source, LocalImages)
    return ObservedImage(
        name=source.name,
        digest="" if nameless else descriptor.digest,
        manifest="" if nameless or chosen is None else chosen.descriptor.digest,
        platforms=candidates.platforms(),
        config=config,
        layers=content.layers,
        mismatches=tuple(candidates.mismatches),
        structure=_said(record, config, content.inventory),
        inventory=content.inventory,
        secrets=() if isinstance(config, Unavailable) else exposed_secrets(config),
        files=content.files,
        cached=content.cached,
    )


def _recalled(chosen: Candidate, cache: DigestCache | None, record: Record) -> _Content | None:
    """Recall what the layers of a manifest hold: its digest names every byte of them."""
    data = cache.observation(_key(chosen)) if cache is not None else None
    if data is None:
        return None
    try:
        known = read_content(data)
    except ImageContentError:
        return None
    size = sum(layer.size for layer in known.layers)
    record.size += size
    record.coverage += size
    for reason in known.inventory.unread:
        record.unread(reason)
    return _Content(layers=known.layers, inventory=known.inventory, files=known.files, cached=True)


def _read(
    reads: list[Read], chosen: Candidate, candidates: Candidates, cache: DigestCache | None
) -> _Content:
    """Add up the layers of an image, and remember what they hold if nothing is wrong with them."""
    record, mismatches = candidates.record, candidates.mismatches
    mismatches.extend(_count(chosen, reads))
    for read in reads:
        record.members.append(read.structure)
        record.size += read.structure.size
        record.coverage += read.structure.coverage
        mismatches.extend(read.mismatches)
    inventory, files = _inventory(reads, record, candidates.limits)
    layers = tuple(read.layer for read in reads)
    sound = not mismatches and not any(
        part.problems or part.status != "complete" for part in record.members
    )
    if cache is not None and sound and not record.problems and isinstance(inventory, Inventory):
        known = ImageContent(layers=layers, inventory=inventory, files=files)
        cache.keep("", _key(chosen), content_bytes(known))
    return _Content(layers=layers, inventory=inventory, files=files)


def _key(chosen: Candidate) -> str:
    return f"image {chosen.descriptor.digest}"


def observe_base(
    source: ImageSource,
    descriptor: Descriptor,
    *,
    platform: Platform | None = None,
    limits: ImageLimits = DEFAULT_IMAGE_LIMITS,
) -> tuple[str, ...] | Unavailable:
    """Read what an image unfolds to, without reading its layers: its papers are enough."""
    found = observe_papers(source, descriptor, platform=platform, limits=limits)
    return found if isinstance(found, Unavailable) else found.config.diff_ids


def observe_papers(
    source: ImageSource,
    descriptor: Descriptor,
    *,
    platform: Platform | None = None,
    limits: ImageLimits = DEFAULT_IMAGE_LIMITS,
) -> ImagePapers | Unavailable:
    """Read an image's manifests and configurations, and none of its layers.

    Args:
        source: Where it lies.
        descriptor: Its manifest or index, as the source resolved it.
        platform: Which image of an index is meant; `linux/amd64` if nothing is said.
        limits: Budgets.
    """
    candidates = Candidates(source, limits, Record(format=FORMAT, size=0))
    try:
        candidates.gather(descriptor)
    except WeighbridgeError as error:
        return Unavailable(str(error), next(iter(error.faults[0].help), ""))
    chosen = candidates.choose(platform)
    config = _no_config(candidates) if chosen is None else chosen.config
    if isinstance(config, Unavailable):
        return config
    made = chosen is not None and PLACE in chosen.manifest.config.annotations
    nameless = made and isinstance(source, LocalImages)
    return ImagePapers(
        digest="" if nameless else descriptor.digest,
        platforms=candidates.platforms(),
        config=config,
    )


def _no_config(candidates: Candidates) -> Unavailable:
    if candidates.mismatches:
        return Unavailable("its manifest is another than was asked for")
    return Unavailable("no image of its index is there")


def _read_layers(
    source: ImageSource,
    chosen: Candidate,
    *,
    engine: Engine,
    limits: ImageLimits,
    unfold: Callable[[ImageLimits, int], Unfolder],
) -> list[Read]:
    """Read the layers of an image, shared out among processes, and return them lowest first."""
    config = chosen.config
    if isinstance(config, Unavailable):
        return []
    layers = chosen.manifest.layers[: limits.layers]
    total = max(1, sum(layer.size for layer in layers))
    wanted = [
        Wanted(
            number=number,
            descriptor=layer,
            diff_id=config.diff_ids[number - 1] if number <= len(config.diff_ids) else "",
            named=PLACE not in layer.annotations or not isinstance(source, LocalImages),
            budget=limits.unfolded * layer.size // total + limits.slack,
        )
        for number, layer in enumerate(layers, 1)
    ]
    read = partial(
        read_layers,
        source=source,
        limits=limits,
        allowance=Allowance(limits.entries),
        unfold=unfold,
    )
    shares = _shared_out(wanted, engine.workers if total >= _LITTLE else 1)
    found = engine.map_unordered(read, shares, window=engine.workers)
    reads = [one for outcome in found for one in outcome.value or ()]
    return sorted(reads, key=lambda one: one.wanted.number)


def _shared_out(wanted: Sequence[Wanted], most: int) -> list[list[Wanted]]:
    """Put layers into at most so many shares of about one size."""
    shares: list[list[Wanted]] = [[] for _ in range(max(1, most))]
    sizes = [0] * len(shares)
    for one in sorted(wanted, key=lambda one: -one.descriptor.size):
        least = sizes.index(min(sizes))
        shares[least].append(one)
        sizes[least] += max(1, one.descriptor.size)
    return [share for share in shares if share]


def _count(chosen: Candidate, reads: list[Read]) -> list[ImageMismatch]:
    """Hold the number of layers against the number of digests they are to unfold to."""
    config = chosen.config
    if isinstance(config, Unavailable):
        return []
    layers, diff_ids = len(chosen.manifest.layers), len(config.diff_ids)
    found = []
    if layers != diff_ids:
        seen, wanted = f"{layers} layers", f"{diff_ids} layers"
        found.append(ImageMismatch(part="number of layers", seen=seen, wanted=wanted))
    if len(reads) != layers:
        seen, wanted = f"{len(reads)} layers", f"{layers} layers"
        found.append(ImageMismatch(part="number of layers read", seen=seen, wanted=wanted))
    return found


def _inventory(
    reads: list[Read], record: Record, limits: ImageLimits
) -> tuple[Inventory | Unavailable, tuple[ImageFile, ...]]:
    """Lay the layers on top of one another, and list what they hold."""
    if not reads:
        return _NOT_READ, ()
    root = Root(limits)
    try:
        for read in reads:
            root.apply(read.content, read.wanted.number, record)
        found = take_inventory(root, [read.content for read in reads])
    except BudgetExceededError as error:
        record.unread(str(error))
        return Unavailable(str(error)), ()
    for reason in found.unread:
        record.unread(reason)
    return found, take_files(root)


def _said(
    record: Record, config: ImageConfig | Unavailable, inventory: Inventory | Unavailable
) -> Structure:
    """Conclude the record, with what a reader of the structure wants to know first."""
    if isinstance(config, Unavailable):
        record.unread(config.reason)
    else:
        record.metadata.append(("platform", str(config.platform)))
        record.metadata.append(("user", config.user or "root"))
    if not isinstance(inventory, Unavailable):
        record.metadata.append(("files", str(inventory.files)))
        record.metadata.append(("examined", str(inventory.examined)))
        record.metadata.append(("packages", str(len(inventory.packages))))
        record.metadata.append(("distributions", str(len(inventory.distributions))))
        if inventory.os_release is not None:
            said = inventory.os_release
            record.metadata.append(("os", f"{said.id} {said.version}".strip()))
    return record.structure()
