"""Which tensors of a file differ between two releases: by name, form and digest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from weighbridge.model.change import TensorChange, TensorChanges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.change import TensorState

    Tensors = Iterable[tuple[str, TensorState]]


def tensor_changes(artifact: str, before: Tensors, after: Tensors) -> TensorChanges:
    """Compare the tensors of a file whose bytes differ between two releases.

    Args:
        artifact: What the file is called.
        before: Name and state of each tensor in the first release, in the order of the file.
        after: The same of the second.
    """
    old, new = _named(before), _named(after)
    changes = [*_changes(old, new)]
    return TensorChanges(
        artifact=artifact,
        changes=tuple(changes),
        unchanged=len(old.keys() | new.keys()) - len(changes),
    )


def _changes(
    old: Mapping[str, TensorState], new: Mapping[str, TensorState]
) -> Iterator[TensorChange]:
    for name, state in new.items():
        if name not in old:
            yield TensorChange(name=name, kind="added", before=None, after=state)
        elif (kind := _kind(old[name], state)) is not None:
            yield TensorChange(name=name, kind=kind, before=old[name], after=state)
    for name, state in old.items():
        if name not in new:
            yield TensorChange(name=name, kind="removed", before=state, after=None)


def _kind(old: TensorState, new: TensorState) -> Literal["changed", "unknown"] | None:
    if (old.dtype, old.shape, old.size) != (new.dtype, new.shape, new.size):
        return "changed"
    if old.digest is None or new.digest is None:
        return "unknown"
    return "changed" if old.digest != new.digest else None


def _named(tensors: Tensors) -> dict[str, TensorState]:
    """Index tensors by name; a name that is not the tensor's own gets a number."""
    found: dict[str, TensorState] = {}
    seen: Counter[str] = Counter()
    for name, state in tensors:
        seen[name] += 1
        count = seen[name]
        own = name if name and count == 1 else f"{name}#{count}"
        while own in found:
            count += 1
            own = f"{name}#{count}"
        found[own] = state
    return found
