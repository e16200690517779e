"""TOML of locks: read within budgets, values taken by type, tables found again in the text."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any, TypeVar

from weighbridge.codec.locks.interface import LIMITS, LockSyntaxError, check_entries, excerpt

T = TypeVar("T")

# A string that does not end takes the rest of the line, so that each line is gone through once.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?|\'[^\']*+\'?')
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_KINDS = {str: "text", int: "an integer", list: "an array", dict: "a table"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a TOML document whose values nobody has checked yet.

    Attributes:
        values: What it holds.
        file: The document's name, for messages.
        line: Line of its header, counted from 1.
    """

    values: dict[str, Any]
    file: str
    line: int = 1

    def take(self, key: str, kind: type[T]) -> T | None:
        """Take a value if it is there.

        Raises:
            LockSyntaxError: It is of another type.
        """
        value = self.values.get(key)
        if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
            return value
        raise self.error(f"{key} is not {_KINDS[kind]}")

    def table(self, key: str) -> Table:
        """Take a table within this one; an absent one is empty.

        Raises:
            LockSyntaxError: It is not a table.
        """
        return self._inner(self.take(key, dict) or {})

    def tables(self, key: str) -> list[Table]:
        """Take an array of tables; an absent one is empty.

        Raises:
            LockSyntaxError: It is not an array, or not all of its members are tables.
        """
        members: list[Any] = self.take(key, list) or []
        if not all(isinstance(member, dict) for member in members):
            raise self.error(f"{key} is not an array of tables")
        return [self._inner(member) for member in members]

    def texts(self, key: str) -> list[str]:
        """Take an array of text; an absent one is empty.

        Raises:
            LockSyntaxError: It is not an array, or not all of its members are text.
        """
        members: list[Any] = self.take(key, list) or []
        if not all(isinstance(member, str) for member in members):
            raise self.error(f"{key} is not an array of text")
        return members

    def error(self, message: str) -> LockSyntaxError:
        """Make the error for something that is wrong in this table."""
        return LockSyntaxError(message, file=self.file, line=self.line)

    def _inner(self, values: dict[str, Any]) -> Table:
        """Give a table within this one the same place."""
        return Table(values=values, file=self.file, line=self.line)


def read_document(text: str, file: str) -> Table:
    """Read a TOML document.

    Raises:
        LockSyntaxError: It is not TOML 1.0, or deeper than any lock is.
    """
    _check_dots(text, file)
    try:
        return Table(values=tomllib.loads(text), file=file)
    except RecursionError as error:
        raise LockSyntaxError("is nested too deeply", file=file) from error
    except ValueError as error:
        found = _LINE.search(str(error))
        line = int(found[1] or 0) if found else 1
        problem = f"is not TOML: {excerpt(_LINE.sub('', str(error)))}"
        raise LockSyntaxError(problem, file=file, line=line or _last_line(text)) from error


def packages(document: Table, key: str, text: str) -> list[Table]:
    """List the packages of a lock, each with the line of its `[[key]]`.

    The line is 1 where the text does not have one such header for each package.

    Raises:
        LockSyntaxError: They are not an array of tables, or more than `LIMITS` allow.
    """
    members = document.tables(key)
    check_entries(len(members), document.file)
    header = re.compile(rf"[ \t]*\[\[[ \t]*{key}[ \t]*\]\]")
    lines = [number for number, line in enumerate(text.split("\n"), 1) if header.match(line)]
    if len(lines) != len(members):
        lines = [1] * len(members)
    return [
        Table(values=member.values, file=document.file, line=line)
        for line, member in zip(lines, members, strict=True)
    ]


def _last_line(text: str) -> int:
    """Return the number of the last line."""
    return text.count("\n") + 1


def _check_dots(text: str, file: str) -> None:
    """Refuse lines on which a key could have so many parts that reading it takes minutes."""
    folded = '"""' in text or "'''" in text
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") <= LIMITS.dots:
            continue
        # Where strings may span lines, one line does not tell what lies inside of them.
        bare = line if folded else _STRING.sub("", line)
        if bare.count(".") > LIMITS.dots:
            raise LockSyntaxError("has a line of too many dots", file=file, line=number)
