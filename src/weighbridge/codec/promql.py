"""Reading PromQL: which metrics an expression selects, and where in it something stands.

With `measured` and `promql_tree` the only module that knows the parser (`promql-parser`), imported
with the first expression. It tells no places, and its time and stack grow with the square of an
expression and more; so the words are found here, counted before it is asked, and pointed at behind
that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import promql_parser

RELEASE: Final = "$release"
"""Stands in the value of a label for the release that is rolled out."""

MAX_WORDS: Final = 1_000
MAX_LENGTH: Final = 16_384

_WORD = re.compile(
    r"(?P<comment>#[^\n]*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)"
    r"|(?P<variable>\$(?:\w+|\{\w*\}?)?)"
    r"|(?P<number>[0-9.][0-9A-Za-z_.]*)"
    r"|(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)"
    r"|(?P<open>[({\[])"
    r"|(?P<close>[)}\]])"
    r"|(?P<other>\S)",
    re.ASCII,
)
_PAIRS: Final = {"(": ")", "{": "}", "[": "]"}
_MENTIONED = re.compile(r"'([^']+)'")
_NO_RANGE = re.compile(r"expected type matrix in call to function '(\w+)'")


class Sort(Enum):
    """What sort of word it is."""

    COMMENT = "comment"
    TEXT = "text"
    VARIABLE = "variable"
    NUMBER = "number"
    NAME = "name"
    OPEN = "open"
    CLOSE = "close"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an expression.

    Attributes:
        sort: What sort of word it is.
        text: How it is written.
        offset: Index of its first character.
    """

    sort: Sort
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Matcher:
    """A demand on a label.

    Attributes:
        label: The label.
        operator: `=`, `!=`, `=~` or `!~`.
        value: What it is compared with.
    """

    label: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """What one part of an expression reads from the metrics.

    Attributes:
        name: The metric's name; empty if only its labels are asked about.
        matchers: The demands on its labels.
    """

    name: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """An expression that was read.

    Attributes:
        text: How it is written.
        selectors: What it reads, in the order it is written.
    """

    text: str
    selectors: tuple[Selector, ...]


class QueryError(Exception):
    """An expression that is no PromQL; line and column count from 1, in characters."""

    def __init__(self, message: str, *, text: str, offset: int = 0, hint: str = "") -> None:
        """Say what is wrong, at which character, and what to write instead."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line, self.column = place(text, offset)


def place(text: str, offset: int) -> tuple[int, int]:
    """Tell the line and the column of a character, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def find(text: str, wanted: str) -> tuple[int, int]:
    """Tell where a name or a quoted text stands first in an expression; else where that begins."""
    for word in words_of(text):
        if word.sort in (Sort.NAME, Sort.TEXT) and word.text.strip("\"'`") == wanted:
            return place(text, word.offset)
    return 1, 1


def renamed(text: str, name: str, other: str) -> str:
    """Write an expression in one line, with another name or quoted text for one of its own."""
    pieces, end = [], 0
    for word in words_of(text):
        if word.sort is Sort.COMMENT:  # it would swallow the rest of the line
            continue
        pieces.append(" " if text[end : word.offset] else "")
        same = word.sort in (Sort.NAME, Sort.TEXT) and word.text.strip("\"'`") == name
        pieces.append(word.text.replace(name, other) if same else word.text)
        end = word.offset + len(word.text)
    return "".join(pieces)


def read_query(text: str) -> Query:
    """Read an expression.

    Raises:
        QueryError: It is no PromQL, or longer than anybody can review.
    """
    return Query(text, tuple(_selectors(parsed(text))))


def parsed(text: str) -> promql_parser.Expr:
    """Return the parser's own tree of an expression.

    Raises:
        QueryError: It is no PromQL, or longer than anybody can review.
    """
    words = _checked(text)
    import promql_parser  # noqa: PLC0415 - an expression is rare enough to be paid for when it comes

    try:
        return promql_parser.parse(text)
    except ValueError as error:
        raise _refused(str(error), text, words) from None


