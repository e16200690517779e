"""The process layers are unfolded and walked in: it may be killed, and nothing is lost but itself.

It is given a job on standard input, a line of JSON; then, layer by layer, a line of JSON about it
and its bytes in pieces, each behind its length in four bytes; a piece of no length ends the layer.
It says on standard output what it found (`layer_words`), and now and then that it is at work. The
digest of the bytes as they came is taken by whoever hands them over, and not believed from here.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import orjson

from weighbridge.formats.image.layer import LayerReader
from weighbridge.formats.image.tar_walk import Allowance
from weighbridge.formats.image.unfolding import compression, unfolding
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.unpacking import UnpackError
from weighbridge.model.limits import ImageLimits, ProcessLimits
from weighbridge.probes.images.aside import Spool
from weighbridge.probes.images.layer_words import (
    Order,
    Unfolded,
    entries_line,
    file_line,
    layer_lines,
)
from weighbridge.probes.reading.child import say, take_limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from weighbridge.formats.image.layer import Layer
    from weighbridge.formats.image.unfolding import Unfolding

_BATCH: Final = 1_000
_TELL: Final = 1 << 20
_LENGTH: Final = 4


class LayerPass:
    """The pass over what one layer unfolds to."""

    def __init__(self, order: Order, limits: ImageLimits, aside: Spool) -> None:
        """Begin with nothing read."""
        self._order = order
        self._record = Record(format="layer", size=order.size)
        self._reader = LayerReader(self._record, limits, Allowance(order.headers), aside)
        self._limits = limits
        self._size = 0
        self._unfolded = 0
        self._unfolding: Unfolding | None = None
        self._diff = hashlib.new(order.algorithm)
        # Bytes that are no more than themselves are digested once.
        self._plain = False

    @property
    def layer(self) -> Layer:
        """What the layer does, as far as it was read."""
        return self._reader.layer

    def push(self, raw: bytes) -> None:
        """Take the next bytes."""
        if not self._size:
            self._begin(raw)
        self._size += len(raw)
        if self._unfolding is not None:
            self._unfold(self._unfolding, raw)

    def finish(self) -> Unfolded:
        """Conclude."""
        whole = self._unfolding is not None and self._conclude(self._unfolding)
        return Unfolded(
            diff=self._diff.hexdigest() if whole and not self._plain else "",
            plain=whole and self._plain,
            size=self._unfolded,
            headers=self._reader.headers,
            structure=self._record.structure(),
        )

    def _begin(self, head: bytes) -> None:
        """Tell the compression by the first bytes."""
        seen, said = compression(head), self._order.said
        self._plain = seen == "none" and self._order.plain
        if said not in {None, seen}:
            text = f"its compression is {seen}, its media type says {said}"
            self._record.corrupt(text, 0, str(said))
        try:
            self._unfolding = unfolding(seen, self._limits)
        except BudgetExceededError as error:
            self._record.unread(str(error))

    def _unfold(self, unfolding: Unfolding, raw: bytes) -> None:
        most = self._limits.ratio * self._size + self._limits.slack
        most = min(most, self._order.budget)
        try:
            for piece in unfolding.push(raw):
                self._unfolded += len(piece)
                if self._unfolded > most:
                    text = f"{self._size} bytes unfold to more than {most}"
                    raise BudgetExceededError(text)  # noqa: TRY301 - the one place to give up
                if not self._plain:
                    self._diff.update(piece)
                self._reader.push(piece)
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
        self._reader.finish()
        if not self._reader.failed:
            self._record.coverage = self._size - unfolding.behind
        return True


class _Told:
    """Says how far it is, and entries as soon as nothing more is learnt of them."""

    def __init__(self) -> None:
        self._kept = 0
        self._said = 0
        self._files: list[tuple[int, Any]] = []

    def begin(self, path: str) -> None:
        say(orjson.dumps(["begin", path]))

    def advance(self, amount: int) -> None:
        self._kept += amount
        if self._kept >= _TELL:
            say(b'["at",%d]' % self._kept)
            self._kept = 0

    def entries(self, layer: Layer, *, last: bool = False) -> None:
        """Say what is done with; the last entry is still being read."""
        entries = layer.entries
        if last or len(entries) > _BATCH:
            done = entries if last else entries[:-1]
            for at in range(0, len(done), _BATCH):
                say(entries_line(done[at : at + _BATCH]))
            for at, entry in enumerate(done, self._said):
                if entry.looked is not None:
                    self._files.append((at, entry.looked))
            self._said += len(done)
            del entries[: len(done)]

    def files(self) -> None:
        """Say what was looked into: which lists name it, is known at the end."""
        for at, looked in self._files:
            say(file_line(at, looked))


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while length := int.from_bytes(source.read(_LENGTH), "big"):
        yield source.read(length)


def _read(source: BinaryIO, order: Order, limits: ImageLimits) -> None:
    told = _Told()
    aside = Spool(limits, begins=told.begin, progress=told.advance)
    layer_pass = LayerPass(order, limits, aside)
    for piece in _pieces(source):
        layer_pass.push(piece)
        told.advance(len(piece))
        told.entries(layer_pass.layer)
    unfolded = layer_pass.finish()
    told.entries(layer_pass.layer, last=True)
    told.files()
    for line in layer_lines(layer_pass.layer, unfolded):
        say(line)


def main() -> None:
    """Do the job on standard input."""
    with os.fdopen(0, "rb", buffering=1 << 18) as source:
        job = orjson.loads(source.readline())
        limits = ImageLimits(**job["limits"])
        take_limits(ProcessLimits(**job["process"]), job["size"])
        while line := source.readline():
            _read(source, Order(**orjson.loads(line)), limits)


if __name__ == "__main__":
    main()
    sys.exit(0)
