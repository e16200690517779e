"""Pickle, protocols 0 to 5: every opcode walked, no object made.

What a pickle would import and call is told from the stack and memo (`pickle_machine`). Pickles
that follow one another, as joblib and old torch files have them, are all read; whatever follows
and is no pickle is a hidden payload, and it is searched for pickles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.drive import serve
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import Stored, placed
from weighbridge.formats.pickle_embedded import Embedded, tells
from weighbridge.formats.pickle_legacy import MOST_RESULTS, is_torch_data, read_storages
from weighbridge.formats.pickle_machine import PickleFaultError
from weighbridge.formats.pickle_search import next_pickle
from weighbridge.formats.pickle_shown import uses
from weighbridge.formats.pickle_storages import identities, storages
from weighbridge.formats.pickle_trial import begins
from weighbridge.formats.pickle_walker import AbandonedError, Walker
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.model.structure import FileReference

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.formats.contents import MakeReader, Sniff
    from weighbridge.formats.interface import Reader, Request
    from weighbridge.formats.pickle_objects import Value
    from weighbridge.model.limits import Limits

_HEAD: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class PickleFormat:
    """Pickles, whose values may be files of other formats.

    Attributes:
        sniff_value: Names the format of a value.
        read_value: Makes a reader for it.
    """

    sniff_value: Sniff
    read_value: MakeReader

    def sniff(self, head: bytes, tail: bytes, size: int) -> str | None:
        """Recognise a pickle."""
        return sniff(head, tail, size)

    def read(self, size: int, *, limits: Limits) -> Reader:
        """Walk every opcode of every pickle in the file."""
        return _read(size, limits, self.sniff_value, self.read_value)


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise a pickle by PROTO, or, in protocols 0 and 1, by opcodes that all make sense."""
    return "pickle" if begins(head, size) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Walk every opcode of every pickle in the file; of its values, only pickles are read."""
    return _read(size, limits, sniff, _read_value)


def _read_value(name: str, size: int, *, limits: Limits) -> Reader:
    del name
    return read(size, limits=limits)


def _read(size: int, limits: Limits, sniff_value: Sniff, read_value: MakeReader) -> Reader:
    record = Record(format="pickle", size=size)
    embedded = Embedded(record, limits, sniff=sniff_value, make_reader=read_value)
    walker = Walker(Cursor(0, size), record, limits, embedded=embedded)
    try:
        yield from _Pickles(walker, embedded).read()
    except PickleFaultError as fault:
        record.corrupt(str(fault), record.coverage)
    except BudgetExceededError as error:
        record.unread(str(error))
    except AbandonedError:
        pass  # the record says why
    record.globals.extend(uses(walker.imports))
    record.tensors.extend(storages(walker.imports))
    record.references.extend(FileReference(path=name) for name in walker.imports.files)
    record.metadata.extend(("persistent-id", text) for text in identities(walker.imports))
    record.metadata.extend(("extension", str(code)) for code in walker.imports.extensions)
    return record.structure()


class _Pickles:
    """The pickles of one file, one behind the other."""

    def __init__(self, walker: Walker, embedded: Embedded) -> None:
        self._walker = walker
        self._embedded = embedded
        self._results: list[Value] = []
        self._junk = 0
        self._apart = False

    def read(self) -> Generator[Request, bytes, None]:
        """Read all of them, and account for what lies between and behind them."""
        walker, results = self._walker, self._results
        count = 0
        while not count or walker.cursor.left:
            if count and not (yield from self._goes_on()):
                return
            count += 1
            if count > walker.limits.entries:
                raise BudgetExceededError(f"more than {walker.limits.entries} pickles in a row")
            machine = yield from walker.pickle(walker.limits.depth)
            self._cover()
            if len(results) <= MOST_RESULTS:
                results.append(machine.stack[-1])
            if walker.behind is not None:
                yield from self._read_apart(walker.behind)

    def _cover(self) -> None:
        self._walker.record.coverage = self._walker.cursor.position - self._junk

    def _goes_on(self) -> Generator[Request, bytes, bool]:
        """Whether a further pickle follows; what follows instead is noted, and searched."""
        walker, cursor = self._walker, self._walker.cursor
        if is_torch_data(walker, self._results):
            yield from read_storages(walker, self._embedded)
            return False
        yield from cursor.fill(min(_HEAD, cursor.left))
        head = cursor.buffer[cursor.index : cursor.index + _HEAD]
        if not head or begins(head, cursor.left, fewest=0):
            return bool(head)
        start, left = cursor.position, cursor.left
        text = f"{left} bytes behind the pickle are no pickle"
        walker.record.problem(HIDDEN, text, start, "nothing, or another pickle")
        walker.record.unread(f"{left} bytes behind the pickle are of no known format")
        found = yield from next_pickle(cursor, walker.record)
        self._junk += cursor.position - start
        if found:
            walker.record.problem(HIDDEN, "a pickle lies behind junk", cursor.position)
        return found

    def _read_apart(self, start: int) -> Generator[Request, bytes, None]:
        """Read what Python's unpickler in Python, or in C from a stream, would load next."""
        walker = self._walker
        record, limits = walker.record, walker.limits
        left = record.size - start
        if left <= 0:
            return
        if self._apart or not limits.depth:
            record.unread("more than one frame goes on behind STOP")
            return
        self._apart = True
        source = Stored(start, left, limits=limits)
        inner = replace(limits, depth=limits.depth - 1)
        found = yield from serve(read(left, limits=inner), source)
        walker.cursor.resume()
        if found.globals or tells(found):
            record.members.append(placed(found, f"(behind the frame at {start})"))
