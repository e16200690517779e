"""How rebuilt outputs compare, as evidence and programs have it: JSON without floats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.replay import Difference, NumberDifference, OutputVerdict


def output_entries(outputs: Iterable[OutputVerdict]) -> list[dict[str, Any]]:
    """Write each output: path, verdict, stabilisers, and the first difference or null."""
    return [
        {
            "path": one.path,
            "verdict": one.verdict,
            "stabilisers": list(one.stabilisers),
            "difference": None if one.difference is None else _difference(one.difference),
        }
        for one in outputs
    ]


def size_entry(size: NumberDifference) -> dict[str, Any]:
    """Write how far apart two tensors are; figures that are no whole numbers are texts."""
    return {
        "elements": size.elements,
        "differing": size.differing,
        "largestAbsolute": _text(size.largest_absolute),
        "largestRelative": _text(size.largest_relative),
        "lost": size.lost,
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "place": difference.place,
        "tensor": difference.tensor,
        "what": difference.what,
        "size": None if difference.size is None else size_entry(difference.size),
        "tensors": difference.tensors,
        "of": difference.of,
    }


def _text(value: float | None) -> str | None:
    """Write the shortest text that reads back as the same double, or `inf`."""
    return None if value is None else repr(value)
