"""What is wrong with an expression, told to its author: where it stands and what was meant.

The engine tells of faults in text made for its own developers, so that text is read here.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from weighbridge.gate.descriptors import PACKAGE
from weighbridge.gate.syntax import FUNCTIONS, MACROS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from weighbridge.gate.shapes import Record

MAX_DEPTH: Final = 32
MAX_STEPS: Final = 9_999
SPLIT: Final = "make two conditions of it"

_MAX_LISTED = 12
_MAX_WORDS = 500

_FAULT = re.compile(r"^(?:.*? )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$", re.MULTILINE)
_UNDEFINED = re.compile(r"undefined field '(.*)' not found in struct '(.*)'")
_UNDECLARED = re.compile(r"undeclared reference to '(.*?)'")
_OVERLOAD = re.compile(r"found no matching overload for '(.*)' applied to '(.*)'")
_SELECT = re.compile(r"expression of type '(.*)' cannot be the operand of a select operation")
_SYNTAX = re.compile(r"Syntax error: (.*?)(?: expecting \{.*)?$")
_STATUS = re.compile(r"^[A-Z_]+: (.*?)(?: \[[A-Z_]+\])?$", re.DOTALL)
_KEY = re.compile(r'Key not found in map : "(.*)"', re.DOTALL)
_NO_OVERLOAD = re.compile(r"No matching overloads found : (\S+?)(\(.*\))$", re.DOTALL)


class ExpressionError(Exception):
    """An expression its author has to change; line and column count from 1, in characters."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, hint: str = "") -> None:
        """Say what is wrong, where, and what to write instead."""
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint


def place(text: str, offset: int) -> tuple[int, int]:
    """Tell the line and the column of a character, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")


def diagnose(
    complaint: str, text: str, *, variables: Collection[str], records: Mapping[str, Record]
) -> ExpressionError:
    """Read the engine's complaint about a text; `records` are the messages by their names."""
    faults = [
        (_offset(text, int(line), int(column)), message)
        for line, column, message in _FAULT.findall(complaint)
    ]
    if not faults:
        message, hint = _reworded(_plain(complaint), records)
        return ExpressionError(_bounded(message), hint=hint)
    offset, message = min(faults, key=lambda fault: not _is_call(text, *fault))
    if found := _UNDEFINED.match(message):
        start, message, hint = _undefined_field(found[1], found[2], text, offset, records)
    elif found := _UNDECLARED.match(message):
        start, message, hint = _undeclared(found[1], text, offset, variables)
    else:
        start, (message, hint) = offset, _reworded(message, records)
    line, column = place(text, start)
    return ExpressionError(_bounded(message), line=line, column=column, hint=hint)


def explain_failure(complaint: str) -> str:
    """Say in plain words why an evaluation failed."""
    words = _plain(complaint)
    if "Iteration budget exceeded" in words:
        return f"the budget of {MAX_STEPS:,} loop steps in one evaluation was exceeded"
    if found := _KEY.search(words):
        return _bounded(f"`{found[1]}` is not there")
    if found := _NO_OVERLOAD.search(words):
        types = found[2].replace("int64", "int")  # as the type checker calls it
        return _bounded(f"`{_operator(found[1])}` does not take {types}")
    if "Applying SELECT" in words:
        return "a field was asked of a value that has none"
    return _bounded(words)


def named(kind: str) -> str:
    """Name a type of the engine's in an author's words."""
    return "a record" if kind.startswith(PACKAGE) else kind.lower()


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return max(start + column - 1, 0)


def _is_call(text: str, offset: int, message: str) -> bool:
    """Tell whether an unknown function is meant: faults of its arguments only follow from it."""
    return _UNDECLARED.match(message) is not None and text[offset : offset + 1] == "("


def _undefined_field(
    field: str, struct: str, text: str, offset: int, records: Mapping[str, Record]
) -> tuple[int, str, str]:
    known = records[struct].fields if struct in records else {}
    start = text.find(field, offset)
    return max(start, offset), f"there is no field `{field}` here", _suggest(field, known, "fields")


def _undeclared(
    name: str, text: str, offset: int, variables: Collection[str]
) -> tuple[int, str, str]:
    root = name.lstrip(".").partition(".")[0]
    start = text.rfind(root, 0, offset + len(root))
    if text[offset : offset + 1] == "(":
        hint = _suggest(root, FUNCTIONS | MACROS, "words")
        return max(start, 0), f"there is no function `{root}`", hint
    return max(start, 0), f"`{root}` is not a value here", _suggest(root, variables, "values")


def _suggest(name: str, known: Collection[str], what: str) -> str:
    ordered = sorted(known)
    if close := get_close_matches(name, ordered, n=1):
        return f"did you mean `{close[0]}`?"
    more = ", …" if len(ordered) > _MAX_LISTED else ""
    return f"{what} here: {', '.join(ordered[:_MAX_LISTED])}{more}" if ordered else ""


def _reworded(message: str, records: Mapping[str, Record]) -> tuple[str, str]:
    for name in sorted(records, key=len, reverse=True):
        message = message.replace(name, "record")
    if "recursion" in message or "serialized" in message:  # when read, or when read again
        return f"is nested too deeply: at most {MAX_DEPTH} levels", SPLIT
    if found := _OVERLOAD.match(message):
        return f"`{_operator(found[1])}` does not take ({found[2].strip('()')})", _typed(found[2])
    if found := _SELECT.match(message):
        hint = "ask its members: `.all(i, …)`, `.exists(i, …)`" if "list" in found[1] else ""
        return f"a value of type {found[1]} has no fields", hint
    if found := _SYNTAX.match(message):
        if "'<EOF>'" in found[1]:
            return "ends too early", ""
        return _bounded(f"cannot be read: {found[1]}"), ""
    return message, ""


def _typed(types: str) -> str:
    if "null_type" in types:
        return "what is not there is asked for by `has(a.b)`"
    if "double" in types and "int" in types:
        return "write `double(…)` around the integer"
    return ""


def _operator(name: str) -> str:
    return name.replace("_", "").lstrip("@") if not name.isidentifier() else name


def _plain(complaint: str) -> str:
    found = _STATUS.match(complaint)
    return found[1] if found else complaint


def _bounded(words: str) -> str:
    return words if len(words) <= _MAX_WORDS else f"{words[:_MAX_WORDS]}…"