def words_of(text: str) -> Iterator[Word]:
    """Yield the words of an expression."""
    for match in _WORD.finditer(text):
        yield Word(Sort(match.lastgroup), match.group(), match.start())


def _checked(text: str) -> list[Word]:
    """Find what can be told by the words alone, and told better than by the parser."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"is longer than {MAX_LENGTH:,} characters", text=text)
    words = list(words_of(text))
    if len(words) > MAX_WORDS:
        raise QueryError(f"has more than {MAX_WORDS:,} words", text=text)
    opened: list[Word] = []
    for word in words:
        if word.sort is Sort.VARIABLE:
            hint = f'write `{{release="{RELEASE}"}}`'
            message = f"holds `{word.text}` outside of quotes"
            raise QueryError(message, text=text, offset=word.offset, hint=hint)
        if word.sort is Sort.OTHER and word.text in "\"'`":
            raise QueryError("holds unclosed quotes", text=text, offset=word.offset)
        if word.sort is Sort.OPEN:
            opened.append(word)
        elif word.sort is Sort.CLOSE:
            before = opened.pop() if opened else None
            if before is None or _PAIRS[before.text] != word.text:
                message = f"closes `{word.text}` that was not opened"
                raise QueryError(message, text=text, offset=word.offset)
    if opened:
        message = f"opens `{opened[-1].text}` and does not close it"
        raise QueryError(message, text=text, offset=opened[-1].offset)
    return words


def _refused(complaint: str, text: str, words: Iterable[Word]) -> QueryError:
    """Tell the parser's complaint, at the word it mentions."""
    mentioned = set(_MENTIONED.findall(complaint))
    offset = next((word.offset for word in words if word.text in mentioned), 0)
    if found := _NO_RANGE.match(complaint):
        message = f"calls `{found[1]}` without a range of time"
        hint = f"write how far back it looks: `{found[1]}(name[5m])`"
        return QueryError(message, text=text, offset=offset, hint=hint)
    plain = {"invalid promql query": "", "no expression found in input": "it is empty"}
    detail = plain.get(complaint, complaint)
    message = f"is no PromQL: {detail}" if detail else "is no PromQL"
    return QueryError(message, text=text, offset=offset)


def _selectors(root: promql_parser.Expr) -> Iterator[Selector]:
    """List what a tree reads; the parser's own walk takes cubic time."""
    import promql_parser as parser  # noqa: PLC0415 - loaded by now

    waiting: list[object] = [root]
    while waiting:
        match waiting.pop():
            case parser.VectorSelector() as found:
                yield _selector(found)
            case parser.MatrixSelector() as found:
                yield _selector(found.vector_selector)
            case parser.BinaryExpr(lhs=left, rhs=right):
                waiting += [right, left]
            case parser.Call(args=arguments):
                waiting += reversed(arguments)
            case parser.AggregateExpr(expr=inner, param=parameter):
                waiting += [inner, parameter]
            case parser.ParenExpr(expr=inner) | parser.UnaryExpr(expr=inner):
                waiting.append(inner)
            case parser.SubqueryExpr(expr=inner):
                waiting.append(inner)
            case _:  # a number, a text, no parameter
                pass


def _selector(found: promql_parser.VectorSelector) -> Selector:
    groups = [found.matchers.matchers, *found.matchers.or_matchers]
    matchers = tuple(read_matcher(each) for group in groups for each in group)
    named = [each.value for each in matchers if (each.label, each.operator) == ("__name__", "=")]
    return Selector(found.name or (named[0] if named else ""), matchers)


def read_matcher(found: promql_parser.Matcher) -> Matcher:
    """Read a demand on a label."""
    from promql_parser import MatchOp  # noqa: PLC0415 - loaded by now

    for operator, spelt in (
        (MatchOp.Equal, "="),
        (MatchOp.NotEqual, "!="),
        (MatchOp.Re, "=~"),
    ):
        if found.op == operator:
            return Matcher(found.name, spelt, found.value)
    return Matcher(found.name, "!~", found.value)
