"""The index of a TensorFlow checkpoint: which tensor lies where in which data file.

tensorflow/core/util/tensor_bundle: a sorted table of `BundleEntryProto`, its empty key a
`BundleHeaderProto`. The data files have no form of their own; their names are the index's without
`.index`, which its bytes do not say: `*` stands for it in the references.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import read_bytes
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.protobuf import Walk, WireError
from weighbridge.formats.record import Record
from weighbridge.formats.sorted_table import (
    FOOTER,
    MAGIC,
    Entry,
    TableError,
    read_block,
    read_table,
)
from weighbridge.formats.tensorflow_schema import DATA_TYPES, SCHEMA, add_dimension, bytes_of
from weighbridge.formats.text import decoded, shown
from weighbridge.model.structure import FileReference, Structure, TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.protobuf import Message
    from weighbridge.model.limits import Limits

NAME: Final = "tf-checkpoint-index"
_FIRST_KEY: Final = b"\0\0"
_LONGEST_HEADER: Final = 64
_HEADER: Final = b"\x08"
_BIG: Final = 1
_MOST_SHARDS: Final = 100_000


def sniff(head: bytes, tail: bytes, size: int) -> str | None:
    """Recognise the footer of a sorted table whose first key is empty, and its value a header."""
    if not tail.endswith(MAGIC) or size < FOOTER or not head.startswith(_FIRST_KEY):
        return None
    return NAME if head[3:4] == _HEADER and head[2] <= _LONGEST_HEADER else None


def read(size: int, *, limits: Limits) -> Reader:
    """Read the index, and weigh each entry against its type, its shape and its shard."""
    record = Record(format=NAME, size=size)
    bundle = _Bundle(record, limits)
    try:
        for block in (yield from read_table(record, limits)):
            yield from bundle.block((yield from read_block(block, record, limits)))
        bundle.conclude()
    except (TableError, WireError) as error:
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.unread(str(error))
    return record.structure()


class _Seen:
    """The fields of one message, once it has been read."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.root: Message | None = None

    def leave(self, message: Message) -> None:
        """Keep the outermost message, its shape with it."""
        if message.kind == "Dimension":
            add_dimension(message.outer, message)
        elif message.kind == "Shape":
            message.outer.numbers["dims"] = message.numbers.get("dims", [])
        elif message.kind == "Versions":
            message.outer.numbers["producer"] = [message.number("producer")]
        elif message.kind == "Slice":
            message.outer.numbers["slices"] = [1]
        self.root = message

    def unknown(self, message: Message, number: int) -> None:
        """Note a field this version of TensorFlow does not have."""
        fact = ("unknown-field", f"{message.kind}.{number}")
        if fact not in self._record.metadata:
            self._record.metadata.append(fact)


class _Bundle:
    """The entries of a checkpoint."""

    def __init__(self, record: Record, limits: Limits) -> None:
        self._record = record
        self._limits = limits
        self._shards = 0
        self._sizes: dict[int, int] = {}
        self._names: dict[int, list[str]] = {}

    def block(self, entries: list[Entry]) -> Generator[Request, bytes, None]:
        """Note every entry of a block."""
        yield from ()
        for entry in entries:
            if not entry.key:
                self._header(self._message(entry, "BundleHeader"))
            else:
                self._tensor(entry, self._message(entry, "BundleEntry"))

    def conclude(self) -> None:
        """Refer to every data file."""
        if not self._shards:
            self._record.corrupt("the checkpoint has no header", 0)
        for shard in range(self._shards):
            path = f"*.data-{shard:05d}-of-{self._shards:05d}"
            self._record.references.append(
                FileReference(
                    path=path,
                    size=self._sizes.get(shard, 0),
                    tensors=tuple(self._names.get(shard, ())),
                )
            )

    def _message(self, entry: Entry, kind: str) -> Message:
        seen = _Seen(self._record)
        cursor = Cursor(0, len(entry.value))
        walk = Walk(cursor, schema=SCHEMA, visitor=seen, limits=self._limits)

        def reader() -> Reader:
            yield from walk.run(kind)
            return Structure(format=NAME, status="complete")

        try:
            done = read_bytes(entry.value, reader(), limits=self._limits)
        except WireError as error:
            raise WireError(str(error), entry.offset + error.offset) from None
        if done.status != "complete" or seen.root is None:
            raise BudgetExceededError(done.reason)
        return seen.root

    def _header(self, header: Message) -> None:
        self._shards = header.number("num_shards")
        self._record.version = str(header.number("producer"))
        if not 1 <= self._shards <= _MOST_SHARDS:
            text = f"the checkpoint has {self._shards} data files"
            raise TableError(text, header.offset)
        if header.number("endianness") == _BIG:
            self._record.metadata.append(("byte-order", "big"))

    def _tensor(self, entry: Entry, message: Message) -> None:
        name = decoded(entry.key)
        number, shard = message.number("dtype"), message.number("shard_id")
        offset, size = message.number("offset"), message.number("size")
        kind, _ = DATA_TYPES.get(number, ("", 0))
        shape = tuple(message.numbers.get("dims", ()))
        record = self._record
        if not kind:
            record.unread(f"tensor {shown(name)} has the unknown type {number}")
        sliced = "slices" in message.numbers
        if not sliced and not (0 <= shard < self._shards and offset >= 0 and size >= 0):
            record.corrupt(f"tensor {shown(name)} lies in no data file", entry.offset)
            return
        wanted = bytes_of(number, shape)
        if not sliced and wanted not in (None, size):
            text = f"tensor {shown(name)} has {size} bytes of data"
            record.corrupt(text, entry.offset, f"{wanted} by its shape and type")
        if len(record.tensors) >= self._limits.entries:
            raise BudgetExceededError(f"more than {self._limits.entries} tensors")
        record.tensors.append(TensorInfo(name=name, dtype=kind, shape=shape, size=size))
        if not sliced:
            self._sizes[shard] = max(self._sizes.get(shard, 0), offset + size)
            self._names.setdefault(shard, []).append(name)
