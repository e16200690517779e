"""What a saved state dict consists of, and the grammar its values are held to.

PyTorch writes a tensor as a call: `torch._utils._rebuild_tensor_v2(storage, offset, size, stride,
requires_grad, hooks)`, the storage being a persistent id. The calls are modelled after
`torch/_utils.py`; none is made, and whatever deviates is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LARGEST: Final = (1 << 63) - 1
_MOST_DIMENSIONS: Final = 64


class NotLosslessError(Exception):
    """The file is something else than a state dict that safetensors can hold as a whole."""


@dataclass(frozen=True, slots=True)
class Name:
    """A global, by its name."""

    path: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """A value only the running of the pickle would make; what it is made by."""

    path: str


@dataclass(frozen=True, slots=True)
class Storage:
    """A stretch of numbers that tensors are views of.

    Attributes:
        key: Its name in the file.
        dtype: Data type, in safetensors' word; empty for bytes that only a tensor gives one.
        size: Bytes.
    """

    key: str
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class View:
    """A tensor: which elements of a storage it has, in which order.

    Attributes:
        storage: The storage.
        dtype: Data type, in safetensors' word.
        offset: First element.
        shape: Dimensions, outermost first.
        stride: Elements from one to the next, by dimension.
        trained: Whether it asks for gradients.
    """

    storage: Storage
    dtype: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    trained: bool = False

    @property
    def count(self) -> int:
        """Elements of it."""
        count = 1
        for dimension in self.shape:
            count *= dimension
        return count

    @property
    def size(self) -> int:
        """Bytes of it, written without a gap."""
        return self.count * ITEM_BYTES[self.dtype]


@dataclass(slots=True, eq=False)
class Mapped:
    """A dict or OrderedDict.

    Attributes:
        items: Its members.
        state: What BUILD gave it.
    """

    items: dict[object, object] = field(default_factory=dict)
    state: object = None


ITEM_BYTES: Final[Mapping[str, int]] = {
    "BOOL": 1,
    "U8": 1,
    "I8": 1,
    "F8_E5M2": 1,
    "F8_E4M3": 1,
    "I16": 2,
    "U16": 2,
    "F16": 2,
    "BF16": 2,
    "I32": 4,
    "U32": 4,
    "F32": 4,
    "C64": 8,
    "F64": 8,
    "I64": 8,
    "U64": 8,
}
"""Bytes of one element, by safetensors' word for the data type."""

_STORAGES: Final = {
    "torch.BFloat16Storage": "BF16",
    "torch.BoolStorage": "BOOL",
    "torch.ByteStorage": "U8",
    "torch.CharStorage": "I8",
    "torch.ComplexFloatStorage": "C64",
    "torch.DoubleStorage": "F64",
    "torch.FloatStorage": "F32",
    "torch.HalfStorage": "F16",
    "torch.IntStorage": "I32",
    "torch.LongStorage": "I64",
    "torch.ShortStorage": "I16",
    "torch.storage.UntypedStorage": "",
    "torch.UntypedStorage": "",
}
_DTYPES: Final = {
    "torch.bfloat16": "BF16",
    "torch.bool": "BOOL",
    "torch.complex64": "C64",
    "torch.float16": "F16",
    "torch.float32": "F32",
    "torch.float64": "F64",
    "torch.float8_e4m3fn": "F8_E4M3",
    "torch.float8_e5m2": "F8_E5M2",
    "torch.int16": "I16",
    "torch.int32": "I32",
    "torch.int64": "I64",
    "torch.int8": "I8",
    "torch.uint16": "U16",
    "torch.uint32": "U32",
    "torch.uint64": "U64",
    "torch.uint8": "U8",
}
_REFUSED: Final = {
    "torch._utils._rebuild_qtensor": "a quantised tensor",
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
    "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor",
    "torch._utils._rebuild_nested_tensor": "a nested tensor",
    "torch._utils._rebuild_parameter_with_state": "a parameter with attributes of its own",
    "torch._utils._rebuild_wrapper_subclass": "a tensor of a class of its own",
    "torch._tensor._rebuild_from_type_v2": "a tensor of a class of its own",
}


