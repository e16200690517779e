"""Which tensors of a file differ between two releases."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.codec.output_verdicts import size_entry
from weighbridge.report.told import apart, clipped
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.change import TensorChange, TensorChanges, TensorState
    from weighbridge.model.replay import NumberDifference

SHOWN = 20
"""Tensors of a file that people are shown; programs get them all."""

SIGNS: Mapping[str, str] = {"changed": "~", "added": "+", "removed": "-", "unknown": "?"}
_WORDS: Mapping[str, str] = {
    "changed": "changed",
    "added": "added",
    "removed": "removed",
    "unknown": "not comparable",
}


def tensor_heading(found: TensorChanges) -> str:
    """Write what became of the tensors of a file: `tensors of model: 3 changed, 101 unchanged`."""
    kinds = Counter[str](change.kind for change in found.changes)
    counts = [f"{kinds[kind]:,} {word}" for kind, word in _WORDS.items() if kinds[kind]]
    counts.append(f"{found.unchanged:,} unchanged")
    return f"tensors of {visible(found.artifact)}: {', '.join(counts)}"


def tensor_rows(found: TensorChanges) -> Iterator[tuple[str, str, str]]:
    """Write sign, name and what is told of the first tensors that differ."""
    for change in found.changes[:SHOWN]:
        yield SIGNS[change.kind], clipped(visible(change.name)) or '""', _told(change)


def tensors_left(found: TensorChanges) -> str:
    """Say how many more there are than are shown, or nothing."""
    left = len(found.changes) - SHOWN
    return f"... and {left:,} more" if left > 0 else ""


def tensor_entries(every: Iterable[TensorChanges]) -> list[dict[str, object]]:
    """Write tensors that differ for programs."""
    return [
        {
            "artifact": found.artifact,
            "name": change.name,
            "kind": change.kind,
            "before": _entry(change.before),
            "after": _entry(change.after),
            "difference": None if change.difference is None else size_entry(change.difference),
        }
        for found in every
        for change in found.changes
    ]


def _entry(state: TensorState | None) -> dict[str, object] | None:
    if state is None:
        return None
    return {
        "dtype": state.dtype,
        "shape": list(state.shape),
        "size": state.size,
        "digest": state.digest,
    }


def _told(change: TensorChange) -> str:
    form = [_form(state) for state in (change.before, change.after) if state is not None]
    if len(set(form)) > 1:
        return " -> ".join(form)
    digests = [side.digest for side in (change.before, change.after) if side and side.digest]
    if len(digests) > 1:
        told = f"{form[0]}  {' -> '.join(apart(*digests))}"
        return f"{told}  {how_far(change.difference)}" if change.difference else told
    return form[0]


def how_far(size: NumberDifference) -> str:
    """Say how far numbers are apart: `off by up to 0.01 (2 %), 3 of 10`."""
    told = f"{size.differing:,} of {size.elements:,}"
    if size.largest_absolute is None or size.largest_relative is None:
        return f"{told} bytes"
    share = ""
    if math.isfinite(size.largest_relative):
        share = f" ({100 * size.largest_relative:.3g} %)"
    lost = f", {size.lost:,} lost to NaN" if size.lost else ""
    return f"off by up to {size.largest_absolute:.6g}{share}, {told}{lost}"


def _form(state: TensorState) -> str:
    return clipped(visible(f"{state.dtype}[{', '.join(map(str, state.shape))}]"))
