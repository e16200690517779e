"""The objects of an HDF5 file: groups and their links, datasets, and what is attached to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.faults import FaultError
from weighbridge.formats.hdf5_chunks import claim_chunks
from weighbridge.formats.hdf5_headers import (
    ATTRIBUTE,
    ATTRIBUTE_INFO,
    DATASPACE,
    DATATYPE,
    DRIVER,
    EXTERNAL_FILES,
    FILE_SPACE,
    FILTERS,
    LAYOUT,
    LINK,
    LINK_INFO,
    NEWEST,
    SHARED,
    SHARED_TABLE,
    SYMBOL_TABLE,
    TREE_SIZES,
    Message,
    read_header,
)
from weighbridge.formats.hdf5_heaps import FractalHeap, free_space, local_heap, name_at
from weighbridge.formats.hdf5_links import Group
from weighbridge.formats.hdf5_messages import (
    Kind,
    Layout,
    attribute,
    count,
    dataspace,
    datatype,
    filters,
    layout,
    link,
)
from weighbridge.formats.hdf5_trees import walk_new
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import decoded, shown
from weighbridge.model.structure import TensorInfo

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.hdf5_attributes import Attributes
    from weighbridge.formats.hdf5_fields import Fields
    from weighbridge.formats.hdf5_file import Hdf5File
    from weighbridge.formats.interface import Request

_COMMITTED: Final = "(committed data type)"
_LINK_RECORDS: Final = {5}
_ATTRIBUTE_RECORDS: Final = {8}


class Objects:
    """The walk over all objects of a file."""

    def __init__(self, file: Hdf5File, attributes: Attributes) -> None:
        """Begin with those the file already knows of."""
        self._file = file
        self._attributes = attributes

    def read(self) -> Generator[Request, bytes, None]:
        """Read object after object until none is left.

        Raises:
            FaultError: One is not what it should be.
        """
        while (found := self._file.next_object()) is not None:
            yield from self._object(*found)

    def extension(self, offset: int) -> Generator[Request, bytes, None]:
        """Read the superblock's extension, whose messages are about the file."""
        file = self._file
        for message in (yield from read_header(file, offset)):
            if message.kind == TREE_SIZES:
                message.body.take(1)
                file.chunk_k, file.group_k = message.body.number(2), message.body.number(2)
                file.leaf_k = message.body.number(2)
            elif message.kind == FILE_SPACE:
                yield from self._file_space(message.body)
            elif message.kind in (DRIVER, SHARED_TABLE):
                file.record.unread(f"the superblock has a message of type {message.kind}")

    def _file_space(self, fields: Fields) -> Generator[Request, bytes, None]:
        """Claim what the file keeps of its own free space."""
        version = fields.number(1)
        fields.take(1)
        if not version:
            return
        kept = fields.number(1)
        fields.take(2 * self._file.widths.length + 2)
        fields.address()
        while kept and fields.left >= self._file.widths.offset:
            manager = fields.address()
            if manager is not None:
                yield from free_space(self._file, manager)

    def _object(self, offset: int, path: str) -> Generator[Request, bytes, None]:
        messages = yield from read_header(self._file, offset)
        found: dict[int, Message] = {}
        group = Group(self._file, path)
        for message in messages:
            if message.flags & SHARED:
                self._shared(message)
            elif message.kind == ATTRIBUTE:
                yield from self._attributes.note(path, attribute(message.body))
            elif message.kind == LINK:
                group.add(link(message.body), offset)
            elif message.kind > NEWEST:
                self._file.record.unread(f"a message is of the unknown type {message.kind}")
            else:
                found.setdefault(message.kind, message)
        yield from self._dense(path, group, found, offset)
        if SYMBOL_TABLE in found:
            tree, heap = found[SYMBOL_TABLE].body.address(), found[SYMBOL_TABLE].body.address()
            if tree is None or heap is None:
                raise FaultError(f"the group {shown(path)} has no table of symbols", offset)
            yield from group.read_symbols(tree, heap)
        if LAYOUT in found:
            yield from self._dataset(path, found, offset)

    def _shared(self, message: Message) -> None:
        """Have a data type read that is an object of its own."""
        fields = message.body
        version, kind = fields.number(1), fields.number(1)
        if version == 1:
            fields.take(6)
        if version > 2 and kind == 1:  # noqa: PLR2004 - version
            self._file.record.unread("a message is kept in the heap of shared ones")
            return
        self._file.add_object(fields.address(), _COMMITTED)

    # Groups -------------------------------------------------------------------------------------

    def _dense(
        self, path: str, group: Group, found: dict[int, Message], offset: int
    ) -> Generator[Request, bytes, None]:
        """Read links and attributes that were too many for the object's header."""
        for kind, width in ((LINK_INFO, 8), (ATTRIBUTE_INFO, 2)):
            if kind not in found:
                continue
            fields = found[kind].body
            fields.take(1)
            flags = fields.number(1)
            fields.take(width if flags & 1 else 0)
            heap, names = fields.address(), fields.address()
            orders = fields.address() if flags & 2 else None
            if heap is None or names is None:
                continue
            fractal = FractalHeap(self._file, heap)
            yield from fractal.read()
            if kind == LINK_INFO:
                yield from self._dense_links(group, fractal, names, offset)
            else:
                yield from self._dense_attributes(path, fractal, names)
            if orders is not None:
                yield from walk_new(self._file, orders, {6, 9})

    def _dense_links(
        self, group: Group, heap: FractalHeap, names: int, offset: int
    ) -> Generator[Request, bytes, None]:
        for record in (yield from walk_new(self._file, names, _LINK_RECORDS)):
            record.take(4)
            group.add(link((yield from heap.object(record))), offset)

    def _dense_attributes(
        self, path: str, heap: FractalHeap, names: int
    ) -> Generator[Request, bytes, None]:
        for record in (yield from walk_new(self._file, names, _ATTRIBUTE_RECORDS)):
            identity = record.part(record.left - 9)
            if record.number(1) & SHARED:
                self._file.record.unread("an attribute is kept in the heap of shared messages")
                continue
            yield from self._attributes.note(path, attribute((yield from heap.object(identity))))

    # Datasets -----------------------------------------------------------------------------------

    def _dataset(
        self, path: str, found: dict[int, Message], offset: int
    ) -> Generator[Request, bytes, None]:
        file = self._file
        if DATASPACE not in found:
            raise FaultError(f"the dataset {shown(path)} has no data space", offset)
        shape = dataspace(found[DATASPACE].body)
        kind = datatype(found[DATATYPE].body) if DATATYPE in found else None
        if FILTERS in found:
            for fact in filters(found[FILTERS].body):
                if fact not in file.record.metadata:
                    file.record.metadata.append(fact)
        where = layout(found[LAYOUT].body)
        size = self._size(path, kind, shape, where, offset)
        if EXTERNAL_FILES in found:
            yield from self._external_files(path, found[EXTERNAL_FILES].body)
        elif where.kind == "virtual":
            self._virtual(path, offset)
        elif where.kind == "chunked":
            yield from claim_chunks(file, where, shape or ())
        place = -1
        if where.kind == "contiguous" and where.offset is not None and size:
            file.claim(where.offset, size, f"the dataset {shown(path)}")
            place = where.offset
        file.record.tensors.append(
            TensorInfo(
                name=path,
                dtype=kind.name if kind else "committed",
                shape=shape or (),
                offset=place,
                size=size,
            )
        )

    def _size(
        self,
        path: str,
        kind: Kind | None,
        shape: tuple[int, ...] | None,
        where: Layout,
        offset: int,
    ) -> int:
        """Count the bytes of a dataset's elements, and check what the layout says of them."""
        wanted = None if kind is None else count(shape) * kind.size
        stated = where.size if where.kind == "contiguous" else None
        if wanted is None or stated is None:
            return wanted if wanted is not None else stated or 0
        if stated < wanted and where.offset is not None:
            text = f"the dataset {shown(path)} has {stated} bytes"
            raise FaultError(text, offset, f"{wanted} by its shape and data type")
        return max(stated, wanted) if where.offset is not None else wanted

    def _virtual(self, path: str, offset: int) -> None:
        record = self._file.record
        record.metadata.append(("virtual-dataset", path))
        text = f"the dataset {shown(path)} is made of others, which may be in other files"
        record.problem(OUTSIDE, text, offset, "elements in this file")
        record.unread("the sources of a virtual dataset are not read")

    def _external_files(self, path: str, fields: Fields) -> Generator[Request, bytes, None]:
        """Note the files that hold a dataset's elements."""
        file = self._file
        fields.take(4)
        fields.take(2)
        used, heap = fields.number(2), fields.address()
        if heap is None:
            raise FaultError(f"the dataset {shown(path)} has files without names", fields.start)
        names = yield from local_heap(file, heap)
        for _ in range(used):
            name = decoded(name_at(names, fields.length()))
            start, size = fields.length(), fields.length()
            Group(file, path).outside("elements", name, fields.start, size=start + size)
