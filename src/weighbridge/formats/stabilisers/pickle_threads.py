"""Pickle and joblib: how many threads an estimator may use.

The opcodes are walked as the threat scan walks them; nothing is made. What is let go is the value
that an estimator of a known library is given for its attribute `n_jobs`, and the frames, which only
say how the bytes were buffered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from weighbridge.formats import registry
from weighbridge.formats.pickle_arrays import RawArray, understand
from weighbridge.formats.pickle_machine import Machine, PickleFaultError
from weighbridge.formats.pickle_objects import OTHER, Imports, Made, State
from weighbridge.formats.pickle_opcodes import OPCODES
from weighbridge.formats.pickle_plain import work_of
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.reading import CHUNK, answered, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.pickle_objects import Instance, Value
    from weighbridge.formats.pickle_opcodes import Opcode
    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.model.limits import Limits

_ATTRIBUTE: Final = "n_jobs"
_LIBRARIES: Final = frozenset({"sklearn", "xgboost", "lightgbm"})
_NUMBERS: Final = frozenset(b"KMJN\x8a")
_FRAME: Final = 0x95
_DUPLICATE: Final = ord("2")
_NONE: Final = b"N"
_LONGEST_LINE: Final = 4_096


@dataclass(frozen=True, slots=True)
class _Count:
    """A number of threads, and where the opcode that pushes it stands."""

    start: int
    end: int


def write(source: Readable, draft: Draft) -> None:
    """Write the opcodes without frames, and None for each number of threads."""
    if not _mentions(source):
        raise RefusedError("it says nothing of threads")
    found = answered(registry.reader("pickle", source.size, limits=draft.limits), source)
    if found.status == "error" or found.problems:
        raise RefusedError("Python's unpicklers may differ about it")
    walk = _Walk(source, draft.limits)
    walk.run()
    draft.keep_stream(_normal(source, draft, walk))


def _normal(source: Readable, draft: Draft, walk: _Walk) -> Iterator[bytes]:
    at = 0
    cuts = [*((count, _NONE) for count in walk.counts), *((frame, b"") for frame in walk.frames)]
    for cut, instead in sorted(cuts, key=lambda one: one[0].start):
        yield from pieces(source, at, cut.start)
        draft.let_go(source.read_at(cut.start, cut.end - cut.start))
        yield instead
        at = cut.end
    yield from pieces(source, at, source.size)


def _mentions(source: Readable) -> bool:
    before = b""
    for piece in pieces(source, 0, source.size):
        if _ATTRIBUTE.encode() in before + piece:
            return True
        before = piece[-len(_ATTRIBUTE) :]
    return False


class _Threads(Machine):
    """A machine that notes which numbers of threads become attributes of estimators."""

    __slots__ = ("_set", "_shared", "counts")

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits, imports=Imports())
        self._set: dict[int, tuple[State, _Count]] = {}
        self._shared: list[State] = []
        self.counts: dict[int, _Count] = {}

    def get(self, index: int) -> None:
        """Push what was remembered; a dict that is used elsewhere, too, is not one's own."""
        super().get(index)
        self.share()

    def share(self) -> None:
        """Note that the top stands elsewhere, too."""
        top = self.stack[-1]
        if type(top) is State:
            self._shared.append(top)

    def set_items(self, items: list[Value]) -> None:
        """Set keys and values, and note a number of threads."""
        target = self.stack[-1]
        if type(target) is State:
            for key, value in zip(items[::2], items[1::2], strict=False):
                if key == _ATTRIBUTE:
                    self._note(target, value)
        super().set_items(items)

    def _note(self, target: State, value: object) -> None:
        if id(target) in self._set:
            raise RefusedError("an estimator is given its number of threads twice")
        if isinstance(value, _Count):
            self._set[id(target)] = target, value

    def settled(self) -> list[_Count]:
        """List the opcodes that push a number of threads, and nothing that stands elsewhere.

        Raises:
            RefusedError: Attributes of an estimator stand elsewhere, too.
        """
        shared = {id(state) for state in self._shared}
        if shared & self._set.keys():
            raise RefusedError("attributes of an estimator stand elsewhere, too")
        return list(self.counts.values())

    def build(self) -> None:
        """Give an object its attributes, and note whether it is an estimator."""
        state, target = self.stack[-1], self.stack[-2]
        if isinstance(target, Made) and type(state) is State and id(state) in self._set:
            library = target.of.module.partition(".")[0]
            if library in _LIBRARIES:
                count = self._set[id(state)][1]
                self.counts[count.start] = count
        super().build()


