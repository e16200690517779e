"""The opcodes a saved state dict is written in, and what they do to values.

A small machine of its own beside `pickle_machine`: that one follows every pickle as far as a name
or a call depends on it, this one keeps every value of the few kinds a state dict has. What a
foreign call would make is followed as one unknown value; one that is given a part of the state
could change it, and is refused.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from weighbridge.formats.torch_values import (
    Foreign,
    Mapped,
    Name,
    NotLosslessError,
    Storage,
    View,
    called,
    storage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_HIGHEST_PROTOCOL: Final = 5
_MARK: Final = object()


class StateMachine:
    """One pickle of a state dict.

    Attributes:
        position: Offset of the next byte.
        stack: Values, with a sentinel for each mark.
        memo: Values remembered by number.
    """

    __slots__ = ("_data", "_storages", "memo", "position", "stack")

    def __init__(self, data: bytes, position: int, storages: dict[str, Storage]) -> None:
        """Begin at an offset; `storages` are those of the whole file, by key."""
        self._data = data
        self._storages = storages
        self.position = position
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        """Run to STOP and return what the pickle makes.

        Raises:
            NotLosslessError: It is no pickle of a state dict.
        """
        try:
            while (code := self.take(1)) != b".":
                step = _STEPS.get(code)
                if step is None:
                    raise NotLosslessError(f"opcode 0x{code.hex()} is none that torch writes")
                step(self)
            return self.stack.pop()
        except (IndexError, KeyError, TypeError, ValueError, RecursionError, struct.error):
            message = f"its pickle makes no sense at byte {self.position}"
            raise NotLosslessError(message) from None

    # Arguments ----------------------------------------------------------------------------------

    def take(self, length: int) -> bytes:
        """Take the next bytes."""
        end = self.position + length
        if end > len(self._data):
            raise NotLosslessError("its pickle does not end")
        found = self._data[self.position : end]
        self.position = end
        return found

    def number(self, layout: struct.Struct) -> int:
        """Take a number."""
        (value,) = layout.unpack(self.take(layout.size))
        return int(value)

    def line(self) -> str:
        """Take a line."""
        end = self._data.index(b"\n", self.position)
        found = self._data[self.position : end]
        self.position = end + 1
        return found.decode("utf-8")

    def text(self, layout: struct.Struct) -> None:
        """Push a text."""
        self.stack.append(self.take(self.number(layout)).decode("utf-8", "surrogatepass"))

    # Values -------------------------------------------------------------------------------------

    def above_mark(self) -> list[object]:
        """Take what stands above the newest mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError
        found = self.stack[at + 1 :]
        del self.stack[at:]
        return found

    def join(self, count: int) -> None:
        """Push a tuple of the newest values."""
        items = tuple(self.stack[len(self.stack) - count :]) if count else ()
        if len(items) != count or any(item is _MARK for item in items):
            raise IndexError
        del self.stack[len(self.stack) - count :]
        self.stack.append(items)

    def set_items(self, items: list[object]) -> None:
        """Set keys and values, in turn, of what is on the top."""
        target = self.stack[-1]
        if isinstance(target, Mapped):
            target.items.update(zip(items[::2], items[1::2], strict=True))
        else:
            _unreachable(target, items)

    def top(self) -> object:
        """Return the newest value."""
        if self.stack[-1] is _MARK:
            raise IndexError
        return self.stack[-1]

    def append(self, items: list[object]) -> None:
        """Append to what is on the top."""
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        else:
            _unreachable(target, items)

    def call(self) -> None:
        """Call what is below the top with the tuple on the top."""
        arguments, function = self.stack.pop(), self.stack.pop()
        made = called(function, arguments)
        if isinstance(made, Foreign):
            _unreachable(made, [arguments])
        self.stack.append(made)

    def build(self) -> None:
        """Give what is below the top the state on the top."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Mapped):
            target.state = state
        else:
            _unreachable(target, [state])

    def persist(self) -> None:
        """Push the storage a persistent id names."""
        found = storage(self.stack.pop())
        # The loader goes by the key alone: whoever comes second gets what the first one was.
        if self._storages.setdefault(found.key, found) != found:
            raise NotLosslessError(f"the storage {found.key} is of two kinds")
        self.stack.append(found)

    def remember(self, index: int) -> None:
        """Remember the top."""
        self.memo[index] = self.top()


def _unreachable(target: object, given: list[object]) -> None:
    """Refuse a foreign call that could change the state: it is given a part of it.

    Raises:
        NotLosslessError: It is.
    """
    if not isinstance(target, Foreign):
        raise NotLosslessError("its pickle changes a value that is neither a dict nor a list")
    seen, left = set[int](), list(given)
    while left:
        value = left.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Mapped | list | View | Storage):
            raise NotLosslessError(f"a part of it is given to {target.path}")
        if isinstance(value, tuple):
            left.extend(value)


def _frame(machine: StateMachine) -> None:
    if machine.number(_U8) > len(machine._data) - machine.position:  # noqa: SLF001 - the machine's own step
        raise NotLosslessError("its pickle does not end")


def _protocol(machine: StateMachine) -> None:
    if machine.take(1)[0] > _HIGHEST_PROTOCOL:
        raise NotLosslessError("its pickle is of a protocol that does not exist")


def _name(machine: StateMachine, module: object, name: object) -> None:
    if not isinstance(module, str) or not isinstance(name, str):
        raise TypeError
    path = f"{module}.{name}"
    # A name with steps of its own is another global, however it is joined.
    machine.stack.append(Foreign(path) if "." in name else Name(path))


def _named(machine: StateMachine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    _name(machine, module, name)


def _instance(machine: StateMachine) -> None:
    module, name = machine.line(), machine.line()
    _foreign(machine, f"{module}.{name}", machine.above_mark())


def _object(machine: StateMachine) -> None:
    function, *arguments = machine.above_mark()
    _foreign(machine, getattr(function, "path", "a computed value"), arguments)


def _new(machine: StateMachine, count: int) -> None:
    machine.join(count)
    function, *arguments = _tuple(machine.stack.pop())
    _foreign(machine, getattr(function, "path", "a computed value"), list(arguments))


def _foreign(machine: StateMachine, path: str, given: list[object]) -> None:
    made = Foreign(path)
    _unreachable(made, given)
    machine.stack.append(made)


def _tuple(value: object) -> tuple[object, ...]:
    if not isinstance(value, tuple):
        raise TypeError
    return value


def _dict(machine: StateMachine) -> None:
    items = machine.above_mark()
    machine.stack.append(Mapped())
    machine.set_items(items)


def _pop(machine: StateMachine) -> None:
    machine.stack.pop()


def _drop(machine: StateMachine) -> None:
    machine.above_mark()


def _twice(machine: StateMachine) -> None:
    machine.stack.append(machine.top())


def _pair(machine: StateMachine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    machine.set_items([key, value])


def _one(machine: StateMachine) -> None:
    machine.append([machine.stack.pop()])


def _push(value: Callable[[StateMachine], object]) -> Callable[[StateMachine], None]:
    return lambda machine: machine.stack.append(value(machine))


_U1, _U2, _U4, _U8 = (struct.Struct(f"<{code}") for code in "BHIQ")
_I4: Final = struct.Struct("<i")
_F8: Final = struct.Struct(">d")

_STEPS: Final[Mapping[bytes, Callable[[StateMachine], None]]] = {
    b"\x80": _protocol,
    b"\x95": _frame,
    b"(": _push(lambda _: _MARK),
    b")": _push(lambda _: ()),
    b"]": _push(lambda _: []),
    b"}": _push(lambda _: Mapped()),
    b"N": _push(lambda _: None),
    b"\x88": _push(lambda _: True),
    b"\x89": _push(lambda _: False),
    b"J": _push(lambda machine: machine.number(_I4)),
    b"K": _push(lambda machine: machine.number(_U1)),
    b"M": _push(lambda machine: machine.number(_U2)),
    b"G": _push(lambda machine: _F8.unpack(machine.take(8))[0]),
    b"\x8a": _push(
        lambda machine: int.from_bytes(machine.take(machine.number(_U1)), "little", signed=True)
    ),
    b"B": _push(lambda machine: machine.take(machine.number(_U4))),
    b"C": _push(lambda machine: machine.take(machine.number(_U1))),
    b"\x8e": _push(lambda machine: machine.take(machine.number(_U8))),
    b"h": _push(lambda machine: machine.memo[machine.number(_U1)]),
    b"j": _push(lambda machine: machine.memo[machine.number(_U4)]),
    b"X": lambda machine: machine.text(_U4),
    b"\x8c": lambda machine: machine.text(_U1),
    b"\x8d": lambda machine: machine.text(_U8),
    b"q": lambda machine: machine.remember(machine.number(_U1)),
    b"r": lambda machine: machine.remember(machine.number(_U4)),
    b"\x94": lambda machine: machine.remember(len(machine.memo)),
    b"c": lambda machine: _name(machine, machine.line(), machine.line()),
    b"\x93": _named,
    b"t": _push(lambda machine: tuple(machine.above_mark())),
    b"\x85": lambda machine: machine.join(1),
    b"\x86": lambda machine: machine.join(2),
    b"\x87": lambda machine: machine.join(3),
    b"l": _push(lambda machine: machine.above_mark()),
    b"d": _dict,
    b"0": _pop,
    b"1": _drop,
    b"2": _twice,
    b"s": _pair,
    b"u": lambda machine: machine.set_items(machine.above_mark()),
    b"a": _one,
    b"e": lambda machine: machine.append(machine.above_mark()),
    b"R": StateMachine.call,
    b"b": StateMachine.build,
    b"i": _instance,
    b"o": _object,
    b"\x81": lambda machine: _new(machine, 2),
    b"\x92": lambda machine: _new(machine, 3),
    b"Q": StateMachine.persist,
}
