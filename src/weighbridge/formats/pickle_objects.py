"""Values as the model of a pickle knows them, and what a pickle does with the globals it imports.

Values are followed only as far as a name, a call or the length of an array depends on them;
everything else is `OTHER`. What is kept of calls is bounded: the first few as they stand, and at
each place of the arguments the first few different values, or else what kinds there were.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from weighbridge.model.structure import GlobalAct

_CALLS: Final = 3
_DIFFERENT: Final = 8
_PLACES: Final = 8
_KEPT: Final = 100_000
_NAMES: Final = 32
_PAIR: Final = 2
_STATES: Final = 16
_OWN: Final = re.compile(
    r"__\w*__|add|append|clear|copy|extend|fromkeys|get|insert|items|keys|move_to_end|pop|popitem"
    r"|read|readline|remove|setdefault|sort|update|values|write"
)
"""Attributes that objects have already: setting them changes what a call of them does."""


class Other:
    """A value whose content does not matter."""

    __slots__ = ()


OTHER: Final = Other()
MANY: Final = Other()
"""A tuple of more items than are followed."""
ABSENT: Final = Other()
"""No argument, where other calls have one."""


@dataclass(slots=True, eq=False)
class Blob:
    """Bytes that are looked into, since they begin like a file.

    Attributes:
        offset: Offset of the opcode that holds them.
        format: What file they are, once they were read from end to end; else empty.
    """

    offset: int
    format: str = ""


@dataclass(slots=True, eq=False)
class State:
    """A dict that is made where an object is given its attributes.

    Attributes:
        values: Keys and values, the first few, of an array's wrapper; None of other objects.
        names: Keys that are attributes objects have already, `?` for one that could not be told.
    """

    values: dict[str, Value] | None = None
    names: dict[str, None] = field(default_factory=dict)

    def set(self, keys: list[Value], values: list[Value]) -> None:
        """Set keys to values."""
        for key in keys:
            if type(key) is not str:
                self.names["?"] = None
            elif _OWN.fullmatch(key) and len(self.names) < _NAMES:
                self.names[key] = None
        if self.values is not None:
            for key, value in zip(keys, values, strict=False):
                if len(self.values) < _NAMES:
                    self.values[key if isinstance(key, str) else ""] = value


class Place:
    """What the calls of a global have at one place of their arguments.

    Attributes:
        values: The different values; None if they are too many.
        examples: One value of each kind.
    """

    __slots__ = ("examples", "values")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.values: dict[Value, None] | None = {}
        self.examples: dict[type, Value] = {}

    def add(self, value: Value, imports: Imports) -> None:
        """Note what one more call has here."""
        values = self.values
        if values is not None and value not in values:
            if len(values) < _DIFFERENT and imports.keep():
                values[value] = None
            else:
                self.values = None
        if type(value) not in self.examples:
            self.examples[type(value)] = value


@dataclass(slots=True, eq=False)
class Global:
    """A global the pickle imports; all imports of one name are this one object.

    Attributes:
        module: Module as spelt, empty if unresolvable.
        name: Attribute path, empty if unresolvable.
        path: `module.name`.
        offset: Offset of the first import.
        called: Whether any use of it is a call.
        at: Offset of the first call, or -1.
        made: What its calls return; one object stands for all of them.
        calls: Arguments of the first few calls that differ.
        places: What its calls have at each place of their arguments.
        acts: What else the pickle does with it.
        sets: Names of attributes its objects are given although objects have them already.
    """

    module: str
    name: str
    path: str
    offset: int
    called: bool = False
    at: int = -1
    made: Made = field(init=False)
    calls: list[tuple[Value, ...]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    acts: dict[GlobalAct, None] = field(default_factory=dict)
    sets: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Have something for its calls to return."""
        self.made = Made(self)

    def call(self, arguments: Value, offset: int, imports: Imports) -> None:
        """Note a call."""
        first = not self.called or self.at < 0
        self.called = True
        if not isinstance(arguments, tuple) or len(arguments) > _PLACES:
            self.acts["unseen-arguments"] = None
        given = arguments if isinstance(arguments, tuple) else (arguments,)
        if first:
            self.at = offset
        if len(self.calls) < _CALLS and given not in self.calls and imports.keep():
            self.calls.append(given)
        places = self.places
        while len(places) < min(len(given), _PLACES):
            places.append(Place())
            if not first:
                places[-1].add(ABSENT, imports)
        for index, place in enumerate(places):
            value = given[index] if index < len(given) else ABSENT
            if type(value) is Global or type(value) is tuple:
                passed(value)
            place.add(value, imports)

    def build(self, state: Value) -> None:
        """Note with what state an object of its making is built."""
        if isinstance(state, tuple) and len(state) == _PAIR:
            self.acts["slots"] = None
        elif state is OTHER or isinstance(state, Made | Global):
            self.acts["unseen-state"] = None
        for part in state if isinstance(state, tuple) else (state,):
            if isinstance(part, State):
                self.sets.update(part.names)


