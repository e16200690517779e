"""What one version of Prometheus does otherwise than another, found before it is silent.

Prometheus 3.0 renamed `holt_winters`, writes whole numbers of `le` and `quantile` as `1.0`, leaves
the first instant of a range out, and allows any text as the name of a label (its migration guide).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql_text import written
from weighbridge.codec.promql_tree import Call, Selection, nodes
from weighbridge.render.observability.options import option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.rendering import Order, Remarks

_THIRD: Final = 3
_TWO_VALUES: Final = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv"})
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_WHOLE: Final = re.compile(r"[0-9]+")
_SMOOTHING: Final = "double_exponential_smoothing"


def prometheus_version(order: Order) -> str:
    """Return the version of Prometheus that watches a release."""
    return option(order, "prometheus")


def is_third(order: Order) -> bool:
    """Tell whether it is Prometheus 3."""
    return int(prometheus_version(order).split(".")[0]) >= _THIRD


def refuse_unnamed(order: Order, remarks: Remarks, label: str, pointer: str) -> None:
    """Refuse the name of a label that Prometheus does not know as one."""
    if label.startswith("__"):
        remarks.refuse("labels that begin with __ are Prometheus' own", pointer, seen=label)
    elif not is_third(order) and not _LABEL.fullmatch(label):
        remarks.refuse(
            f"Prometheus {prometheus_version(order)} knows no label of that name",
            pointer,
            "write letters, digits and _ alone",
            "or render for Prometheus 3, whose names may be any text",
            seen=label,
        )


def refuse_unknown(order: Order, remarks: Remarks, node: Node, pointer: str, what: str) -> None:
    """Refuse what a version of Prometheus reads as nothing, or not at all.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        node: The expression.
        pointer: Where it stands (JSON pointer).
        what: What it is of, for people.
    """
    version, third = prometheus_version(order), is_third(order)
    for one in nodes(node):
        if isinstance(one, Call) and one.function == _SMOOTHING:
            _smoothing(remarks, pointer, what, version=version, third=third)
        if isinstance(one, Call) and one.function in _TWO_VALUES:
            _ranges(order, remarks, one, pointer, what)
        if isinstance(one, Selection) and third:
            for label, value in _whole_bounds(one):
                remarks.refuse(
                    f"{what} never finds {label}={value!r}: Prometheus {version} keeps it as "
                    f"{value}.0",
                    pointer,
                    f'write {label}="{value}.0"',
                    f'or {label}=~"{value}(?:\\\\.0)?", which 2.x finds, too',
                    seen=f'{label}="{value}"',
                )


def _smoothing(remarks: Remarks, pointer: str, what: str, *, version: str, third: bool) -> None:
    if third:
        remarks.notice(
            f"{what} needs Prometheus to run with --enable-feature=promql-experimental-functions"
        )
    else:
        remarks.refuse(
            f"{what} calls {_SMOOTHING}, which Prometheus {version} does not have",
            pointer,
            "render for Prometheus 3",
            "or smooth by avg_over_time",
            seen=_SMOOTHING,
        )


def _ranges(order: Order, remarks: Remarks, call: Call, pointer: str, what: str) -> None:
    """Refuse ranges that do not hold the two values a rate is made of.

    Up to 2.x a range holds both its ends; from 3.0 on its first instant is left out.
    """
    every = int(option(order, "scrapeSeconds"))
    least = every * 2 if is_third(order) else every
    for one in call.arguments:
        if isinstance(one, Selection) and one.range is not None and one.range < least:
            remarks.refuse(
                f"{what} looks back {one.range:g} s, in which Prometheus "
                f"{prometheus_version(order)} has no two values: it looks every {every} s",
                pointer,
                f"look back {every * 4} s or more",
                f"or set the option scrapeSeconds to {max(1, int(one.range / 4))}",
                seen=written(call),
                wanted=f"at least {least} s",
            )


def _whole_bounds(node: Selection) -> Iterator[tuple[str, str]]:
    for one in node.matchers:
        if one.label in {"le", "quantile"} and one.operator == "=" and _WHOLE.fullmatch(one.value):
            yield one.label, one.value
