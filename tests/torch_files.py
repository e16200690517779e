"""Files as torch writes them, made without it: state dicts, in today's format and the old one."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAGIC = 0x1950A86A20F9469CFC6C


@dataclass(frozen=True)
class Global:
    """A name in a pickle; whatever it stands for need not exist here."""

    module: str
    name: str

    def __call__(self) -> None:
        """Be callable, which `pickle` asks of what it is to write a call of."""


@dataclass(frozen=True)
class Stored:
    """A storage."""

    key: str
    kind: str
    count: int
    data: bytes


class Called:
    """The result of a call."""

    def __init__(self, module: str, name: str, *arguments: object) -> None:
        self._made = (Global(module, name), arguments)

    def __reduce__(self) -> tuple[Global, tuple[object, ...]]:
        return self._made


class _Pickler(pickle._Pickler):
    """Writes names that cannot be imported, and storages as torch does."""

    def persistent_id(self, obj: object) -> object:
        if isinstance(obj, Stored):
            identity = ("storage", Global("torch", obj.kind), obj.key, "cpu", obj.count)
            return (*identity, None) if self.legacy else identity
        return None

    def save(self, obj: object, save_persistent_id: bool = True) -> None:  # noqa: FBT001, FBT002 - as inherited
        if isinstance(obj, Global):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())  # type: ignore[attr-defined]
        else:
            super().save(obj, save_persistent_id)  # type: ignore[misc]

    legacy = False


class _LegacyPickler(_Pickler):
    legacy = True


def pickled(value: object, *, protocol: int = 2, legacy: bool = False) -> bytes:
    """Write a pickle as torch does."""
    stream = io.BytesIO()
    (_LegacyPickler if legacy else _Pickler)(stream, protocol).dump(value)
    return stream.getvalue()


def floats(key: str, *values: float) -> Stored:
    """Make a storage of 32-bit floats."""
    return Stored(key, "FloatStorage", len(values), struct.pack(f"<{len(values)}f", *values))


def tensor(
    data: Stored,
    shape: tuple[int, ...],
    stride: tuple[int, ...] | None = None,
    *,
    offset: int = 0,
    trained: bool = False,
) -> Called:
    """Make a tensor."""
    steps = [1]
    for most in reversed(shape[1:]):
        steps.insert(0, steps[0] * most)
    default = tuple(steps[: len(shape)]) if shape else ()
    hooks: OrderedDict[str, object] = OrderedDict()
    used = default if stride is None else stride
    return Called("torch._utils", "_rebuild_tensor_v2", data, offset, shape, used, trained, hooks)


def archive(
    pickle_: bytes, storages: Iterable[Stored], extra: Mapping[str, bytes] | None = None
) -> bytes:
    """Put a pickle and its storages into an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        members = {
            "data.pkl": pickle_,
            "byteorder": b"little",
            **{f"data/{one.key}": one.data for one in storages},
            "version": b"3\n",
            **(extra or {}),
        }
        for name, data in members.items():
            opened.writestr(zipfile.ZipInfo(f"model/{name}"), data)
    return stream.getvalue()


def legacy_file(value: object, storages: Iterable[Stored]) -> bytes:
    """Write a file as torch did before 1.6."""
    kept = list(storages)
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    heads = [pickled(one) for one in (MAGIC, 1001, system)]
    keys = pickled([one.key for one in kept])
    data = [struct.pack("<q", one.count) + one.data for one in kept]
    return b"".join([*heads, pickled(value, legacy=True), keys, *data])


WEIGHT = floats("0", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
BIAS = floats("1", 0.5, 0.25)


def state() -> OrderedDict[str, object]:
    """Make a small state dict, with a transposed and a tied tensor."""
    made: OrderedDict[str, object] = OrderedDict()
    made["weight"] = tensor(WEIGHT, (2, 3))
    made["turned"] = tensor(WEIGHT, (3, 2), (1, 3))
    made["bias"] = tensor(BIAS, (2,))
    return made


def state_file() -> bytes:
    """Write that state dict as torch does today."""
    return archive(pickled(state()), [WEIGHT, BIAS])
