"""The stack and memo of a pickle, modelled: what it would import and call, without doing so.

The memory is that of the stack and memo, which `limits` bound (`pickle_objects`).

The semantics are those of CPython's unpickler (Modules/_pickle.c, Lib/pickle.py): what it refuses
is a `PickleFaultError` here, what it accepts goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.pickle_memo import Memo
from weighbridge.formats.pickle_objects import (
    ARRAY_WRAPPERS,
    FILE_WRAPPERS,
    MANY,
    OTHER,
    Blob,
    Global,
    Instance,
    Made,
    State,
    passed,
)
from weighbridge.formats.pickle_values import is_worth

if TYPE_CHECKING:
    from weighbridge.formats.pickle_objects import Imports, Value
    from weighbridge.model.limits import Limits

_KEPT_ITEMS = 16
_SHORT_TEXT = 64
_LONG_TEXTS = 64 << 20
_CHECK_EVERY = 1_024
_MOST_GROWTH = 3
"""Objects one opcode can add: EXT1 pushes one, and keeps its code and the global without a name."""

OPCODE_WORK: Final = 16
"""The work of one opcode, in bytes of plain ones (`pickle_plain`)."""


class PickleFaultError(Exception):
    """The bytes are not a pickle the unpickler would accept beyond this point."""


class PickleEndError(PickleFaultError):
    """The bytes end before the pickle does."""


_FOLLOWED: Final = ARRAY_WRAPPERS | FILE_WRAPPERS | {"numpy.dtype"}
_RECONSTRUCTORS: Final = frozenset(
    f"{module}.{name}"
    for module in ("copy_reg", "copyreg")
    for name in ("__newobj__", "__newobj_ex__", "_reconstructor")
)


class Machine:
    """One pickle's stack and memo.

    Attributes:
        imports: What it takes from elsewhere.
        stack: Values above the newest mark.
        memo: Values remembered by number.
        offset: Offset of the opcode being run.
        opcodes: How many were run, those of earlier pickles in the file included.
        work: What they cost, those of earlier pickles included.
        check_at: At how many opcodes the budgets are checked next.
        room: Bytes of plain opcodes that are within the budgets without a check.
        protocol: What PROTO said.
        pause: Whether whoever runs the machine must look at it before the next opcode.
        finished: Whether STOP was reached.
        frame: Length of a frame that just began.
        array: Wrapper of an array that follows in the stream.
        embedded: A value just pushed that may itself be a pickle.
    """

    __slots__ = (
        "_held",
        "_limits",
        "_marked",
        "_texts_left",
        "array",
        "check_at",
        "embedded",
        "finished",
        "frame",
        "imports",
        "memo",
        "offset",
        "opcodes",
        "pause",
        "protocol",
        "room",
        "stack",
        "work",
    )

    def __init__(
        self, limits: Limits, *, imports: Imports, opcodes: int = 0, work: int = 0
    ) -> None:
        """Start with an empty stack and memo."""
        self._limits = limits
        self._marked: list[list[Value]] = []
        self._held = 0
        self._texts_left = _LONG_TEXTS
        self.imports = imports
        self.stack: list[Value] = []
        self.memo = Memo()
        self.offset = 0
        self.opcodes = opcodes
        self.work = work
        self.room = 0
        self.check_at = opcodes
        self.protocol: int | None = None
        self.pause = False
        self.finished = False
        self.frame: int | None = None
        self.array: Instance | None = None
        self.embedded: bytes | None = None

    # Budgets ------------------------------------------------------------------------------------

    def check(self) -> None:
        """Check the budgets, and set when to check them next.

        Raises:
            BudgetExceededError: The pickle has more opcodes or objects than its limits allow.
        """
        limits = self._limits
        work = limits.opcodes * OPCODE_WORK - self.work
        if work <= 0:
            raise BudgetExceededError(f"the pickle has more than {limits.opcodes} opcodes")
        objects = limits.stack - (
            self._held + len(self.stack) + len(self._marked) + len(self.memo) + len(self.imports)
        )
        if objects <= 0:
            raise BudgetExceededError(f"the pickle keeps more than {limits.stack} objects")
        # However much each opcode costs and adds, none goes over a budget before the next check.
        soon = min(_CHECK_EVERY, (work - 1) // OPCODE_WORK + 1, (objects - 1) // _MOST_GROWTH + 1)
        self.check_at = self.opcodes + soon
        self.room = max(0, min(work // OPCODE_WORK - soon, objects - _MOST_GROWTH * soon))

    # The stack ----------------------------------------------------------------------------------

    @property
    def marked(self) -> list[list[Value]]:
        """Stretches below the newest mark."""
        return self._marked

    def mark(self) -> None:
        """Begin a new stretch of the stack; nothing below it can be popped until it ends."""
        self._marked.append(self.stack)
        self._held += len(self.stack)
        self.stack = []

    def pop_mark(self) -> list[Value]:
        """End the newest stretch and take its values."""
        items = self.stack
        if not self._marked:
            raise PickleFaultError("a mark is missing")
        self.stack = self._marked.pop()
        self._held -= len(self.stack)
        return items

    def pop(self) -> None:
        """Drop the top, or the mark if nothing stands above it."""
        if self.stack:
            del self.stack[-1]
        else:
            self.pop_mark()

    def push_text(self, raw: bytes | None, *, encoding: str = "utf-8") -> None:
        """Push a text; None is one too long to keep."""
        if raw is None or (len(raw) > _SHORT_TEXT and not self._affordable(raw)):
            self.stack.append(OTHER)
            return
        self.stack.append(raw.decode(encoding, "backslashreplace"))
        if is_worth(raw, text=True):
            self.embedded = raw
            self.pause = True

    def push_bytes(self, raw: bytes | None) -> None:
        """Push bytes; those that may be a file are looked into by whoever runs the machine."""
        if raw is None:
            self.stack.append(Blob(self.offset))
        elif is_worth(raw, text=False):
            self.stack.append(Blob(self.offset))
            self.embedded = raw
            self.pause = True
        else:
            self.stack.append(raw if len(raw) <= _SHORT_TEXT else OTHER)

    def _affordable(self, raw: bytes) -> bool:
        self._texts_left -= len(raw)
        return self._texts_left > 0

    def push_tuple(self, items: list[Value]) -> None:
        """Push a tuple; kept only while small and shallow, so that no chain of tuples grows."""
        if len(items) > _KEPT_ITEMS:
            passed(tuple(items))
            self.stack.append(MANY)
            return
        self.stack.append(tuple(_shallow(item) if type(item) is tuple else item for item in items))

    def push_dict(self) -> None:
        """Push an empty dict; its content matters only as the state of an object."""
        top = type(self.stack[-1]) if self.stack else None
        if top is Made:
            self.stack.append(State())
        else:
            self.stack.append(State(values={}) if top is Instance else OTHER)

    def set_items(self, items: list[Value]) -> None:
        """Set keys and values, in turn, of the dict on the top."""
        if len(items) % 2:
            raise PickleFaultError("a key has no value")
        target = self.add_to()
        if type(target) is State:
            target.set(items[::2], items[1::2])

    def add_to(self) -> Value:
        """Return the top, to which items are added; what that does to a global is noted."""
        target = self.stack[-1]
        if type(target) is Global:
            target.acts["items"] = None
        return target

    # The memo -----------------------------------------------------------------------------------

    def put(self, index: int | None) -> None:
        """Remember the top under a number; None is how many were remembered before."""
        self.memo.put(index, self.stack[-1])

    def get(self, index: int) -> None:
        """Push what was remembered under a number."""
        try:
            self.stack.append(self.memo.get(index))
        except KeyError:
            raise PickleFaultError(f"nothing was remembered as {index}") from None

    def push_others(self, count: int) -> None:
        """Push values of which none matters, and remember each; the memo must have no gap."""
        self.stack.extend([OTHER] * count)
        self.memo.put_others(count)

    # Imports and calls --------------------------------------------------------------------------

    def use(self, module: Value, name: Value) -> Global:
        """Import a global at the present offset."""
        return self.imports.use(module, name, self.offset)

    def call(self, function: Value, arguments: Value) -> None:
        """Call a value and push the result."""
        if isinstance(function, Instance):
            raise PickleFaultError(f"what {function.of.path} returns cannot be called")
        if isinstance(function, Made):
            function = function.of
            function.acts["result-called"] = None
        if not isinstance(function, Global):
            function = self.use(None, None)
        function.call(arguments, self.offset, self.imports)
        if function.path in _RECONSTRUCTORS and isinstance(arguments, tuple) and arguments:
            self.call(arguments[0], ())
            return
        if function.path in _FOLLOWED:
            positional = arguments if isinstance(arguments, tuple) else ()
            self.stack.append(Instance(function, positional, []))
        else:
            self.stack.append(function.made)

    def call_with_names(self, function: Value, arguments: Value) -> None:
        """Call a value with arguments that have names, which are not followed."""
        if isinstance(function, Global):
            function.acts["named-arguments"] = None
        self.call(function, arguments)

    def build(self) -> None:
        """Give the object below the top the state on the top."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Instance):
            target.build(state, self.imports)
            if target.of.path in ARRAY_WRAPPERS:
                self.array = target
                self.pause = True
        elif isinstance(target, Made):
            target.of.build(state)
        elif isinstance(target, Global):
            target.called = True
            target.acts["built"] = None
        elif self.imports.arrays:
            self.array = Instance(self.use(None, None), (), [])
            self.pause = True

    def persist(self, identity: Value) -> None:
        """Push the object a persistent id stands for; what that is, only the loader knows."""
        self.imports.persistent.setdefault(identity if _plain(identity) else OTHER, self.offset)
        self.stack.append(OTHER)

    def extend(self, code: int) -> None:
        """Push a global of the extension registry (copyreg), which the bytes do not name."""
        self.imports.extensions[code] = None
        extension = self.use(None, None)
        extension.acts["extension"] = None
        self.stack.append(extension)

    def finish(self) -> None:
        """End the pickle: the top is what it makes."""
        if not self.stack:
            raise PickleFaultError("the pickle ends with an empty stack")
        self.pause = True
        self.finished = True


def _shallow(item: Value) -> Value:
    if isinstance(item, tuple) and any(isinstance(part, tuple) for part in item):
        passed(item)
        return OTHER
    return item


def _plain(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(_plain(item) for item in value)
    return isinstance(value, str | int | Global | None)
