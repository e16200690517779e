"""One pass over a layer: the digest of what comes; what it unfolds to is seen to elsewhere.

Memory is bounded by a chunk and a piece, time by the budgets of `ImageLimits`. What cannot be
unfolded is digested all the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.formats.image.layer import Layer
from weighbridge.formats.image.papers import layer_compression
from weighbridge.formats.image.unfolding import compression
from weighbridge.formats.record import Record
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.image import ImageLayer, ImageMismatch
from weighbridge.probes.images.layer_process import LayerProcess
from weighbridge.probes.images.layer_words import Order, noted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.formats.image.tar_walk import Allowance
    from weighbridge.model.image import ImageSource
    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.structure import Structure
    from weighbridge.probes.images.layer_process import Told, Unfolder

CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A layer that is to be read.

    Attributes:
        number: Which it is, from 1.
        descriptor: What its manifest says of it.
        diff_id: What its configuration says it unfolds to; empty if it says nothing.
        named: Whether the descriptor's digest is of its bytes, not of what they unfold to.
        budget: Bytes it may unfold to.
    """

    number: int
    descriptor: Descriptor
    diff_id: str
    named: bool
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A layer that was read.

    Attributes:
        wanted: Which it was.
        layer: What is known of it.
        content: What it does to the file system.
        structure: How far it was read, and what is wrong with its bytes.
        mismatches: Where it is not what it should be.
    """

    wanted: Wanted
    layer: ImageLayer
    content: Layer
    structure: Structure
    mismatches: tuple[ImageMismatch, ...]


def read_layers(
    share: Sequence[Wanted],
    *,
    source: ImageSource,
    limits: ImageLimits,
    allowance: Allowance,
    unfold: Callable[[ImageLimits, int], Unfolder] = LayerProcess,
) -> list[Read]:
    """Read layers to their end, one after the other.

    Args:
        share: The layers.
        source: Where they lie.
        limits: Budgets.
        allowance: Headers all layers of the image may have.
        unfold: Makes who unfolds them, out of the budgets and the bytes there are.
    """
    unfolder = unfold(limits, sum(wanted.descriptor.size for wanted in share))
    try:
        return [_read_layer(one, source, limits, allowance, unfolder) for one in share]
    finally:
        unfolder.close()


def _read_layer(
    wanted: Wanted,
    source: ImageSource,
    limits: ImageLimits,
    allowance: Allowance,
    unfolder: Unfolder,
) -> Read:
    one_pass = _Pass(wanted, unfolder)
    name = f"layer {wanted.number}"
    changed = False
    try:
        with source.open(wanted.descriptor) as opened:
            one_pass.begin(allowance)
            one_pass.read(opened.read)
            changed = opened.changed()
    except WeighbridgeError as error:
        unfolder.close()  # what it was told so far ends nowhere
        record = Record(format="layer", size=wanted.descriptor.size)
        record.unread(f"{name} cannot be read: {error}")
        return _unread(wanted, record, error, name)
    layer, told, record = one_pass.finish()
    allowance.left -= layer.entries
    if changed:
        record.unread("it changed while it was read")
    if allowance.left < 0:
        record.unread(f"more than {limits.entries} headers")
    return Read(
        wanted=wanted,
        layer=layer,
        content=told.layer,
        structure=_placed(record, name),
        mismatches=tuple(_mismatches(wanted, layer, name)),
    )


def _unread(wanted: Wanted, record: Record, error: WeighbridgeError, name: str) -> Read:
    record.coverage = 0
    fault = error.faults[0]
    mismatch = ImageMismatch(part=name, seen=fault.seen, wanted=wanted.descriptor.digest)
    return Read(
        wanted=wanted,
        layer=ImageLayer(digest="", diff_id="", size=0, compression=""),
        content=Layer(),
        structure=_placed(record, name),
        mismatches=(mismatch,) if fault.seen.startswith("sha") else (),
    )


def _placed(record: Record, name: str) -> Structure:
    return replace(record.structure(), container=name)


def _mismatches(wanted: Wanted, layer: ImageLayer, name: str) -> list[ImageMismatch]:
    descriptor = wanted.descriptor
    found = []
    if wanted.named and layer.digest != descriptor.digest:
        found.append(ImageMismatch(part=name, seen=layer.digest, wanted=descriptor.digest))
    elif layer.size != descriptor.size:
        seen, size = f"{layer.size} bytes", f"{descriptor.size} bytes"
        found.append(ImageMismatch(part=name, seen=seen, wanted=size))
    if wanted.diff_id and layer.diff_id and layer.diff_id != wanted.diff_id:
        part = f"{name}, unfolded,"
        found.append(ImageMismatch(part=part, seen=layer.diff_id, wanted=wanted.diff_id))
    return found


class _Pass:
    """The pass over one layer: its digest is taken here, what it unfolds to is seen to elsewhere.

    The digest is of bytes that this process read itself, whatever becomes of the other.
    """

    def __init__(self, wanted: Wanted, unfolder: Unfolder) -> None:
        self._wanted = wanted
        self._unfolder = unfolder
        self._size = 0
        self._compression = ""
        algorithm = wanted.descriptor.digest.partition(":")[0] if wanted.named else "sha256"
        self._digest = hashlib.new(algorithm)
        self._diff = wanted.diff_id.partition(":")[0] or "sha256"

    def begin(self, allowance: Allowance) -> None:
        """Tell who unfolds it what it should be."""
        wanted = self._wanted
        said = layer_compression(wanted.descriptor.media_type) if wanted.named else None
        self._unfolder.begin(
            Order(
                size=wanted.descriptor.size,
                said=said,
                algorithm=self._diff,
                plain=self._diff == self._digest.name,
                budget=wanted.budget,
                headers=max(0, allowance.left),
            )
        )

    def read(self, read: Callable[[int], bytes]) -> None:
        """Take every byte, and no more than one too many."""
        size = self._wanted.descriptor.size
        while self._size <= size and (raw := read(min(CHUNK, size + 1 - self._size))):
            if not self._size:
                self._compression = compression(raw)
            self._size += len(raw)
            self._unfolder.push(raw)
            self._digest.update(raw)

    def finish(self) -> tuple[ImageLayer, Told, Record]:
        """Conclude."""
        told = self._unfolder.finish()
        unfolded = told.unfolded
        diff_id = ""
        if unfolded is None:
            record = Record(format="layer", size=self._wanted.descriptor.size)
            record.unread(told.fault)
        else:
            record = noted(unfolded.structure, self._wanted.descriptor.size)
            plain = self._digest.hexdigest() if unfolded.plain else unfolded.diff
            diff_id = f"{self._diff}:{plain}" if plain else ""
        if not self._size:
            record.corrupt("it is empty", 0, "an archive")
        layer = ImageLayer(
            digest=f"{self._digest.name}:{self._digest.hexdigest()}",
            diff_id=diff_id,
            size=self._size,
            compression=self._compression,
            unfolded=unfolded.size if unfolded else 0,
            entries=unfolded.headers if unfolded else len(told.layer.entries),
        )
        return layer, told, record
