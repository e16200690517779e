"""NumPy arrays that joblib writes between the opcodes of a pickle.

After the BUILD of a `NumpyArrayWrapper` joblib's unpickler takes over the stream: a byte that says
how much padding follows, the padding, and the array's bytes; or, for an array of objects, a whole
pickle (joblib/numpy_pickle.py, `NumpyArrayWrapper.read_array`). A plain unpickler would run those
bytes as opcodes. The padding's first byte is no opcode, so it cannot; what it would make of an
array without padding (joblib before 1.2) is tried (`pickle_fork`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.pickle_objects import ARRAY_WRAPPERS, Instance, State, Value

ALIGNMENT: Final = 16
"""What joblib aligns arrays to, in bytes."""

_KIND = re.compile(r"[<>=|]?([biufcmMSUV?])([0-9]{1,9})\Z")
_UNICODE_BYTES = 4
_FLEXIBLE: Final = "SUV"
_STATE_PARTS: Final = 8
_HAS_OBJECTS: Final = 1
_LONGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArray:
    """Bytes of an array between two opcodes.

    Attributes:
        dtype: NumPy's word for the data type, such as `<f8`.
        shape: Dimensions.
        size: Bytes.
        aligned: Whether a padding byte and padding come first.
    """

    dtype: str
    shape: tuple[int, ...]
    size: int
    aligned: bool


class ObjectArray:
    """A pickle of its own between two opcodes."""


def understand(wrapper: Instance) -> RawArray | ObjectArray | None:
    """Tell from the wrapper's state what follows in the stream; None if it cannot be told."""
    state: dict[str, Value] = {}
    for part in wrapper.state:
        if not isinstance(part, State) or part.values is None:
            return None
        state |= part.values
    item = _item(state.get("dtype")) if wrapper.of.path in ARRAY_WRAPPERS else None
    alignment = state.get("numpy_array_alignment_bytes")
    if item is None or alignment not in (None, ALIGNMENT):
        return None
    dtype, size = item
    return ObjectArray() if dtype == "O" else _raw(dtype, size, state.get("shape"), alignment)


def _raw(dtype: str, size: int, shape: Value, alignment: Value) -> RawArray | None:
    if not isinstance(shape, tuple):
        return None
    dimensions = tuple(n for n in shape if type(n) is int and n >= 0)
    if len(dimensions) != len(shape):
        return None
    for dimension in dimensions:
        size *= dimension
    if size > _LONGEST:
        return None
    return RawArray(dtype=dtype, shape=dimensions, size=size, aligned=alignment is not None)


def _item(dtype: Value) -> tuple[str, int] | None:
    """Name a data type and its bytes per element."""
    if not isinstance(dtype, Instance) or not dtype.arguments or dtype.of.path != "numpy.dtype":
        return None
    name = dtype.arguments[0]
    states = [_state(state) for state in dtype.state]
    if not isinstance(name, str) or None in states:
        return None
    last = states[-1] if states else None
    if name in ("O", "O8", "|O") or (last and last.objects):
        return "O", 0
    found = _KIND.match(name)
    if found is None:
        return None
    kind, count = found.groups()
    size = int(count) * (_UNICODE_BYTES if kind == "U" else 1)
    # NumPy believes the state about the size of these, and about inner fields.
    flexible = kind in _FLEXIBLE
    if last and ((flexible and last.size != size) or (last.fields and kind != "V")):
        return None
    return f"{last.order if last else ''}{kind}{count}", size


@dataclass(frozen=True, slots=True)
class _State:
    order: str
    fields: bool
    size: int
    objects: bool


def _state(state: Value) -> _State | None:
    """Understand the state that `numpy.dtype` was given; None where elements are arrays."""
    if not isinstance(state, tuple) or len(state) < _STATE_PARTS:
        return None
    _, order, base, names, fields, size, _, flags = state[:_STATE_PARTS]
    if not isinstance(order, str) or base is not None:
        return None
    if not isinstance(size, int) or not isinstance(flags, int):
        return None
    inner = (names, fields) != (None, None)
    return _State(order, inner, size, bool(flags & _HAS_OBJECTS))