def storage(identity: object) -> Storage:
    """Read the persistent id of a storage: type, key, device, and number of elements."""
    match identity:
        case ("storage", Name(path), str(key), str(), int(count), *rest) if rest in ([], [None]):
            if path not in _STORAGES:
                raise NotLosslessError(f"safetensors has no data type for {path}")
            dtype = _STORAGES[path]
            natural(count)
            return Storage(key, dtype, count * (ITEM_BYTES[dtype] if dtype else 1))
        case _:
            raise NotLosslessError("a persistent id names no storage of torch's")


def called(function: object, arguments: object) -> object:
    """Say what a call makes.

    Raises:
        NotLosslessError: It makes a tensor safetensors cannot hold, or one that is none.
    """
    if not isinstance(function, Name):
        return Foreign(function.path if isinstance(function, Foreign) else "a computed value")
    if function.path in _REFUSED:
        raise NotLosslessError(f"it holds {_REFUSED[function.path]}")
    if function.path == "collections.OrderedDict" and arguments == ():
        return Mapped()
    return _tensor(function.path, arguments) or Foreign(function.path)


def _tensor(path: str, arguments: object) -> View | None:
    """Make a tensor by the calls torch writes; None if it is another call."""
    match path, arguments:
        case "torch._utils._rebuild_tensor", (Storage() as data, offset, size, stride):
            return _view(data, data.dtype, offset, size, stride)
        case (
            "torch._utils._rebuild_tensor_v2",
            (Storage() as data, offset, size, stride, bool(trained), Mapped() as hooks, *rest),
        ):
            _plain(hooks, rest)
            return _view(data, data.dtype, offset, size, stride, trained=trained)
        case (
            "torch._utils._rebuild_tensor_v3",
            (Storage() as data, offset, size, stride, bool(trained), hooks, Name(dtype), *rest),
        ):
            _plain(hooks, rest)
            if dtype not in _DTYPES:
                raise NotLosslessError(f"safetensors has no data type for {dtype}")
            return _view(data, _DTYPES[dtype], offset, size, stride, trained=trained)
        case "torch._utils._rebuild_parameter", (View() as view, bool(trained), Mapped() as hooks):
            _plain(hooks, [])
            return View(view.storage, view.dtype, view.offset, view.shape, view.stride, trained)
        case _:
            return None


def _plain(hooks: object, metadata: list[object]) -> None:
    """Refuse a tensor that has hooks, or is the conjugate or the negative of its numbers."""
    if not isinstance(hooks, Mapped) or hooks.items:
        raise NotLosslessError("a tensor has hooks, which are code")
    if any(not (one is None or (isinstance(one, Mapped) and not one.items)) for one in metadata):
        raise NotLosslessError(
            "a tensor is not its numbers, but made of them (conjugate, negative)"
        )


def natural(value: object) -> int:
    """Return a number that can count something.

    Raises:
        NotLosslessError: It is none.
    """
    if type(value) is not int or not 0 <= value <= _LARGEST:
        raise NotLosslessError("a tensor has a size, stride or offset that is no such number")
    return value


def _view(
    data: Storage,
    dtype: str,
    offset: object,
    size: object,
    stride: object,
    *,
    trained: bool = False,
) -> View:
    if not dtype:
        raise NotLosslessError("a tensor of bytes without a data type")
    if not isinstance(size, tuple) or not isinstance(stride, tuple) or len(size) != len(stride):
        raise NotLosslessError("a tensor has a shape that is none")
    if len(size) > _MOST_DIMENSIONS:
        raise NotLosslessError(f"a tensor has more than {_MOST_DIMENSIONS} dimensions")
    shape, steps = tuple(map(natural, size)), tuple(map(natural, stride))
    first = natural(offset)
    last = first + sum((most - 1) * step for most, step in zip(shape, steps, strict=True))
    if 0 not in shape and (last + 1) * ITEM_BYTES[dtype] > data.size:
        raise NotLosslessError("a tensor goes beyond the end of its storage")
    return View(data, dtype, first, shape, steps, trained)