class _Walk:
    """Walking one pickle, opcode by opcode.

    Attributes:
        frames: The opcodes that begin frames.
    """

    def __init__(self, source: Readable, limits: Limits) -> None:
        self.frames: list[_Count] = []
        self._source = source
        self._limits = limits
        self._machine = _Threads(limits)
        self._offset = 0
        self._buffer = b""
        self._base = 0

    @property
    def counts(self) -> list[_Count]:
        """The opcodes that push a number of threads of an estimator."""
        return self._machine.settled()

    def run(self) -> None:
        """Walk to STOP, which must be the last byte.

        Raises:
            RefusedError: It is not one pickle that is followed to its end.
            BudgetExceededError: It is over the limits.
        """
        machine = self._machine
        try:
            while not machine.finished:
                self._step(machine)
        except (PickleFaultError, IndexError) as error:
            raise RefusedError("its opcodes cannot be followed") from error
        if self._offset != self._source.size:
            raise RefusedError("something follows the pickle")

    def _step(self, machine: _Threads) -> None:
        start = machine.offset = self._offset
        if machine.opcodes >= machine.check_at:
            machine.check()
        code = self._bytes(start, 1)[0]
        opcode = OPCODES.get(code)
        if opcode is None:
            self._refuse()
        argument, self._offset = self._argument(opcode, start + 1)
        stack = machine.stack
        named = code in _NUMBERS and bool(stack) and stack[-1] == _ATTRIBUTE
        opcode.act(machine, argument)
        machine.opcodes += 1
        machine.work += work_of(code) or self._offset - start
        if code == _DUPLICATE:
            machine.share()
        if named:
            # The machine does not look at it: it stands for a number that matters nowhere.
            machine.stack[-1] = _Count(start, self._offset)  # type: ignore[call-overload]
        if code == _FRAME:
            self.frames.append(_Count(start, self._offset))
        machine.pause, machine.frame, machine.embedded = False, None, None
        if machine.array is not None:
            self._past_array(machine.array)
            machine.array = None
            machine.stack[-1] = OTHER

    def _argument(self, opcode: Opcode, at: int) -> tuple[bytes | None, int]:
        if opcode.lines:
            return self._lines(opcode.lines, at)
        length = opcode.fixed
        if opcode.prefix:
            length = int.from_bytes(self._bytes(at, opcode.prefix), "little")
            at += opcode.prefix
        if at + length > self._source.size:
            self._refuse()
        kept = self._bytes(at, length) if length <= self._limits.text else None
        return kept, at + length

    def _lines(self, count: int, at: int) -> tuple[bytes, int]:
        raw = self._source.read_at(at, count * _LONGEST_LINE)
        lines = raw.split(b"\n", count)
        if len(lines) <= count:
            self._refuse()
        argument = b"\n".join(lines[:count])
        return argument, at + len(argument) + 1

    def _past_array(self, wrapper: Instance) -> None:
        array = understand(wrapper)
        if not isinstance(array, RawArray):
            self._refuse()
        padding = 1 + self._bytes(self._offset, 1)[0] if array.aligned else 0
        self._offset += padding + array.size
        if self._offset > self._source.size:
            self._refuse()

    def _bytes(self, offset: int, length: int) -> bytes:
        """Read bytes through a window: most opcodes are short."""
        at = offset - self._base
        if at < 0 or at + length > len(self._buffer):
            self._buffer = self._source.read_at(offset, max(length, CHUNK))
            self._base, at = offset, 0
        piece = self._buffer[at : at + length]
        if len(piece) < length:
            self._refuse()
        return piece

    def _refuse(self) -> NoReturn:
        raise RefusedError("its opcodes cannot be followed")


STABILISER: Final = Stabiliser(
    name="pickle-threads",
    version=1,
    formats=("pickle",),
    lets=(
        "the attribute `n_jobs` of estimators of scikit-learn, XGBoost and LightGBM, and how the"
        " pickle is cut into frames"
    ),
    because=(
        "it says how many threads work at once; every other opcode and every array is kept, and a"
        " pickle about which unpicklers may differ is refused"
    ),
    write=write,
)
