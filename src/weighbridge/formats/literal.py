"""The part of Python's literals that NumPy writes into its headers, read without evaluating it.

Texts, natural numbers, truth values, None, tuples, lists and dictionaries with texts as keys;
nothing else, and nested only so deep. https://docs.python.org/3/reference/lexical_analysis.html.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^'\\\n]|\\[^\n])*'|"(?:[^"\\\n]|\\[^\n])*")
    |(?P<number>[0-9]{1,20})L?
    |(?P<word>True|False|None)
    |(?P<mark>[][(){},:])
    )""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(r"\\(?:x(.{2})|u(.{4})|U(.{8})|(.))")
_PLAIN: Final = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"True": True, "False": False, "None": None}
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_DEEPEST: Final = 32

Literal = str | int | bool | None | tuple["Literal", ...] | list["Literal"] | dict[str, "Literal"]


class LiteralError(ValueError):
    """A text is no literal of the kind read here."""


def parse(text: str) -> tuple[Literal, int]:
    """Read the literal a text begins with; return it and where it ends.

    Raises:
        LiteralError: There is none.
    """
    parser = _Parser(text)
    value = parser.value(0)
    return value, parser.index


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self.index = 0

    def value(self, depth: int) -> Literal:
        kind, word = self._next()
        if kind == "text":
            return _ESCAPE.sub(_unescaped, word[1:-1])
        if kind == "number":
            return int(word)
        if kind == "word":
            return _WORDS[word]
        if word not in _CLOSING:
            raise LiteralError(f"`{word}` begins no value")
        if depth >= _DEEPEST:
            raise LiteralError("it nests too deeply")
        if word == "{":
            return self._dictionary(depth + 1)
        items, comma = self._items(_CLOSING[word], depth + 1)
        if word == "[":
            return items
        return items[0] if len(items) == 1 and not comma else tuple(items)

    def _items(self, closing: str, depth: int) -> tuple[list[Literal], bool]:
        """Read values up to the closing bracket; whether a comma stands before it."""
        items: list[Literal] = []
        while not self._ends(closing):
            items.append(self.value(depth))
            if self._ends(closing):
                return items, False
            self._expect(",")
        return items, bool(items)

    def _dictionary(self, depth: int) -> dict[str, Literal]:
        items: dict[str, Literal] = {}
        while not self._ends("}"):
            key = self.value(depth)
            if not isinstance(key, str):
                raise LiteralError("a key is no text")
            if key in items:
                raise LiteralError("a key stands twice")
            self._expect(":")
            items[key] = self.value(depth)
            if self._ends("}"):
                break
            self._expect(",")
        return items

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self.index)
        if found is None or found.lastgroup is None:
            raise LiteralError("it is no plain literal")
        self.index = found.end()
        return found.lastgroup, found[found.lastgroup]

    def _ends(self, closing: str) -> bool:
        before = self.index
        if self._next() == ("mark", closing):
            return True
        self.index = before
        return False

    def _expect(self, mark: str) -> None:
        if self._next() != ("mark", mark):
            raise LiteralError(f"a `{mark}` is missing")


def _unescaped(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None:
        if found[4] not in _PLAIN:
            raise LiteralError("a text holds an escape that is none")
        return _PLAIN[found[4]]
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        raise LiteralError("a text holds an escape that is none") from None
