"""Images in memory, and how they are read in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.oci import read_descriptor
from weighbridge.formats.image.layer import LayerReader
from weighbridge.formats.image.root import Root
from weighbridge.formats.record import Record
from weighbridge.model.errors import NotFoundError
from weighbridge.model.image import ImageConfig, Inventory, ObservedImage
from weighbridge.model.limits import DEFAULT_IMAGE_LIMITS, ImageLimits
from weighbridge.probes.images.aside import Spool
from weighbridge.probes.images.layer_child import LayerPass
from weighbridge.probes.images.layer_process import Told
from weighbridge.probes.images.layer_words import (
    LayerWords,
    Order,
    entries_line,
    file_line,
    layer_lines,
)
from weighbridge.probes.images.observing import observe_image
from weighbridge.probes.reading.in_memory import InMemory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scripts.sample_image import Blobs
    from weighbridge.formats.image.layer import Layer
    from weighbridge.model.image import Platform
    from weighbridge.model.oci import Descriptor


class Here:
    """Unfolds layers in the process of the test, and has what it says taken in as another's."""

    def __init__(self, limits: ImageLimits, size: int) -> None:
        self._limits = limits
        self._size = size

    def begin(self, order: Order) -> None:
        self._pass = LayerPass(order, self._limits, Spool(self._limits))

    def push(self, raw: bytes) -> None:
        self._pass.push(raw)

    def finish(self) -> Told:
        words, unfolded = LayerWords(self._limits), self._pass.finish()
        layer = self._pass.layer
        files = [file_line(at, one.looked) for at, one in enumerate(layer.entries) if one.looked]
        for line in (entries_line(layer.entries), *files, *layer_lines(layer, unfolded)):
            words.take(line)
        return Told(layer=words.layer, unfolded=words.unfolded)

    def close(self) -> None:
        pass


class MemoryImages:
    """A repository in memory that believes whatever it holds: readers must not."""

    def __init__(self, blobs: Blobs, tags: dict[str, dict[str, Any]] | None = None) -> None:
        self._blobs = blobs
        self._tags = tags or {}

    @property
    def name(self) -> str:
        return "memory"

    def resolve(self, reference: str) -> Descriptor:
        if reference not in self._tags:
            raise NotFoundError(f"memory holds no {reference}")
        return read_descriptor(self._tags[reference], "")

    def manifest(self, descriptor: Descriptor) -> bytes:
        return self._get(descriptor)

    def open(self, descriptor: Descriptor) -> InMemory:
        return InMemory(self._get(descriptor))

    def _get(self, descriptor: Descriptor) -> bytes:
        if descriptor.digest not in self._blobs.held:
            raise NotFoundError(f"memory holds no {descriptor.digest}")
        return self._blobs.held[descriptor.digest]


def observed(
    blobs: Blobs,
    described: dict[str, Any],
    *,
    platform: Platform | None = None,
    limits: ImageLimits = DEFAULT_IMAGE_LIMITS,
) -> ObservedImage:
    descriptor = read_descriptor(described, "")
    found = observe_image(
        MemoryImages(blobs), descriptor, platform=platform, limits=limits, unfold=Here
    )
    assert isinstance(found, ObservedImage), found
    return found


def config(image: ObservedImage) -> ImageConfig:
    assert isinstance(image.config, ImageConfig), image.config
    return image.config


def inventory(image: ObservedImage) -> Inventory:
    assert isinstance(image.inventory, Inventory), image.inventory
    return image.inventory


def problems(image: ObservedImage) -> list[str]:
    """List what is wrong anywhere in an image, with its code."""
    return [
        f"{problem.code} {problem.message}"
        for part in image.structure.walk()
        for problem in part.problems
    ]


def read_layer(
    data: bytes, *, limits: ImageLimits = DEFAULT_IMAGE_LIMITS, step: int = 1 << 18
) -> tuple[Layer, Record]:
    """Read a layer that is not compressed, in pieces of a size."""
    record = Record(format="layer", size=len(data), coverage=len(data))
    reader = LayerReader(record, limits)
    for at in range(0, len(data), step):
        reader.push(data[at : at + step])
    reader.finish()
    return reader.layer, record


def stacked(*layers: bytes, limits: ImageLimits = DEFAULT_IMAGE_LIMITS) -> tuple[Root, Record]:
    """Lay layers on top of one another."""
    root, record = Root(limits), Record(format="image", size=0)
    for number, data in enumerate(layers, 1):
        layer, said = read_layer(data, limits=limits)
        assert not said.problems, said.problems
        root.apply(layer, number, record)
    return root, record


def paths(root: Root) -> list[str]:
    return [path for path, _ in root.walk()]


def said(record: Record) -> Iterable[str]:
    return [f"{problem.code} {problem.message}" for problem in record.problems]
