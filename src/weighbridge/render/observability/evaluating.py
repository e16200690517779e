"""What a PromQL expression gives for series that are made up: a part of Prometheus, in small.

Series here stand still or rise evenly, so that what `rate` and the like give is known exactly.
Whatever depends on more than that (when a series was scraped, how often it changed) is not
guessed: it is `Unforeseen`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql_tree import (
    Aggregate,
    Binary,
    Call,
    Group,
    Negative,
    Number,
    Selection,
    Subquery,
    Text,
)
from weighbridge.render.observability.combining import combined
from weighbridge.render.observability.gathering import gathered, quantile
from weighbridge.render.observability.made_up import Element, Unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.codec.promql import Matcher
    from weighbridge.codec.promql_tree import Node
    from weighbridge.render.observability.made_up import Series, Vector

RATES: Final = frozenset({"rate", "irate", "increase", "delta", "deriv"})
"""Functions of how fast a series rises."""
_STILL: Final = frozenset(
    {"avg_over_time", "min_over_time", "max_over_time", "last_over_time", "quantile_over_time"}
)
"""Functions that give a series' value where it stands still."""
_PLAIN: Final[dict[str, Callable[[float], float]]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "sgn": lambda value: math.copysign(1, value) if value else 0.0,
    "exp": math.exp,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
    "ln": lambda value: _log(value, math.log),
    "log2": lambda value: _log(value, math.log2),
    "log10": lambda value: _log(value, math.log10),
}
_BOUNDS: Final = 3
_COSTLY: Final = re.compile(r"\)[*+{]|\(\?")
"""Patterns that Python's engine might take for ever over, or reads otherwise than Go."""
_LONGEST: Final = 128


