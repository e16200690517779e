"""How alike two outputs of a build are, from the bytes alone.

    bitwise > stabilised > tensor-equal > different

What lies weaker than equal tensors and better than different, predictions and metrics, needs the
model to run and is judged elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats.comparing.tensors import (
    Compared,
    Tensors,
    compare_tensors,
    list_tensors,
    sniffed,
)
from weighbridge.formats.comparing.torch_state import torch_tensors
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.stabilisers.reading import CHUNK
from weighbridge.formats.stabilisers.registry import normal_form
from weighbridge.model.limits import DEFAULT_LIMITS
from weighbridge.model.replay import Difference, OutputVerdict, weakest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.formats.stabilisers.draft import Form, Part
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.model.limits import Limits
    from weighbridge.model.replay import ReplayVerdict

    Judged = tuple[ReplayVerdict, Difference | None]

_DIFFERENT: Final = "different"


def compare_output(
    path: str, before: Readable, after: Readable, *, limits: Limits = DEFAULT_LIMITS
) -> OutputVerdict:
    """Compare a recorded output with the rebuilt one.

    Args:
        path: Its path, as the record has it.
        before: The recorded bytes.
        after: The rebuilt ones.
        limits: Budgets for what may be hostile; beyond them the bytes count as they are.
    """
    if first_difference(before, after) < 0:
        return OutputVerdict(path=path, verdict="bitwise")
    old, new = normal_form(before, limits=limits), normal_form(after, limits=limits)
    used = tuple(sorted(set(_used(old, new))))
    judge = _Judge(limits)
    verdict, difference = judge.judge(_Side(old, lambda: before), _Side(new, lambda: after), "")
    if verdict == "stabilised" and not used:
        used = (old.label,)  # only how a compressor wrote the same bytes differs
    return OutputVerdict(path=path, verdict=verdict, stabilisers=used, difference=difference)


def first_difference(before: Readable, after: Readable) -> int:
    """Return the offset of the first byte that differs; -1 if all bytes are equal."""
    shorter = min(before.size, after.size)
    for start in range(0, shorter, CHUNK):
        length = min(CHUNK, shorter - start)
        old, new = before.read_at(start, length), after.read_at(start, length)
        if old != new:
            both = zip(old, new, strict=False)
            return start + next(
                (at for at, (one, other) in enumerate(both) if one != other), len(old)
            )
    return -1 if before.size == after.size else shorter


def _used(old: Form, new: Form) -> Iterator[str]:
    """List the stabilisers that let something differ which does."""
    if not old.label or old.label != new.label:
        return
    if old.let != new.let:
        yield old.label
    theirs = {part.name: part.form for part in new.parts}
    for part in old.parts:
        if part.name in theirs:
            yield from _used(part.form, theirs[part.name])


class _Side:
    """One of two files: its normal form, and how to open it."""

    def __init__(self, form: Form, opened: Callable[[], Readable]) -> None:
        self.form = form
        self.opened = opened
        self.parts: dict[str, Part] = {part.name: part for part in form.parts}

    def part(self, name: str) -> _Side:
        return _Side(self.parts[name].form, self.parts[name].opened)

    def tensors(self, limits: Limits) -> Tensors | None:
        return torch_tensors(self.form) or list_tensors(self.opened, limits=limits)


class _Judge:
    """Judging files, and the files in them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def judge(self, old: _Side, new: _Side, place: str) -> Judged:
        """Judge two files, and tell the first difference."""
        if old.form.digest == new.form.digest:
            return "stabilised", None
        try:
            return self._by_tensors(old, new, place) or self._by_parts(old, new, place)
        except BudgetExceededError as error:
            return _DIFFERENT, Difference(place=place, what=f"it was not read to its end: {error}")

    def _by_tensors(self, old: _Side, new: _Side, place: str) -> Judged | None:
        before = old.tensors(self._limits)
        after = new.tensors(self._limits) if before is not None else None
        if before is None or after is None:
            return None
        found = compare_tensors(before, after)
        if found.equal:
            return "tensor-equal", None
        if not found.differing:
            return self._beside(old, new, place, found)
        difference = Difference(
            place=place,
            tensor=found.differing[0],
            what=found.what,
            size=found.size,
            tensors=len(found.differing),
            of=found.of,
        )
        if found.size is None and _alike(old, new):
            # What is packed is measured where it is unfolded: as a member.
            _, deeper = self._by_parts(old, new, place)
            if deeper is not None and deeper.size is not None:
                difference = replace(deeper, tensors=difference.tensors, of=difference.of)
        return _DIFFERENT, difference

    def _beside(self, old: _Side, new: _Side, place: str, found: Compared) -> Judged:
        """Tell what differs where the tensors are equal."""
        _, deeper = self._by_parts(old, new, place)
        what = f"its {found.of} tensors are equal, what stands beside them is not"
        if deeper is not None and deeper.place != place:
            return _DIFFERENT, replace(deeper, of=found.of)
        return _DIFFERENT, Difference(place=place, what=what, of=found.of)

    def _by_parts(self, old: _Side, new: _Side, place: str) -> Judged:
        if not _alike(old, new):
            return _DIFFERENT, Difference(place=place, what=_bytes_differ(old, new))
        for name in (*old.parts, *new.parts):
            if name not in new.parts or name not in old.parts:
                what = "the member is missing" if name in old.parts else "the member is new"
                return _DIFFERENT, Difference(place=_below(place, name), what=what)
        if old.form.kept != new.form.kept or [*old.parts] != [*new.parts]:
            what = "what it says of its members differs"
            return _DIFFERENT, Difference(place=place, what=what)
        judged = [
            self.judge(old.part(name), new.part(name), _below(place, name)) for name in old.parts
        ]
        first = next((difference for _, difference in judged if difference is not None), None)
        return weakest(verdict for verdict, _ in judged), first


def _alike(old: _Side, new: _Side) -> bool:
    """Whether both were taken apart, and in the same way."""
    return bool(old.parts) and bool(new.parts) and old.form.label == new.form.label


def _bytes_differ(old: _Side, new: _Side) -> str:
    before, after = old.opened(), new.opened()
    at = first_difference(before, after)
    names = sniffed(before), sniffed(after)
    what = f"byte {at} is the first that differs"
    if before.size != after.size:
        what += f"; {before.size} bytes became {after.size}"
    if names[0] != names[1]:
        what += f"; {names[0] or 'an unknown format'} became {names[1] or 'an unknown format'}"
    why = old.form.why or new.form.why
    return f"{what} (not stabilised: {why})" if why else what


def _below(place: str, name: str) -> str:
    return f"{place}!/{name}" if place else name
