"""A state dict as torch saved it: its tensors, told from the opcodes alone.

Only what safetensors can hold as a whole is one: a dict whose keys are texts and whose values are
dense tensors. A pickle may hold foreign calls besides whose result is thrown away; they are never
made, and what is left is read. Anything else is refused with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.text import shown
from weighbridge.formats.torch_opcodes import StateMachine
from weighbridge.formats.torch_values import Foreign, Mapped, NotLosslessError, Storage, View

LONGEST_PICKLE: Final = 16 << 20
"""Bytes of a pickle that is followed."""

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_MODULES: Final = "_metadata"
_RESERVED: Final = "__metadata__"
_GROWTH: Final = 4
_SLACK: Final = 1 << 20
_FEW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDict:
    """The tensors of a state dict.

    Attributes:
        tensors: Each by name, in the order of the dict.
        modules: What torch notes of the modules' versions (`_metadata`), as JSON; may be empty.
        storages: Every storage the file has, in file order where the format has one.
        end: Offset behind the pickles.
    """

    tensors: dict[str, View]
    modules: str
    storages: tuple[Storage, ...]
    end: int = 0

    @property
    def sharing(self) -> int:
        """Tensors that share their numbers with an earlier one."""
        spans = [(view.storage.key, view.offset, view.offset + _span(view)) for view in self.views]
        spans.sort()
        count, end, last = 0, 0, ""
        for key, begin, stop in spans:
            if key != last:
                end, last = 0, key
            count += begin < end and stop > begin
            end = max(end, stop)
        return count

    @property
    def trained(self) -> int:
        """Tensors that ask for gradients, which safetensors does not note."""
        return sum(view.trained for view in self.views)

    @property
    def views(self) -> list[View]:
        """The tensors without their names."""
        return list(self.tensors.values())


def _span(view: View) -> int:
    """Return how many elements of its storage a tensor reaches over."""
    if 0 in view.shape:
        return 0
    return 1 + sum((most - 1) * step for most, step in zip(view.shape, view.stride, strict=True))


def zipped_state(pickle: bytes) -> StateDict:
    """Read the pickle of a torch archive (`data.pkl`).

    Raises:
        NotLosslessError: It is no state dict, or not only one.
    """
    storages: dict[str, Storage] = {}
    machine = StateMachine(pickle, 0, storages)
    tensors, modules = _state(machine.run())
    if machine.position != len(pickle):
        raise NotLosslessError("something follows its pickle")
    return _checked(StateDict(tensors=tensors, modules=modules, storages=tuple(storages.values())))


def legacy_state(head: bytes) -> StateDict:
    """Read the pickles a torch file from before 1.6 begins with.

    Magic number, version, system and the object itself, then the storages' keys in file order
    (`torch/serialization.py`, `_legacy_save`).

    Raises:
        NotLosslessError: They are none, or the object is no state dict.
    """
    storages: dict[str, Storage] = {}
    position = 0
    found = []
    for _ in range(5):
        machine = StateMachine(head, position, storages)
        found.append(machine.run())
        position = machine.position
    magic, protocol, system, state, keys = found
    if magic != _MAGIC or protocol != _PROTOCOL or not isinstance(system, Mapped):
        raise NotLosslessError("it is not a file of torch's")
    if system.items.get("little_endian") is not True:
        raise NotLosslessError("it was written on a machine with the other byte order")
    if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(storages):
        raise NotLosslessError("it lists other storages than it uses")
    tensors, modules = _state(state)
    ordered = tuple(storages[str(key)] for key in keys)
    return _checked(StateDict(tensors=tensors, modules=modules, storages=ordered, end=position))


def _state(value: object) -> tuple[dict[str, View], str]:
    if not isinstance(value, Mapped):
        raise NotLosslessError(f"it is {_kind(value)}, and no dict of tensors")
    others = [_said(key, item) for key, item in value.items.items() if not isinstance(item, View)]
    if others:
        more = f" and {len(others) - _FEW} more" if len(others) > _FEW else ""
        raise NotLosslessError(f"beside tensors it holds {', '.join(others[:_FEW])}{more}")
    tensors: dict[str, View] = {}
    for key, item in value.items.items():
        if isinstance(item, View):
            tensors[_name(key)] = item
    if not tensors:
        raise NotLosslessError("it holds no tensor")
    return tensors, _modules(value.state)


def _name(key: object) -> str:
    if not isinstance(key, str) or key == _RESERVED:
        raise NotLosslessError("a tensor has a name that safetensors does not allow")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise NotLosslessError("a tensor has a name that is no Unicode") from None
    return key


def _said(key: object, item: object) -> str:
    name = shown(key) if isinstance(key, str) else _kind(key)
    return f"{name} ({_kind(item)})"


def _kind(value: object) -> str:
    match value:
        case Mapped():
            return "a dict"
        case Foreign(path):
            return shown(path)
        case View():
            return "a tensor"
        case None:
            return "None"
        case _:
            kind = type(value).__name__
            return f"an {kind}" if kind == "int" else f"a {kind}"


def _modules(state: object) -> str:
    """Write what BUILD gave the dict: torch's `_metadata`, versions by module, and nothing else."""
    if state is None:
        return ""
    if not isinstance(state, Mapped) or set(state.items) != {_MODULES}:
        raise NotLosslessError("its dict has attributes of its own")
    return json.dumps(_plain(state.items[_MODULES], 2), separators=(",", ":"))


def _plain(value: object, depth: int) -> object:
    if isinstance(value, Mapped) and value.state is None and depth:
        named = {key: _plain(item, depth - 1) for key, item in value.items.items()}
        if all(isinstance(key, str) for key in named):
            return named
    elif value is None or isinstance(value, str | bool | int):
        return value
    raise NotLosslessError("what it notes of its modules is more than their versions")


def _checked(state: StateDict) -> StateDict:
    """Refuse a few bytes that stand for many: a tensor may repeat its numbers without end."""
    size = sum(view.size for view in state.views)
    stored = sum(storage.size for storage in state.storages)
    if size > _GROWTH * stored + _SLACK:
        raise NotLosslessError(f"its {stored} bytes would become {size}")
    return state