def passed(value: Value) -> None:
    """Note of the globals in a value that they are given to a call, or to what is not followed."""
    if type(value) is Global:
        value.acts["passed"] = None
    elif type(value) is tuple:
        for part in value:
            passed(part)


@dataclass(slots=True, eq=False)
class Made:
    """What a call of a global returns.

    Attributes:
        of: The global.
    """

    of: Global


@dataclass(slots=True, eq=False)
class Instance:
    """The result of a call whose arguments or state matter (arrays and their data types).

    Attributes:
        of: The global called.
        arguments: Positional arguments.
        state: What BUILD gave it, the newest last.
    """

    of: Global
    arguments: tuple[Value, ...]
    state: list[Value]

    def build(self, state: Value, imports: Imports) -> None:
        """Note the state it is built with, and the file it names."""
        if len(self.state) < _STATES:
            self.state.append(state)
        if self.of.path in FILE_WRAPPERS:
            values = state.values if isinstance(state, State) else None
            name = (values or {}).get("filename")
            if isinstance(name, str):
                imports.files[name] = None
            else:
                self.of.acts["unseen-state"] = None


Value = (
    Other
    | None
    | bool
    | int
    | str
    | bytes
    | tuple["Value", ...]
    | Blob
    | State
    | Global
    | Made
    | Instance
)

ARRAY_WRAPPERS: Final = frozenset(
    {
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
    }
)
"""Classes after whose BUILD joblib reads an array from the stream itself."""

FILE_WRAPPERS: Final = frozenset(
    f"{package}.{name}"
    for package in (
        "joblib.numpy_pickle",
        "joblib.numpy_pickle_compat",
        "sklearn.externals.joblib.numpy_pickle",
        "sklearn.externals.joblib.numpy_pickle_compat",
    )
    for name in ("NDArrayWrapper", "ZNDArrayWrapper")
)
"""Classes after whose BUILD joblib before 0.10 reads an array from a file beside the pickle."""


class Imports:
    """What all pickles of one file take from elsewhere.

    Attributes:
        globals: Globals by module and name, in the order of their first import.
        persistent: Persistent ids, which only the loader can resolve, and where each stands.
        extensions: Codes of the extension registry (copyreg).
        files: Names of the files that arrays are read from.
        arrays: Whether one of the globals is an array wrapper.
    """

    __slots__ = ("_kept", "arrays", "extensions", "files", "globals", "persistent")

    def __init__(self) -> None:
        """Start with none."""
        self.globals: dict[tuple[str, str], Global] = {}
        self.persistent: dict[Value, int] = {}
        self.extensions: dict[int, None] = {}
        self.files: dict[str, None] = {}
        self.arrays = False
        self._kept = 0

    def use(self, module: Value, name: Value, offset: int) -> Global:
        """Import a global; one whose name does not stand in the bytes is kept without a name."""
        if not isinstance(module, str) or not isinstance(name, str):
            module = name = ""
        found = self.globals.get((module, name))
        if found is None:
            path = f"{module}.{name}"
            found = self.globals[module, name] = Global(module, name, path, offset)
            self.arrays = self.arrays or path in ARRAY_WRAPPERS
        return found

    def keep(self) -> bool:
        """Whether one more argument may be kept; each kept one is counted."""
        self._kept += 1
        return self._kept <= _KEPT

    def __len__(self) -> int:
        """Count everything kept."""
        parts = (self.globals, self.persistent, self.extensions, self.files)
        return sum(len(part) for part in parts)
