"""A PromQL expression as a tree that can be changed; `promql_text` writes it again.

`promql` finds what an expression reads; renderers must know how it reckons, too. The parser's own
tree cannot be written back: it forgets escapes in texts. What Prometheus itself would not read
(`or` between matchers, fill values) is refused here, though the parser knows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.promql import Matcher, QueryError, parsed, read_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    import promql_parser

COMPARISONS: Final = ("==", "!=", ">", "<", ">=", "<=")
MAX_DEPTH: Final = 100
SETS: Final = ("and", "or", "unless")


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is read from the metrics.

    Attributes:
        name: The metric's name before the braces; empty if there is none.
        matchers: The demands on its labels.
        range: How far back it looks, in seconds; None for the newest values alone.
        offset: How much earlier it looks, in seconds.
        at: The time it looks at, as it is written behind `@`; empty for now.
    """

    name: str
    matchers: tuple[Matcher, ...] = ()
    range: float | None = None
    offset: float = 0
    at: str = ""

    @property
    def metric(self) -> str:
        """The metric's name, wherever it stands; empty if it is not named."""
        named = (
            one.value for one in self.matchers if (one.label, one.operator) == ("__name__", "=")
        )
        return self.name or next(named, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery:
    """An expression asked again and again over a time.

    Attributes:
        inner: The expression.
        range: How far back it is asked, in seconds.
        step: Seconds between two answers; None for the interval rules are evaluated in.
        offset: How much earlier, in seconds.
        at: The time, as it is written behind `@`; empty for now.
    """

    inner: Node
    range: float
    step: float | None = None
    offset: float = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function."""

    function: str
    arguments: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Many series made one, or one a group.

    Attributes:
        operator: `sum`, `max`, `topk` …
        parameter: What some operators take first.
        inner: The series.
        grouping: `by`, `without`, or empty.
        labels: The labels that are grouped by, or without.
    """

    operator: str
    parameter: Node | None = None
    inner: Node
    grouping: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """An operator between two parts.

    Attributes:
        operator: The operator.
        left: The part before it.
        right: The part behind it.
        truth: Whether a comparison gives 0 and 1 instead of leaving out (`bool`).
        matching: `on`, `ignoring`, or empty.
        labels: The labels that are matched on, or ignored.
        group: `group_left`, `group_right`, or empty.
        group_labels: Labels taken over from the side that is one.
    """

    operator: str
    left: Node
    right: Node
    truth: bool = False
    matching: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""
    group_labels: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Negative:
    """A part with a minus before it."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Group:
    """A part in parentheses."""

    inner: Node


Node = Number | Text | Selection | Subquery | Call | Aggregate | Binary | Negative | Group


def read_tree(text: str) -> Node:
    """Read an expression.

    Raises:
        QueryError: It is no PromQL of Prometheus.
    """
    return _Reading(text).node(parsed(text))


def parts(node: Node) -> Iterator[Node]:
    """Yield what a node is made of directly, in order."""
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (one for one in value if isinstance(one, Node))


def nodes(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    for one in parts(node):
        yield from nodes(one)


def selections(node: Node) -> Iterator[Selection]:
    """Yield what an expression reads, in the order it is written."""
    return (one for one in nodes(node) if isinstance(one, Selection))


def changed(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Write a tree anew.

    Args:
        node: The tree.
        change: Gives what stands for a node, which is then left alone; or None to go on below it.
    """
    other = change(node)
    if other is not None:
        return other
    if isinstance(node, Call):
        return Call(node.function, tuple(changed(one, change) for one in node.arguments))
    below = {
        each.name: changed(value, change)
        for each in fields(node)
        if isinstance(value := getattr(node, each.name), Node)
    }
    other_parts: dict[str, Any] = below
    return replace(node, **other_parts)


def _at(found: promql_parser.AtModifier | None) -> str:
    return "" if found is None else str(found).removeprefix("@ ")


class _Reading:
    """Turns the parser's tree into ours."""

    def __init__(self, text: str) -> None:
        import promql_parser  # noqa: PLC0415 - loaded by now

        self._text = text
        self._parser = promql_parser
        self._depth = 0

    def node(self, found: object) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            hint = "record a part of it by a rule of its own"
            message = f"has more than {MAX_DEPTH} parts within each other"
            raise QueryError(message, text=self._text, hint=hint)
        node = self._node(found)
        self._depth -= 1
        return node

    def _node(self, found: object) -> Node:
        parser = self._parser
        match found:
            case parser.NumberLiteral(val=value):
                node: Node = Number(value)
            case parser.StringLiteral(val=text):
                node = Text(text)
            case parser.VectorSelector():
                node = self._selection(found, None)
            case parser.MatrixSelector(vector_selector=inner, range=span):
                node = self._selection(inner, span)
            case parser.Call(func=function, args=arguments):
                node = Call(function.name, tuple(map(self.node, arguments)))
            case parser.UnaryExpr(expr=inner):
                node = Negative(self.node(inner))
            case parser.ParenExpr(expr=inner):
                node = Group(self.node(inner))
            case parser.BinaryExpr():
                node = self._binary(found)
            case parser.AggregateExpr():
                node = self._aggregate(found)
            case _:
                node = self._subquery(found)
        return node

    def _selection(self, found: promql_parser.VectorSelector, span: timedelta | None) -> Selection:
        if found.matchers.or_matchers:
            raise QueryError(
                "joins matchers by `or`, which Prometheus does not know", text=self._text
            )
        return Selection(
            name=found.name or "",
            matchers=tuple(map(read_matcher, found.matchers.matchers)),
            range=None if span is None else span.total_seconds(),
            offset=found.offset.total_seconds() if found.offset else 0,
            at=_at(found.at),
        )

    def _subquery(self, found: object) -> Subquery:
        if not isinstance(found, self._parser.SubqueryExpr) or found.range is None:
            raise QueryError("holds what is not known of PromQL", text=self._text)
        return Subquery(
            inner=self.node(found.expr),
            range=found.range.total_seconds(),
            step=found.step.total_seconds() if found.step else None,
            offset=found.offset.total_seconds() if found.offset else 0,
            at=_at(found.at),
        )

    def _aggregate(self, found: promql_parser.AggregateExpr) -> Aggregate:
        grouped = found.modifier
        by = self._parser.AggModifierType.By
        return Aggregate(
            operator=str(found.op),
            inner=self.node(found.expr),
            parameter=None if found.param is None else self.node(found.param),
            grouping="" if grouped is None else "by" if grouped.type == by else "without",
            labels=() if grouped is None else tuple(grouped.labels),
        )

    def _binary(self, found: promql_parser.BinaryExpr) -> Binary:
        left, right, how = self.node(found.lhs), self.node(found.rhs), found.modifier
        if how is None:
            return Binary(operator=str(found.op), left=left, right=right)
        if how.fill_values.lhs is not None or how.fill_values.rhs is not None:
            raise QueryError("fills in values, which Prometheus does not do", text=self._text)
        on = self._parser.LabelModifierType.Include
        sides = self._parser.VectorMatchCardinality
        group = ((sides.ManyToOne, "group_left"), (sides.OneToMany, "group_right"))
        return Binary(
            operator=str(found.op),
            left=left,
            right=right,
            truth=how.return_bool,
            matching=""
            if how.matching is None
            else "on"
            if how.matching.type == on
            else "ignoring",
            labels=() if how.matching is None else tuple(how.matching.labels),
            group=next((word for side, word in group if side == how.card), ""),
            group_labels=tuple(how.group_labels or ()),
        )