def _log(value: float, log: Callable[[float], float]) -> float:
    return log(value) if value > 0 else -math.inf if value == 0 else math.nan


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluates expressions at a time.

    Attributes:
        series: All there is.
        time: Seconds behind the begin.
    """

    series: Sequence[Series]
    time: float

    def vector(self, node: Node) -> Vector:
        """Return the elements of what an expression gives.

        Raises:
            Unforeseen: It is not certain what it gives.
        """
        given = self._of(node)
        if isinstance(given, list):
            return given
        raise Unforeseen("it gives a number, and no series")

    def _of(self, node: Node) -> Vector | float | str:
        match node:
            case Number(value):
                given: Vector | float | str = value
            case Text(text):
                given = text
            case Group(inner):
                given = self._of(inner)
            case Negative(inner):
                given = _mapped(self._of(inner), lambda value: -value)
            case Selection():
                given = [Element(one.labels, one.at(self.time)) for one in self._selected(node)]
            case Binary():
                given = combined(node, self._side(node.left), self._side(node.right))
            case Aggregate():
                parameter = None if node.parameter is None else self._of(node.parameter)
                given = gathered(node, self.vector(node.inner), parameter)
            case Call():
                given = self._call(node)
            case _:
                raise Unforeseen("it asks again and again")
        return given

    def _side(self, node: Node) -> Vector | float:
        given = self._of(node)
        if isinstance(given, str):
            raise Unforeseen("it reckons with a text")
        return given

    def _selected(self, node: Selection) -> list[Series]:
        if node.at or node.offset < 0:
            raise Unforeseen("it looks at another time than now")
        found = [one for one in self.series if _selects(node, one)]
        if any(one.moves for one in found) and node.offset:
            raise Unforeseen("it looks back at what rises")
        return found

    def _call(self, node: Call) -> Vector | float | str:
        name, given = node.function, node.arguments
        if name in RATES or name.endswith("_over_time"):
            return self._over(name, given)
        if name in _PLAIN:
            return _mapped(self._of(given[0]), _PLAIN[name])
        own = {
            "absent": self._absent,
            "clamp": self._clamp,
            "clamp_max": self._clamp,
            "clamp_min": self._clamp,
            "histogram_quantile": self._quantile,
            "round": self._round,
            "scalar": self._scalar,
        }.get(name)
        if own is not None:
            return own(node)
        if name == "time":
            return self.time
        if name == "vector":
            return [Element({}, self._number(given[0]))]
        if name in {"sort", "sort_desc"}:
            return self.vector(given[0])
        raise Unforeseen(f"what {name} gives is not foreseen")

    def _number(self, node: Node) -> float:
        given = self._of(node)
        if isinstance(given, float | int):
            return given
        raise Unforeseen("a number is not known beforehand")

    def _over(self, name: str, given: tuple[Node, ...]) -> Vector:
        ranged = given[-1] if name == "quantile_over_time" else given[0]
        if isinstance(ranged, Group):
            ranged = ranged.inner
        if isinstance(ranged, Subquery) and name in _STILL and not ranged.at:
            return self.vector(ranged.inner)
        if not isinstance(ranged, Selection) or ranged.range is None:
            raise Unforeseen(f"what {name} gives of that is not foreseen")
        found = self._selected(ranged)
        if name in RATES:
            span = ranged.range if name in {"increase", "delta"} else 1
            return [Element(one.labels, one.slope * span) for one in found]
        if name == "absent_over_time":
            return _missing(ranged, found=bool(found))
        if name == "present_over_time":
            return [Element(one.labels, 1.0) for one in found]
        if name not in _STILL or any(one.moves for one in found):
            raise Unforeseen(f"what {name} gives is not foreseen")
        return [Element(one.labels, one.at(self.time)) for one in found]

    def _absent(self, node: Call) -> Vector:
        given = node.arguments[0]
        return _missing(given, found=bool(self.vector(given)))

    def _clamp(self, node: Call) -> Vector | float | str:
        low, high = -math.inf, math.inf
        if node.function == "clamp_max":
            high = self._number(node.arguments[1])
        else:
            low = self._number(node.arguments[1])
        if len(node.arguments) == _BOUNDS:
            high = self._number(node.arguments[2])
        return _mapped(self._of(node.arguments[0]), lambda value: max(low, min(high, value)))

    def _round(self, node: Call) -> Vector | float | str:
        nearest = self._number(node.arguments[1]) if len(node.arguments) > 1 else 1.0
        return _mapped(
            self._of(node.arguments[0]), lambda value: math.floor(value / nearest + 0.5) * nearest
        )

    def _scalar(self, node: Call) -> float:
        found = self.vector(node.arguments[0])
        return found[0].value if len(found) == 1 else math.nan

    def _quantile(self, node: Call) -> Vector:
        return quantile(self._number(node.arguments[0]), self.vector(node.arguments[1]))


def _mapped(given: Vector | float | str, change: Callable[[float], float]) -> Vector | float | str:
    if isinstance(given, str):
        raise Unforeseen("it reckons with a text")
    if isinstance(given, list):
        return [Element(one.labels, float(change(one.value))) for one in given]
    return float(change(given))


def _missing(node: Node, *, found: bool) -> Vector:
    """Return what `absent` gives: one element, with the labels that were asked for by `=`."""
    asked: dict[str, str] = {}
    if isinstance(node, Selection):
        for one in node.matchers:
            if one.operator == "=" and one.label != "__name__":
                asked[one.label] = "" if one.label in asked else one.value
    return [] if found else [Element({name: one for name, one in asked.items() if one}, 1.0)]


def _selects(node: Selection, series: Series) -> bool:
    if node.name and node.name != series.name:
        return False
    return all(matches(one, {**series.labels, "__name__": series.name}) for one in node.matchers)


def matches(matcher: Matcher, labels: dict[str, str]) -> bool:
    """Tell whether labels are as a matcher demands; a label that is missing is empty.

    Raises:
        Unforeseen: Its pattern is none that Python reads as Go does.
    """
    value = labels.get(matcher.label, "")
    if matcher.operator in {"=", "!="}:
        return (value == matcher.value) == (matcher.operator == "=")
    if _COSTLY.search(matcher.value) or len(value) > _LONGEST:
        raise Unforeseen(f"the pattern {matcher.value} is not understood")
    try:
        found = re.fullmatch(matcher.value, value, re.ASCII) is not None
    except re.error as error:
        raise Unforeseen(f"the pattern {matcher.value} is not understood") from error
    return found == (matcher.operator == "=~")
