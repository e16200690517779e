"""Series that make an alert fire, and others, near to them, that do not.

They are found by trying: values are moved until the expression says otherwise, and the place where
it does is closed in on. So what is found depends on every threshold: move one by an eighth, and
either the first fires no longer or the second does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Final, TypeAlias

from weighbridge.codec.promql_tree import (
    COMPARISONS,
    Binary,
    Call,
    Number,
    Selection,
    Subquery,
    changed,
    nodes,
    parts,
    selections,
)
from weighbridge.render.observability.evaluating import RATES, Evaluation
from weighbridge.render.observability.made_up import Kind, Series, Unforeseen
from weighbridge.render.observability.naming_series import chosen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.codec.promql_tree import Node

_SIZES: Final = (64.0, 1.0, 0.25, 0.0, 4096.0, 4.0, 0.015625, 1048576.0)
_FAR: Final = tuple(2.0**power for power in range(-40, 61, 4))
"""What is tried beside them when one series alone is moved."""
_MOST: Final = 3_000
_NODES: Final = 30_000
"""How many combinations are tried, and how many parts of expressions are reckoned for that."""
_NAMED: Final = 8
"""How many of the numbers an expression names are tried."""
_SERIES: Final = 8
_PAIRS: Final = 4
"""How many series an alert that is tried may read, and how many of them are moved."""
_STEPS: Final = 50
_MARGIN: Final = 1 / 16
"""How far behind the border the values lie that are written into tests."""
_DIGITS: Final = (3, 4, 6, 9, 12)
_NEAREST: Final = 1e-9
_BUCKET: Final = 15 / 16

Size: TypeAlias = float | None
"""The size of a series; None if it is not there."""
Usual: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""The labels metrics have where nothing else is asked for, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A situation an alert is tried in.

    Attributes:
        series: All series there are.
        firing: The labels of what the expression gives, an element each; none if it is quiet.
    """

    series: tuple[Series, ...]
    firing: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Knob:
    """What can be moved: a series, or the buckets of a histogram."""

    name: str
    labels: tuple[tuple[str, str], ...]
    kind: Kind
    buckets: bool

    def series(self, size: Size) -> list[Series]:
        if size is None:
            return []
        labels = dict(self.labels)
        if not self.buckets:
            return [Series(self.name, labels, self.kind, size)]
        # Everything that was measured lies in one bucket, whose upper bound is the size.
        bounds = (f"{size * _BUCKET:.6g}", f"{size:.6g}", "+Inf")
        return [
            Series(self.name, {**labels, "le": bound}, self.kind, count)
            for bound, count in zip(bounds, (0.0, 64.0, 64.0), strict=True)
        ]


def look_back(node: Node) -> float:
    """Return how many seconds an expression looks back, from the newest value on."""
    below = max((look_back(one) for one in parts(node)), default=0.0)
    own = (node.range or 0) + node.offset if isinstance(node, Selection | Subquery) else 0
    return own + below


def cases(node: Node, times: Sequence[float], usual: Usual) -> list[Case]:
    """Find situations in which an alert fires, and nearly the same ones in which it does not.

    Args:
        node: Its expression.
        times: Seconds behind the begin at which it must give the same.
        usual: The labels metrics have, by their names.

    Raises:
        Unforeseen: None were found.
    """
    asked = {
        one.label: one.value
        for each in selections(node)
        for one in each.matchers
        if one.operator == "=" and one.label not in {"__name__", "le"}
    }
    alike = {each.metric: {**asked, **usual.get(each.metric, {})} for each in selections(node)}
    first: Unforeseen | None = None
    for labels, apart in ((usual, True), (usual, False), (alike, False)):
        try:
            return list(_Search(node, times, labels, apart=apart).cases())
        except Unforeseen as error:
            first = first or error
    raise first or Unforeseen("it reads no series")


def firing(node: Node, series: Sequence[Series], times: Sequence[float]) -> list[dict[str, str]]:
    """Return the labels of what an expression gives at all of some times.

    Raises:
        Unforeseen: It is not certain what it gives, or not the same at all times.
    """
    try:
        found = [
            sorted(
                (one.labels for one in Evaluation(series, time).vector(node)),
                key=lambda labels: sorted(labels.items()),
            )
            for time in times
        ]
    except (ArithmeticError, ValueError) as error:
        raise Unforeseen("it reckons with numbers that are too large") from error
    if any(one != found[0] for one in found):
        raise Unforeseen("it does not go on giving the same")
    return found[0]


