"""A Dockerfile, as far as its last stage's base image: the rest of it is not followed.

Format: https://docs.docker.com/reference/dockerfile/. Only `ARG`s before the first `FROM` count
there; here-documents are text of their instruction. No command in it is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE = re.compile(r"#\s*escape\s*=\s*([\\`])\s*", re.IGNORECASE)
_DIRECTIVE = re.compile(r"#\s*\w+\s*=.*")
_HEREDOC = re.compile(r"<<(-?)([\"']?)(\w+)\2", re.ASCII)
_INSTRUCTION = re.compile(r"\s*(\w+)\s+(.*)", re.ASCII | re.DOTALL)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^{}]*))?\})", re.ASCII)
_LONGEST = 500


@dataclass(slots=True)
class _Stages:
    """What was seen so far.

    Attributes:
        arguments: Values of the `ARG`s before the first stage.
        bases: Base image of each named stage, by lower-case name or number.
        last: Base image of the last stage; None as long as there is none.
    """

    arguments: dict[str, str] = field(default_factory=dict)
    bases: dict[str, str] = field(default_factory=dict)
    last: str | None = None


def base_image(text: str) -> str | None:
    """Say which image the last stage begins with.

    Returns:
        The reference; empty if it cannot be told (a variable without a value) or if there is
        none (`scratch`); None if the text has no `FROM` at all.
    """
    stages = _Stages()
    for line in _logical_lines(text):
        found = _INSTRUCTION.fullmatch(line)
        if found is None:
            continue
        word, rest = found[1].upper(), found[2].strip()
        if word == "ARG" and stages.last is None:
            _argument(stages, rest)
        elif word == "FROM":
            _stage(stages, rest)
    return stages.last


def _argument(stages: _Stages, rest: str) -> None:
    for part in rest.split():
        name, equals, value = part.partition("=")
        if equals:
            known = _substitute(value.strip("\"'"), stages.arguments)
            if known is not None:
                stages.arguments[name] = known


def _stage(stages: _Stages, rest: str) -> None:
    words = [word for word in rest.split() if not word.startswith("--")]
    known = _substitute(words[0].strip("\"'"), stages.arguments) if words else None
    base = stages.bases.get((known or "").lower(), known or "")
    stages.last = "" if base == "scratch" or len(base) > _LONGEST else base
    stages.bases[str(len(stages.bases))] = stages.last
    if len(words) == 3 and words[1].upper() == "AS":  # noqa: PLR2004 - image AS name
        stages.bases[words[2].lower()] = stages.last


def _substitute(text: str, values: dict[str, str]) -> str | None:
    """Put in the values of variables; None if one of them has none."""
    unknown = False

    def value(found: re.Match[str]) -> str:
        nonlocal unknown
        name, operator, word = found[1] or found[2], found[3] or "", found[4] or ""
        known = values.get(name)
        is_set = bool(known) if operator.startswith(":") else known is not None
        if operator.endswith("+"):
            return word if is_set else ""
        if is_set:
            return known or ""
        unknown = unknown or not operator
        return word

    result = _VARIABLE.sub(value, text)
    return None if unknown or "$" in result or len(result) > _LONGEST else result


def _logical_lines(text: str) -> Iterator[str]:
    """Join continued lines; leave out comments, empty lines and here-documents."""
    lines = iter(text.split("\n"))
    escape = _escape(text)
    pending = ""
    for line in lines:
        bare = line.strip()
        # Comments and empty lines do not end a continued instruction.
        if not bare or bare.startswith("#"):
            continue
        if bare.endswith(escape):
            pending += bare.removesuffix(escape) + " "
            continue
        whole, pending = pending + bare, ""
        yield whole
        if whole.split(maxsplit=1)[0].upper() in {"ADD", "COPY", "RUN"}:
            for dash, _, word in _HEREDOC.findall(whole):
                _skip_heredoc(lines, word, strip_tabs=bool(dash))
    if pending:
        yield pending


def _escape(text: str) -> str:
    """Find the escape character: a directive may change it before anything else is said."""
    for line in text.split("\n"):
        found = _ESCAPE.fullmatch(line.strip())
        if found is not None:
            return found[1]
        if not _DIRECTIVE.fullmatch(line.strip()):
            break
    return "\\"


def _skip_heredoc(lines: Iterator[str], word: str, *, strip_tabs: bool) -> None:
    for line in lines:
        bare = line.removesuffix("\r")
        if (bare.lstrip("\t") if strip_tabs else bare) == word:
            return
