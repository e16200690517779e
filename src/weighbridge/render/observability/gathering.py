"""Many elements made one: `sum`, `max`, `topk` … and the quantiles of histograms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from weighbridge.render.observability.made_up import Element, Unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.codec.promql_tree import Aggregate
    from weighbridge.render.observability.made_up import Vector


def _spread(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((one - mean) ** 2 for one in values) / len(values))


_GATHERED: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "count": len,
    "group": lambda _values: 1.0,
    "avg": lambda values: sum(values) / len(values),
    "stdvar": lambda values: _spread(values) ** 2,
    "stddev": _spread,
}


def gathered(node: Aggregate, given: Vector, parameter: object) -> Vector:
    """Return what an aggregation gives.

    Args:
        node: The aggregation.
        given: What it is made of.
        parameter: What it takes first.

    Raises:
        Unforeseen: It is not certain what it gives.
    """
    if "__name__" in node.labels:
        raise Unforeseen("it groups by the names of metrics")
    groups: dict[tuple[tuple[str, str], ...], Vector] = {}
    for one in given:
        groups.setdefault(tuple(sorted(_kept(node, one.labels).items())), []).append(one)
    if node.operator in {"topk", "bottomk"} and isinstance(parameter, float):
        return [one for each in groups.values() for one in _first(node.operator, each, parameter)]
    gather = _GATHERED.get(node.operator)
    if gather is None:
        raise Unforeseen(f"what {node.operator} gives is not foreseen")
    return [
        Element(dict(labels), float(gather([one.value for one in each])))
        for labels, each in groups.items()
    ]


def _kept(node: Aggregate, labels: dict[str, str]) -> dict[str, str]:
    if node.grouping == "by":
        return {name: value for name, value in labels.items() if name in node.labels}
    if node.grouping == "without":
        return {name: value for name, value in labels.items() if name not in node.labels}
    return {}


def _first(operator: str, given: Vector, count: float) -> Vector:
    ordered = sorted(given, key=lambda one: one.value, reverse=operator == "topk")
    return ordered[: max(0, int(count))]


def quantile(share: float, given: Vector) -> Vector:
    """Return the quantile of histograms made of buckets, as Prometheus interpolates it."""
    groups: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for one in given:
        try:
            bound = float(one.labels.get("le", ""))
        except ValueError:
            continue
        others = {name: value for name, value in one.labels.items() if name != "le"}
        groups.setdefault(tuple(sorted(others.items())), []).append((bound, one.value))
    return [
        Element(dict(labels), _quantile(share, sorted(each))) for labels, each in groups.items()
    ]


def _quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    total = buckets[-1][1]
    if not math.isinf(buckets[-1][0]) or len(buckets) == 1 or total == 0:
        return math.nan
    rank = share * total
    index = next(place for place, (_, count) in enumerate(buckets) if count >= rank)
    if index == len(buckets) - 1:
        return buckets[-2][0]
    upper, count = buckets[index]
    if index == 0 and upper <= 0:
        return upper
    lower, before = buckets[index - 1] if index else (0.0, 0.0)
    if count == before:
        return upper
    return lower + (upper - lower) * (rank - before) / (count - before)