class _Search:
    """Looks for situations of one expression."""

    def __init__(self, node: Node, times: Sequence[float], usual: Usual, *, apart: bool) -> None:
        self._node = node
        self._times = times
        self._knobs = tuple(_knobs(node, usual, apart=apart))
        if not self._knobs:
            raise Unforeseen("it reads no series")
        if len(self._knobs) > _SERIES:
            raise Unforeseen(f"it reads more than {_SERIES} series")
        self._most = min(_MOST, _NODES // sum(1 for _ in nodes(node)))
        self._sizes = tuple(_sizes(node))
        self._shifted = tuple(_shifted(node, 1 + by) for by in (_MARGIN, -_MARGIN))

    def cases(self) -> Iterator[Case]:
        start = self._start()
        pairs = list(islice(self._pairs(start), min(_PAIRS, _comparisons(self._node))))
        if not pairs:
            raise Unforeseen("no values were found with which it is quiet")
        for yes, no in pairs:
            yield self._case(yes)
            yield self._case(no)

    def _fires(self, sizes: tuple[Size, ...], node: Node | None = None) -> list[dict[str, str]]:
        series = [
            one for knob, size in zip(self._knobs, sizes, strict=True) for one in knob.series(size)
        ]
        return firing(node or self._node, series, self._times)

    def _case(self, sizes: tuple[Size, ...]) -> Case:
        series = tuple(
            one for knob, size in zip(self._knobs, sizes, strict=True) for one in knob.series(size)
        )
        return Case(series=series, firing=tuple(firing(self._node, series, self._times)))

    def _choices(self, knob: _Knob) -> tuple[Size, ...]:
        if knob.buckets:
            return tuple(one for one in self._sizes if one > 0)
        return (*self._sizes, None)

    def _start(self) -> tuple[Size, ...]:
        every = [self._choices(one) for one in self._knobs]
        # What fires only by dividing by nothing says little of its threshold: that comes last.
        there = [[size for size in choices if size] for choices in every]
        for choices in (there, every):
            for sizes in islice(product(*choices), self._most):
                if self._fires(sizes):
                    return sizes
        raise Unforeseen("no values were found that make it fire")

    def _pairs(self, start: tuple[Size, ...]) -> Iterator[tuple[tuple[Size, ...], ...]]:
        """Yield what fires with what does not, a knob moved each.

        Where one part of an `or` fires by itself, the other is moved while the first is quiet.
        """
        quiet: tuple[Size, ...] | None = None
        left: list[int] = []
        for index, _ in enumerate(self._knobs):
            other = self._moved(start, index, wanted=False)
            if other is None:
                left.append(index)
                continue
            yes, no = self._closed_in(start, other, index)
            quiet = quiet or no
            yield yes, no
        for index in left if quiet is not None else ():
            other = self._moved(quiet or start, index, wanted=True)
            if other is not None:
                yield self._closed_in(other, quiet or start, index)

    def _moved(
        self, base: tuple[Size, ...], index: int, *, wanted: bool
    ) -> tuple[Size, ...] | None:
        """Move a knob until it fires, or does not; None if it never does."""
        near = self._choices(self._knobs[index])
        known = [one for one in near if one is not None]
        for size in (*known, *_FAR, *([None] if None in near else [])):
            tried = (*base[:index], size, *base[index + 1 :])
            if bool(self._fires(tried)) == wanted:
                return tried
        return None

    def _closed_in(
        self, yes: tuple[Size, ...], no: tuple[Size, ...], index: int
    ) -> tuple[tuple[Size, ...], tuple[Size, ...]]:
        """Bring what fires and what does not near to each other, each at its side of the border.

        What is compared lies a sixteenth of the threshold behind the border, as far as that can be.
        """
        above, below = yes[index], no[index]
        if above is None or below is None:
            return yes, no
        border = self._border(self._node, yes, below, index)
        if border is None or abs(border) < _NEAREST:
            return yes, no
        moved = [self._border(one, yes, below, index) for one in self._shifted]
        known = [one for one in moved if one is not None and abs(one - border) > _NEAREST]
        known += [border * (1 + _MARGIN), border * (1 - _MARGIN)]
        rises = above > below
        beyond = next((one for one in known if (one > border) is rises), above)
        within = next((one for one in known if (one < border) is rises), below)
        near_yes = self._rounded(yes, index, beyond, border, wanted=True)
        near_no = self._rounded(yes, index, within, border, wanted=False)
        return near_yes or yes, near_no or no

    def _border(self, node: Node, yes: tuple[Size, ...], quiet: float, index: int) -> float | None:
        """Find where an expression stops firing as a knob is moved; None if it does not."""
        fires = yes[index] or 0.0

        def at(size: float) -> bool:
            return bool(self._fires((*yes[:index], size, *yes[index + 1 :]), node))

        if not at(fires) or at(quiet):
            return None
        for _ in range(_STEPS):
            middle = (fires + quiet) / 2
            if at(middle):
                fires = middle
            else:
                quiet = middle
        return (fires + quiet) / 2

    def _rounded(
        self, yes: tuple[Size, ...], index: int, size: float, border: float, *, wanted: bool
    ) -> tuple[Size, ...] | None:
        """Write a size with as few digits as leave it on its side of the border."""
        for digits in _DIGITS:
            short = float(f"{size:.{digits}g}")
            tried = (*yes[:index], short, *yes[index + 1 :])
            far = abs(short - size) <= abs(size - border) / 4
            if far and bool(self._fires(tried)) == wanted:
                return tried
        return None


def _shifted(node: Node, factor: float) -> Node:
    """Move every threshold of an expression by a factor."""

    def shift(one: Node) -> Node | None:
        if not isinstance(one, Binary) or one.operator not in COMPARISONS:
            return None
        left, right = (
            Number(side.value * factor) if isinstance(side, Number) else changed(side, shift)
            for side in (one.left, one.right)
        )
        return replace(one, left=left, right=right)

    return changed(node, shift)


def _comparisons(node: Node) -> int:
    found = sum(isinstance(one, Binary) and one.operator in COMPARISONS for one in nodes(node))
    return max(1, found)


def _sizes(node: Node) -> Iterator[float]:
    """Yield values that may make a difference: those the expression names, and others."""
    named = {one.value for one in nodes(node) if isinstance(one, Number) and abs(one.value) < 2**53}
    known = dict.fromkeys(_SIZES)
    for one in sorted(named, key=lambda value: (abs(value), value))[:_NAMED]:
        known.update(dict.fromkeys((one, one * 2, one / 2, one * 64, one / 64)))
    yield from (one for one in known if one >= 0)
    if any(one < 0 for one in known) or any(_falls(one) for one in nodes(node)):
        yield from (-one for one in known if one > 0)


def _falls(node: Node) -> bool:
    return isinstance(node, Call) and node.function in {"delta", "deriv"}


def _knobs(node: Node, usual: Usual, *, apart: bool) -> Iterator[_Knob]:
    """Find the series an expression reads, and how they go on."""
    kinds: dict[str, tuple[Kind, bool]] = {}
    for metric, kind, buckets in _read(node, Kind.STILL, buckets=False):
        if not metric:
            raise Unforeseen("it does not name the metric it reads")
        if kinds.setdefault(metric, (kind, buckets)) != (kind, buckets):
            raise Unforeseen(f"it reads {metric} as a counter and as it stands")
    read: dict[str, list[Selection]] = {}
    for one in selections(node):
        read.setdefault(one.metric, []).append(one)
    found: dict[_Knob, None] = {}
    for metric, many in read.items():
        kind, buckets = kinds[metric]
        for one in many:
            if buckets and any(each.label == "le" for each in one.matchers):
                raise Unforeseen("it picks buckets of a histogram")
            others = [each.matchers for each in many if each is not one] if apart else []
            labels = tuple(sorted(chosen(one.matchers, others, usual.get(metric, {})).items()))
            found[_Knob(metric, labels, kind, buckets)] = None
    yield from found


def _read(node: Node, kind: Kind, *, buckets: bool) -> Iterator[tuple[str, Kind, bool]]:
    if isinstance(node, Selection):
        yield node.metric, kind, buckets
        return
    if isinstance(node, Call) and node.function in RATES:
        kind = Kind.RISING
    elif isinstance(node, Call) and node.function == "histogram_quantile":
        buckets = True
    elif isinstance(node, Binary) and node.operator == "-" and node.left == Call("time"):
        kind = Kind.CLOCK
    for one in parts(node):
        yield from _read(one, kind, buckets=buckets)
