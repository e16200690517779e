"""Expressions of a manifest, as they are asked about one release.

`$release` becomes the release digest. An alert that reads metrics of the release and does not say
of which, reads this release's alone: with two releases beside each other, it would otherwise call
for the one because the other fails. Series nobody labelled are read all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.promql import RELEASE, Matcher, QueryError
from weighbridge.codec.promql_tree import Selection, changed, read_tree
from weighbridge.render.naming import METRIC_LABEL
from weighbridge.render.observability.rules import usual_labels

if TYPE_CHECKING:
    from weighbridge.codec.promql_tree import Node
    from weighbridge.model.rendering import Order, Remarks


def about(order: Order, text: str) -> str:
    """Write the release digest for `$release`."""
    return text.replace(RELEASE, order.digest)


def read(order: Order, remarks: Remarks, text: str, pointer: str, what: str) -> Node | None:
    """Read an expression; what is no PromQL is refused.

    Args:
        order: What is rendered.
        remarks: Takes what cannot be done.
        text: The expression.
        pointer: Where it stands (JSON pointer).
        what: What it is of, for people.
    """
    try:
        node = read_tree(text)
    except QueryError as error:
        remarks.refuse(
            f"the expression of {what} {error.message}",
            pointer,
            *([error.hint] if error.hint else []),
            "weighbridge check, which shows the place",
            seen=" ".join(text.split()),
            wanted="an expression in PromQL",
        )
        return None
    return changed(node, lambda one: _filled_in(order, one))


def narrowed(order: Order, node: Node) -> Node:
    """Read this release's metrics alone, where an expression does not say of which release."""
    own = usual_labels(order)
    demand = Matcher(METRIC_LABEL, "=~", f"|{order.digest}")

    def narrow(one: Node) -> Node | None:
        if not isinstance(one, Selection) or one.metric not in own:
            return None
        if any(each.label == METRIC_LABEL for each in one.matchers):
            return None
        return replace(one, matchers=(*one.matchers, demand))

    return changed(node, narrow)


def _filled_in(order: Order, node: Node) -> Node | None:
    if not isinstance(node, Selection):
        return None
    return replace(
        node,
        matchers=tuple(
            Matcher(one.label, one.operator, about(order, one.value)) for one in node.matchers
        ),
    )
