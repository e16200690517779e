"""The grammar of conditions: words in, a tree out (precedence climbing, as CEL binds)."""

from __future__ import annotations

from difflib import get_close_matches
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from weighbridge.model.condition.tree import (
    Binary,
    ConditionError,
    Kind,
    Literal,
    Member,
    Name,
    Node,
    Unary,
)
from weighbridge.model.condition.words import Sort, Word, words

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_DEPTH: Final = 32
_LISTED: Final = 8

_RELATION: Final = 3
_LEVELS: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), _RELATION),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
}
_TRUTHS: Final = {"true": True, "false": False}
# cel-spec, "Syntax": words that are no names. `in` is an operator.
_RESERVED: Final = frozenset(
    {"in", "null", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "namespace", "package", "return", "var", "void", "while"}
)
_MEANT: Final = {"and": "&&", "or": "||", "not": "!", "True": "true", "False": "false"}


class Reading:
    """A condition being read; `root` is its tree, and the rest is what was met on the way."""

    def __init__(self, text: str, known: Collection[str] | None) -> None:
        """Read all of it.

        Raises:
            ConditionError: It cannot be read.
        """
        self.names: set[str] = set()
        self.numbers: set[Fraction] = set()
        self._text = text
        self._known = known
        self._words = words(text)
        self._next = 0
        self._depth = 0
        self.root = self._expression(1)
        if self._word.sort is not Sort.END:
            raise self._unexpected("an operator")

    @property
    def _word(self) -> Word:
        return self._words[self._next]

    def _take(self) -> Word:
        word = self._word
        self._next += 1
        return word

    def _is(self, symbol: str) -> bool:
        return self._word.sort is Sort.SYMBOL and self._word.text == symbol

    def _level(self) -> int:
        """Tell how tightly the next word binds; 0 if it is no operator."""
        operator = self._word.sort is Sort.SYMBOL or self._word.text == "in"
        return _LEVELS.get(self._word.text, 0) if operator else 0

    def _expression(self, least: int) -> Node:
        left = self._unary()
        while (level := self._level()) >= least:
            word = self._take()
            if word.text == "in":
                left = self._member(left)
            else:
                left = self._binary(word, left, self._expression(level + 1))
            if level == _RELATION == self._level():
                hint = "join two comparisons: `0 < value && value < 1`"
                raise self._fault("compares the answer of a comparison", self._word, hint)
        return left

    def _binary(self, word: Word, left: Node, right: Node) -> Node:
        operator = word.text
        if operator in ("&&", "||"):
            self._demand(Kind.TRUTH, word, left, right)
            return Binary(operator=operator, left=left, right=right, kind=Kind.TRUTH)
        if _LEVELS[operator] == _RELATION:
            self._demand_one_kind(word, left, right)
            return Binary(operator=operator, left=left, right=right, kind=Kind.TRUTH)
        self._demand(Kind.NUMBER, word, left, right)
        return Binary(operator=operator, left=left, right=right, kind=Kind.NUMBER)

    def _member(self, left: Node) -> Node:
        opening = self._word
        self._closed_by("[", "a list such as `[1, 2]`")
        choices: list[Node] = []
        while not self._is("]"):
            choices.append(self._deeper(opening))
            for other in (left, choices[0]):
                self._demand_one_kind(opening, other, choices[-1])
            if not self._is("]"):
                self._closed_by(",", "`,` or `]`")
        self._take()
        return Member(value=left, choices=tuple(choices))

    def _unary(self) -> Node:
        word = self._word
        for operator, kind in (("!", Kind.TRUTH), ("-", Kind.NUMBER)):
            if self._is(operator):
                self._take()
                self._count(word)
                operand = self._unary()
                self._depth -= 1
                self._demand(kind, word, operand)
                return Unary(operator=operator, operand=operand, kind=kind)
        return self._primary()

    def _primary(self) -> Node:
        word = self._take()
        if word.sort is Sort.NUMBER:
            number = Fraction(word.text)
            self.numbers.add(number)
            return Literal(value=number, kind=Kind.NUMBER)
        if word.sort is Sort.TEXT:
            return Literal(value=word.text, kind=Kind.TEXT)
        if word.sort is Sort.NAME:
            return self._named(word)
        if word.sort is Sort.SYMBOL and word.text == "(":
            inner = self._deeper(word)
            self._closed_by(")", "`)`")
            return inner
        self._next -= 1
        raise self._unexpected("a value")

    def _named(self, word: Word) -> Node:
        if word.text in _TRUTHS:
            return Literal(value=_TRUTHS[word.text], kind=Kind.TRUTH)
        if word.text in _RESERVED:
            raise self._fault(f"uses the word `{word.text}` of CEL as a name", word)
        if self._is("("):
            raise self._fault(f"calls `{word.text}`, and conditions have no functions", word)
        if self._known is not None and word.text not in self._known:
            hint = _suggestion(word.text, self._known)
            raise self._fault(f"speaks of `{word.text}`, which is not a value here", word, hint)
        self.names.add(word.text)
        return Name(name=word.text)

    def _deeper(self, word: Word) -> Node:
        self._count(word)
        inner = self._expression(1)
        self._depth -= 1
        return inner

    def _count(self, word: Word) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(f"is nested more than {MAX_DEPTH} levels deep", word)

    def _closed_by(self, symbol: str, wanted: str) -> None:
        if not self._is(symbol):
            raise self._unexpected(wanted)
        self._take()

    def _demand(self, kind: Kind, word: Word, *nodes: Node) -> None:
        for node in nodes:
            if node.kind not in (kind, Kind.ANY):
                said = f"`{word.text}` takes {_many(kind)}, not {node.kind.value}"
                raise self._fault(said, word)

    def _demand_one_kind(self, word: Word, left: Node, right: Node) -> None:
        ordered = word.text in ("<", "<=", ">", ">=")
        if ordered and Kind.TRUTH in (left.kind, right.kind):
            raise self._fault(f"`{word.text}` takes numbers or texts, not true or false", word)
        if Kind.ANY not in (left.kind, right.kind) and left.kind is not right.kind:
            said = f"compares {left.kind.value} with {right.kind.value}"
            raise self._fault(said, word)

    def _unexpected(self, wanted: str) -> ConditionError:
        word = self._word
        if word.sort is Sort.END:
            return self._fault(f"ends where {wanted} should be", word)
        hint = f"did you mean `{_MEANT[word.text]}`?" if word.text in _MEANT else ""
        return self._fault(f"has `{word.text}` where {wanted} should be", word, hint)

    def _fault(self, message: str, word: Word, hint: str = "") -> ConditionError:
        return ConditionError(message, text=self._text, offset=word.offset, hint=hint)


def read(text: str, known: Collection[str] | None) -> Reading:
    """Read a condition that may speak of the names that are known, or of any.

    Raises:
        ConditionError: It cannot be read.
    """
    return Reading(text, known)


def _many(kind: Kind) -> str:
    return "numbers" if kind is Kind.NUMBER else kind.value


def _suggestion(name: str, known: Collection[str]) -> str:
    if meant := _MEANT.get(name):
        return f"did you mean `{meant}`?"
    if close := get_close_matches(name, known, n=1):
        return f"did you mean `{close[0]}`?"
    listed = sorted(known)
    more = ", …" if len(listed) > _LISTED else ""
    return f"values here: {', '.join(listed[:_LISTED])}{more}" if listed else ""
