"""Writing PromQL: a tree of `promql_tree` in one line, with the parentheses it needs."""

from __future__ import annotations

import json
import math
import re
from typing import Final

from weighbridge.codec.promql_tree import (
    COMPARISONS,
    Aggregate,
    Binary,
    Call,
    Group,
    Negative,
    Node,
    Number,
    Selection,
    Subquery,
    Text,
)

_PRECEDENCE: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(COMPARISONS, 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_SIGN: Final = 5
_ATOM: Final = 9
_NAME: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))


def written(node: Node) -> str:
    """Write an expression in one line, with the parentheses it needs."""
    match node:
        case Number(value):
            text = _number(value)
        case Text(value):
            text = _quoted(value)
        case Selection():
            text = _selection(node)
        case Subquery():
            every = "" if node.step is None else duration(node.step)
            span = f"[{duration(node.range)}:{every}]"
            text = f"{_atom(node.inner)}{span}{_moved(node.offset, node.at)}"
        case Call(function, arguments):
            text = f"{function}({', '.join(map(written, arguments))})"
        case Aggregate(parameter=parameter, grouping=grouping):
            given = [node.inner] if parameter is None else [parameter, node.inner]
            grouped = f" {grouping} ({', '.join(map(_label, node.labels))}) " if grouping else ""
            text = f"{node.operator}{grouped}({', '.join(map(written, given))})"
        case Binary():
            text = _binary(node)
        case Negative(inner):
            # Of a number, the minus would become its own.
            text = f"-{_within(Group(inner) if isinstance(inner, Number) else inner, _SIGN + 1)}"
        case _:
            text = f"({written(node.inner)})"
    return text


def duration(seconds: float) -> str:
    """Write a duration as Prometheus reads it: a whole number of the largest unit that fits."""
    size = round(abs(seconds) * 1000)
    length, unit = next((one for one in _UNITS if size and size % one[0] == 0), (1000, "s"))
    return f"{'-' if seconds < 0 else ''}{size // length}{unit}"


def _binary(node: Binary) -> str:
    level = _PRECEDENCE[node.operator]
    right_first = node.operator == "^"
    words = [node.operator, *(["bool"] if node.truth else [])]
    if node.matching:
        words.append(f"{node.matching} ({', '.join(map(_label, node.labels))})")
    if node.group:
        words.append(f"{node.group} ({', '.join(map(_label, node.group_labels))})")
    left = _within(node.left, level + right_first)
    right = _within(node.right, level + (not right_first))
    return f"{left} {' '.join(words)} {right}"


def _within(node: Node, level: int) -> str:
    """Write a part of something that binds as tightly as a level."""
    own = _ATOM
    if isinstance(node, Binary):
        own = _PRECEDENCE[node.operator]
    elif isinstance(node, Negative) or (isinstance(node, Number) and node.value < 0):
        own = _SIGN
    return written(node) if own >= level else f"({written(node)})"


def _atom(node: Node) -> str:
    plain = isinstance(node, Group | Call | Aggregate) or (
        isinstance(node, Selection) and not node.offset and not node.at
    )
    return written(node) if plain else f"({written(node)})"


def _selection(node: Selection) -> str:
    demands = [f"{_label(one.label)}{one.operator}{_quoted(one.value)}" for one in node.matchers]
    plain = _NAME.fullmatch(node.name)
    if node.name and not plain:
        demands.insert(0, _quoted(node.name))
    braces = f"{{{', '.join(demands)}}}" if demands or not node.name else ""
    span = "" if node.range is None else f"[{duration(node.range)}]"
    return f"{node.name if plain else ''}{braces}{span}{_moved(node.offset, node.at)}"


def _moved(offset: float, at: str) -> str:
    return (f" offset {duration(offset)}" if offset else "") + (f" @ {at}" if at else "")


def _label(name: str) -> str:
    return name if _LABEL.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # Go reads every escape JSON writes but pairs of surrogates: what is no ASCII stays as it is.
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
