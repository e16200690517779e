"""The tensors of a state dict that torch saved, by the names they have in the dict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.comparing.tensors import Stretch, Tensors
from weighbridge.formats.torch_state import LONGEST_PICKLE, zipped_state
from weighbridge.formats.torch_values import ITEM_BYTES, NotLosslessError
from weighbridge.formats.torch_zip import DATA_MEMBER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.formats.stabilisers.draft import Form, Part
    from weighbridge.formats.torch_state import StateDict
    from weighbridge.formats.torch_values import View


def torch_tensors(form: Form) -> Tensors | None:
    """List the tensors of an archive that holds a state dict and nothing else; None if it is none.

    Args:
        form: The normal form of the archive.
    """
    parts = {part.name: part for part in form.parts}
    pickled = next((name for name in parts if _is_data(name)), None)
    if pickled is None:
        return None
    prefix = pickled.removesuffix(DATA_MEMBER)
    source = parts[pickled].opened()
    if source.size > LONGEST_PICKLE:
        return None
    try:
        state = zipped_state(source.read_at(0, source.size))
        named = {name: _stretch(view, prefix, parts) for name, view in state.tensors.items()}
    except (NotLosslessError, KeyError):
        return None
    return Tensors(named=named, whole=_beside(state, prefix, parts))


def _is_data(name: str) -> bool:
    return name == DATA_MEMBER or (name.endswith(f"/{DATA_MEMBER}") and name.count("/") == 1)


def _stretch(view: View, prefix: str, parts: Mapping[str, Part]) -> Stretch:
    storage = parts[f"{prefix}data/{view.storage.key}"]
    whole = _is_contiguous(view)
    return Stretch(
        dtype=view.dtype,
        shape=view.shape,
        size=view.size if whole else view.storage.size,
        source=storage.opened,
        offset=view.offset * ITEM_BYTES[view.dtype] if whole else 0,
        more=f"{view.trained}" if whole else f"{view.trained} {view.offset} {view.stride}",
    )


def _is_contiguous(view: View) -> bool:
    step = 1
    for most, stride in zip(reversed(view.shape), reversed(view.stride), strict=True):
        if most > 1 and stride != step:
            return False
        step *= most
    return True


def _beside(state: StateDict, prefix: str, parts: Mapping[str, Part]) -> tuple[str, ...]:
    """Return what the archive says beside the tensors: versions, byte order, other members."""
    storages = {f"{prefix}data/{storage.key}" for storage in state.storages}
    others = [
        f"{part.name.removeprefix(prefix)} {part.form.digest.hex()}"
        for name, part in parts.items()
        if name not in storages and name != f"{prefix}{DATA_MEMBER}"
    ]
    shared = f"{state.sharing} share their numbers"
    return "torch-zip", state.modules, shared, *sorted(others)
