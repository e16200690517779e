"""The logical lines of a pip requirements file, split the way pip splits them.

Refuses line separators that pip follows and a reader does not see: text behind one would be a
comment to a person and a requirement to pip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.locks.interface import LockSyntaxError, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_WORD = re.compile(r"""(?:[^\s'"\\]|'[^']*'|"[^"\\]*")+""")
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_BREAK = re.compile(r"\r\n|\r|\n")
_HIDDEN_BREAK = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementLine:
    """One logical line: what it asks for, and its options.

    Attributes:
        number: Line in the file where it starts, counted from 1.
        text: The whole line without comment.
        argument: What stands before the first option.
        options: Names and values of its options, in order; a value that is absent is empty.
    """

    number: int
    text: str
    argument: str
    options: tuple[tuple[str, str], ...]


def logical_lines(text: str, file: str) -> Iterator[RequirementLine]:
    """Split the text of a requirements file into its lines, without comments and empty ones.

    Raises:
        LockSyntaxError: A line cannot be split.
    """
    for number, joined in _join(text, file):
        line = _COMMENT.sub("", joined).strip()
        if not line:
            continue
        words = line.split(" ")
        first = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
        rest = " ".join(words[first:])
        if _WORD.sub("", rest).strip():
            problem = f"{excerpt(line)} has a quote that does not end, or a backslash"
            raise LockSyntaxError(problem, file=file, line=number)
        unquoted = [_QUOTED.sub(lambda found: found[0][1:-1], word) for word in _WORD.findall(rest)]
        options = tuple(_options(unquoted))
        argument = " ".join(words[:first]).strip()
        yield RequirementLine(number=number, text=line, argument=argument, options=options)


def _join(text: str, file: str) -> Iterator[tuple[int, str]]:
    """Join lines that end in a backslash; a comment line ends what it continues."""
    parts: list[str] = []
    start = 1
    for number, line in enumerate(_BREAK.split(text), 1):
        if _HIDDEN_BREAK.search(line):
            raise LockSyntaxError("has a hidden line break", file=file, line=number)
        comment = _COMMENT.match(line) is not None
        if not parts:
            start = number
        if line.endswith("\\") and not comment:
            if _COMMENT.search(line):
                # To pip the comment goes on in the next line, to uv it ends here.
                problem = "has a comment that ends in a backslash"
                raise LockSyntaxError(problem, file=file, line=number)
            parts.append(line.strip("\\"))
            continue
        # The blank keeps the sign of a comment apart from the word before it.
        yield start, "".join([*parts, " " * comment, line])
        parts = []
    if parts:
        yield start, "".join(parts)


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """Pair each option with its value: `--name=value`, `--name value`, `-n value`, `-nvalue`."""
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word.startswith("--"):
            name, equals, value = word.partition("=")
        else:
            name, equals, value = word[:2], word[2:3], word[2:]
        if not equals and position < len(words) and not words[position].startswith("-"):
            value = words[position]
            position += 1
        yield name, value
