"""Two sides made one: arithmetic, comparisons and sets, with the labels Prometheus matches by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql_tree import COMPARISONS, SETS
from weighbridge.render.observability.made_up import Element, Unforeseen

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.codec.promql_tree import Binary
    from weighbridge.render.observability.made_up import Vector

_COMPARE: Final[dict[str, Callable[[float, float], bool]]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left)


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except (ValueError, OverflowError):
        return math.nan


_RECKON: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": lambda left, right: math.fmod(left, right) if right else math.nan,
    "^": _power,
    "atan2": math.atan2,
}


def combined(node: Binary, left: Vector | float, right: Vector | float) -> Vector | float:
    """Return what an operator gives of its two sides.

    Raises:
        Unforeseen: Prometheus would call it an error.
    """
    if isinstance(left, list):
        if isinstance(right, list):
            sets = node.operator in SETS
            return _sets(node, left, right) if sets else _matched(node, left, right)
        found = [_element(node, one, one.value, right) for one in left]
        return [one for one in found if one is not None]
    if isinstance(right, list):
        found = [_element(node, one, left, one.value) for one in right]
        return [one for one in found if one is not None]
    if node.operator in COMPARISONS:
        return float(_COMPARE[node.operator](left, right))
    return _RECKON[node.operator](left, right)


def _element(node: Binary, kept: Element, left: float, right: float) -> Element | None:
    """Reckon with an element and a number; what a comparison leaves out is None."""
    if node.operator not in COMPARISONS:
        return Element(kept.labels, _RECKON[node.operator](left, right))
    holds = _COMPARE[node.operator](left, right)
    if node.truth:
        return Element(kept.labels, float(holds))
    return kept if holds else None


def _signature(node: Binary, labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_same(node, labels).items()))


def _same(node: Binary, labels: dict[str, str]) -> dict[str, str]:
    if node.matching:
        on = node.matching == "on"
        return {name: one for name, one in labels.items() if (name in node.labels) == on}
    return labels


def _sets(node: Binary, left: Vector, right: Vector) -> Vector:
    known = {_signature(node, one.labels) for one in (left if node.operator == "or" else right)}
    if node.operator == "or":
        return left + [one for one in right if _signature(node, one.labels) not in known]
    wanted = node.operator == "and"
    return [one for one in left if (_signature(node, one.labels) in known) == wanted]


def _matched(node: Binary, left: Vector, right: Vector) -> Vector:
    many, ones = (right, left) if node.group == "group_right" else (left, right)
    by_signature: dict[tuple[tuple[str, str], ...], Element] = {}
    for one in ones:
        if by_signature.setdefault(_signature(node, one.labels), one) is not one:
            raise Unforeseen("several series match one")
    found, seen = [], set()
    for each in many:
        signature = _signature(node, each.labels)
        other = by_signature.get(signature)
        if other is None:
            continue
        if not node.group and signature in seen:
            raise Unforeseen("several series match one")
        seen.add(signature)
        labels = _same(node, each.labels) if not node.group else _taken(node, each, other)
        first, second = (other, each) if node.group == "group_right" else (each, other)
        made = _element(node, Element(labels, first.value), first.value, second.value)
        if made is not None:
            found.append(made)
    return found


def _taken(node: Binary, many: Element, one: Element) -> dict[str, str]:
    taken = {name: one.labels.get(name, "") for name in node.group_labels}
    return {name: value for name, value in {**many.labels, **taken}.items() if value}
