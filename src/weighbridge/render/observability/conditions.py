"""The condition of an analysis (`value > 0.05`) as an expression that gives something if it holds.

Speaks of `value` and numbers; refuses texts and truths, which no metric is.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from weighbridge.codec.promql_tree import Binary, Group, Negative, Number
from weighbridge.model.condition import ConditionError
from weighbridge.model.condition import tree as condition
from weighbridge.model.condition.grammar import read

if TYPE_CHECKING:
    from weighbridge.codec.promql_tree import Node

_CONTRARY: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def filtered(text: str, query: Node, *, holds: bool = True) -> Node:
    """Return an expression that gives something where a condition holds, or where it does not.

    Args:
        text: The condition.
        query: What its `value` stands for.
        holds: Whether it is to hold.

    Raises:
        ConditionError: It cannot be said in PromQL.
    """
    return _truth(read(text, {"value"}).root, query, holds=holds)


def _truth(node: condition.Node, query: Node, *, holds: bool) -> Node:
    match node:
        case condition.Unary(operator="!", operand=operand):
            return _truth(operand, query, holds=not holds)
        case condition.Binary(operator="&&" | "||"):
            both = (node.operator == "&&") == holds
            return Binary(
                operator="and" if both else "or",
                left=_truth(node.left, query, holds=holds),
                right=_truth(node.right, query, holds=holds),
            )
        case condition.Binary(operator=operator) if operator in _CONTRARY:
            left, right = _number(node.left, query), _number(node.right, query)
            wanted = operator if holds else _CONTRARY[operator]
            return Binary(operator=wanted, left=left, right=right)
        case condition.Member(value=value, choices=choices) if choices:
            equal = [
                Binary(
                    operator="==" if holds else "!=",
                    left=_number(value, query),
                    right=_number(one, query),
                )
                for one in choices
            ]
            joined: Node = equal[0]
            for one in equal[1:]:
                joined = Binary(operator="or" if holds else "and", left=joined, right=one)
            return joined
        case _:
            raise ConditionError("compares nothing that is measured")


def _number(node: condition.Node, query: Node) -> Node:
    match node:
        case condition.Name():
            return Group(query)
        case condition.Literal(value=Fraction() as value):
            return Number(float(value))
        case condition.Unary(operator="-", operand=operand):
            return Negative(_number(operand, query))
        case condition.Binary(operator="+" | "-" | "*" | "/" | "%"):
            return Binary(
                operator=node.operator,
                left=_number(node.left, query),
                right=_number(node.right, query),
            )
        case _:
            raise ConditionError("compares what is no number")
