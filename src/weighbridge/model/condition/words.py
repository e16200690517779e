"""The words of a condition: numbers, texts, names and symbols, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from weighbridge.model.condition.tree import ConditionError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORDS: Final = 200

_WORD = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?(?![A-Za-z0-9_.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"(?:[^\"\\\r\n]|\\[^\r\n])*\"|'(?:[^'\\\r\n]|\\[^\r\n])*')"
    r"|(?P<symbol>&&|\|\||[<>=!]=|[-<>!+*/%()\[\],])"
)
_BLANKS = re.compile(r"[ \t\r\n\f]*")
_SPOILT_NUMBER = re.compile(r"\.?[0-9][A-Za-z0-9_.]*")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t", "r": "\r"}
# What people write who know other languages.
_MEANT: Final = {"=": "==", "&": "&&", "|": "||", "≤": "<=", "≥": ">=", "≠": "!="}


class Sort(Enum):
    """What sort of word it is."""

    NUMBER = "number"
    NAME = "name"
    TEXT = "text"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        sort: What sort of word it is.
        text: How it is written; of a text what it says.
        offset: Index of its first character.
    """

    sort: Sort
    text: str
    offset: int


def words(text: str) -> list[Word]:
    """Split a condition into its words; the last one is its end.

    Raises:
        ConditionError: Something in it is no word, or there are too many.
    """
    found = list(_words(text))
    if len(found) > MAX_WORDS:
        raise ConditionError(f"has more than {MAX_WORDS} words", hint="split it in two")
    return found


def _words(text: str) -> Iterator[Word]:
    start = _behind_blanks(text, 0)
    while start < len(text):
        match = _WORD.match(text, start)
        if match is None:
            raise _no_word(text, start)
        sort, written = Sort(match.lastgroup), match.group()
        yield Word(sort, _said(text, start, written) if sort is Sort.TEXT else written, start)
        start = _behind_blanks(text, match.end())
    yield Word(Sort.END, "", len(text))


def _behind_blanks(text: str, start: int) -> int:
    match = _BLANKS.match(text, start)
    return start if match is None else match.end()


def _said(text: str, start: int, written: str) -> str:
    """Resolve the escapes of a quoted text."""
    for escape in _ESCAPE.finditer(written):
        if escape[1] not in _ESCAPES:
            offset = start + escape.start()
            raise ConditionError(f"holds the unknown escape {escape[0]}", text=text, offset=offset)
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[1]], written[1:-1])


def _no_word(text: str, offset: int) -> ConditionError:
    character = text[offset]
    hint = f"did you mean `{_MEANT[character]}`?" if character in _MEANT else ""
    if character in "\"'":
        message, hint = "holds a text whose quotes are not closed", ""
    elif number := _SPOILT_NUMBER.match(text, offset):
        message = f"holds `{number.group()}`, which is no number"
    else:
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        message = f"cannot be read at `{shown}`"
    return ConditionError(message, text=text, offset=offset, hint=hint)
