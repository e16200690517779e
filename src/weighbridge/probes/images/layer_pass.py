"""One pass over a layer: digest of what comes, digest of what it unfolds to, and its files.

Memory is bounded by a chunk and a piece, time by the budgets of `ImageLimits`. What cannot be
unfolded is digested all the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.formats.image.layer import Layer, LayerReader
from weighbridge.formats.image.papers import layer_compression
from weighbridge.formats.image.unfolding import compression, unfolding
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.unpacking import UnpackError
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.image import ImageLayer, ImageMismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.image.tar_walk import Allowance
    from weighbridge.formats.image.unfolding import Unfolding
    from weighbridge.model.image import ImageSource
    from weighbridge.model.limits import ImageLimits
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.structure import Structure

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


def read_layer(
    wanted: Wanted, *, source: ImageSource, limits: ImageLimits, allowance: Allowance
) -> Read:
    """Read a layer to its end.

    Args:
        wanted: The layer.
        source: Where it lies.
        limits: Budgets.
        allowance: Headers all layers of the image may have.
    """
    name = f"layer {wanted.number}"
    record = Record(format="layer", size=wanted.descriptor.size)
    one_pass = _Pass(wanted, record, limits, allowance)
    try:
        with source.open(wanted.descriptor) as opened:
            one_pass.read(opened.read)
            if opened.changed():
                record.unread("it changed while it was read")
    except WeighbridgeError as error:
        record.unread(f"{name} cannot be read: {error}")
        return _unread(wanted, record, error, name)
    layer = one_pass.finish()
    structure = _placed(record, name)
    return Read(
        wanted=wanted,
        layer=layer,
        content=one_pass.reader.layer,
        structure=structure,
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
    """The pass over one layer."""

    def __init__(
        self, wanted: Wanted, record: Record, limits: ImageLimits, allowance: Allowance
    ) -> None:
        self.reader = LayerReader(record, limits, allowance)
        self._wanted = wanted
        self._record = record
        self._limits = limits
        self._size = 0
        self._unfolded = 0
        self._compression = ""
        self._unfolding: Unfolding | None = None
        algorithm = wanted.descriptor.digest.partition(":")[0] if wanted.named else "sha256"
        self._digest = hashlib.new(algorithm)
        self._algorithm = algorithm
        self._diff = hashlib.new(wanted.diff_id.partition(":")[0] or "sha256")
        # Bytes that are no more than themselves are digested once.
        self._same = False

    def read(self, read: Callable[[int], bytes]) -> None:
        """Take every byte, and no more than one too many."""
        size = self._wanted.descriptor.size
        while self._size <= size and (raw := read(min(CHUNK, size + 1 - self._size))):
            if not self._size:
                self._begin(raw)
            self._size += len(raw)
            self._digest.update(raw)
            if self._unfolding is not None:
                self._unfold(self._unfolding, raw)

    def finish(self) -> ImageLayer:
        """Conclude."""
        digest = f"{self._algorithm}:{self._digest.hexdigest()}"
        unfolding = self._unfolding
        diff_id = ""
        if not self._size:
            self._record.corrupt("it is empty", 0, "an archive")
        if unfolding is not None and self._conclude(unfolding):
            plain = self._digest if self._same else self._diff
            diff_id = f"{plain.name}:{plain.hexdigest()}"
        return ImageLayer(
            digest=digest,
            diff_id=diff_id,
            size=self._size,
            compression=self._compression,
            unfolded=self._unfolded,
            entries=self.reader.headers,
        )

    def _begin(self, head: bytes) -> None:
        """Tell the compression by the first bytes."""
        self._compression = seen = compression(head)
        self._same = seen == "none" and self._digest.name == self._diff.name
        said = layer_compression(self._wanted.descriptor.media_type)
        if self._wanted.named and said not in {None, seen}:
            text = f"its compression is {seen}, its media type says {said}"
            self._record.corrupt(text, 0, str(said))
        try:
            self._unfolding = unfolding(seen, self._limits)
        except BudgetExceededError as error:
            self._record.unread(str(error))

    def _unfold(self, unfolding: Unfolding, raw: bytes) -> None:
        most = self._limits.ratio * self._size + self._limits.slack
        most = min(most, self._wanted.budget)
        try:
            for piece in unfolding.push(raw):
                self._unfolded += len(piece)
                if self._unfolded > most:
                    text = f"{self._size} bytes unfold to more than {most}"
                    raise BudgetExceededError(text)  # noqa: TRY301 - the one place to give up
                if not self._same:
                    self._diff.update(piece)
                self.reader.push(piece)
        except UnpackError as error:
            self._record.corrupt(str(error), self._size)
            self._unfolding = None
        except BudgetExceededError as error:
            self._record.problem("SEC002", str(error), 0, "a layer that unfolds to less")
            self._record.unread(str(error))
            self._unfolding = None

    def _conclude(self, unfolding: Unfolding) -> bool:
        """Look at where the bytes ended; whether they were all there is."""
        fault = unfolding.finish()
        if fault:
            self._record.corrupt(fault, self._size)
            return False
        if unfolding.behind:
            text = f"{unfolding.behind} bytes follow the compressed data"
            self._record.problem(HIDDEN, text, self._size - unfolding.behind, "nothing")
        self.reader.finish()
        if not self.reader.failed:
            self._record.coverage = self._size - unfolding.behind
        return True
