"""All stabilisers, and the normal form of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import registry
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.member import Budget
from weighbridge.formats.stabilisers import (
    compressed,
    gzip,
    lightgbm,
    onnx,
    pickle_threads,
    safetensors,
    skops,
    tar,
    wheel,
    zip_archive,
)
from weighbridge.formats.stabilisers.draft import Draft, RefusedError, raw_form

if TYPE_CHECKING:
    from weighbridge.formats.stabilisers.draft import Form, Stabiliser
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.model.limits import Limits

STABILISERS: Final[tuple[Stabiliser, ...]] = (
    compressed.STABILISER,
    gzip.STABILISER,
    lightgbm.STABILISER,
    onnx.STABILISER,
    pickle_threads.STABILISER,
    safetensors.STABILISER,
    skops.STABILISER,
    tar.STABILISER,
    wheel.STABILISER,
    zip_archive.STABILISER,
)
"""Every stabiliser, by name."""

_BY_FORMAT: Final = {name: one for one in STABILISERS for name in one.formats}
_EDGE: Final = 4_096


def stabiliser_for(source: Readable) -> Stabiliser | None:
    """Find the stabiliser for a file, told from its bytes; None if there is none."""
    edge = min(_EDGE, source.size)
    head, tail = source.read_at(0, edge), source.read_at(source.size - edge, edge)
    return _BY_FORMAT.get(registry.sniff(head, tail, source.size) or "")


def normal_form(source: Readable, *, limits: Limits) -> Form:
    """Make the normal form of a file and of the files in it.

    Where no stabiliser is known, one refuses, or a limit is reached, it is the bytes as they are.
    """
    # A member that is read twice, once to look what it is, was unfolded twice.
    limits = replace(limits, reread=max(limits.reread, 2 * limits.inflated))
    return _Weighing(limits, Budget(limits.inflated)).form(source)


class _Weighing:
    """Making the form of one file: one budget for all its members."""

    def __init__(self, limits: Limits, budget: Budget) -> None:
        self._limits = limits
        self._budget = budget

    def form(self, source: Readable) -> Form:
        stabiliser = stabiliser_for(source)
        if stabiliser is None:
            return raw_form(source)
        if not self._limits.depth:
            return raw_form(source, why="it is nested too deeply")
        inner = _Weighing(replace(self._limits, depth=self._limits.depth - 1), self._budget)
        draft = Draft(
            stabiliser.label, limits=self._limits, budget=self._budget, look_into=inner.form
        )
        try:
            stabiliser.write(source, draft)
        except RefusedError as error:
            return raw_form(source, why=f"{stabiliser.name}: {error}")
        except BudgetExceededError as error:
            return raw_form(source, why=f"{stabiliser.name}: {error}")
        return draft.form()
