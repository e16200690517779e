"""SPDX licence expressions (SPDX 2.3, annex D), taken apart; what is none is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_LONGEST: Final = 2_000
_MOST: Final = 200
_DEEPEST: Final = 20
_TOKEN: Final = re.compile(r"\s*([()]|[A-Za-z0-9.:+-]+)")
_REFERENCE: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_WORDS: Final = frozenset({"AND", "OR", "WITH"})


class LicenceError(ValueError):
    """The text is no SPDX licence expression."""


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence, perhaps with an exception to it.

    Attributes:
        name: Its SPDX identifier as the list spells it, or a `LicenseRef-`.
        exception: Identifier of the exception, or empty.
    """

    name: str
    exception: str = ""

    def __str__(self) -> str:
        """Write it as an expression has it."""
        return f"{self.name} WITH {self.exception}" if self.exception else self.name


@dataclass(frozen=True, slots=True)
class Choice:
    """Licences of which one may be chosen (`OR`)."""

    of: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Licences that hold all at once (`AND`)."""

    of: tuple[Expression, ...]


Expression = Licence | Choice | Together


@lru_cache(maxsize=4_096)
def read_expression(text: str) -> Expression:
    """Take an expression apart.

    Raises:
        LicenceError: It is none.
    """
    if len(text) > _LONGEST:
        raise LicenceError(f"it has more than {_LONGEST} characters")
    return _Reading(_tokens(text)).whole()


@lru_cache(maxsize=4_096)
def canonical_expression(text: str) -> str:
    """Write an expression as the list spells its licences.

    Raises:
        LicenceError: It is none.
    """
    return write_expression(read_expression(text))


def write_expression(expression: Expression) -> str:
    """Write an expression with no parenthesis that is not needed."""
    if isinstance(expression, Licence):
        return str(expression)
    if isinstance(expression, Choice):
        return " OR ".join(write_expression(part) for part in expression.of)
    written = (
        f"({write_expression(part)})" if isinstance(part, Choice) else write_expression(part)
        for part in expression.of
    )
    return " AND ".join(written)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    text = text.strip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None or len(found) >= _MOST:
            raise LicenceError("it is too long, or has characters no expression has")
        word = token[1]
        found.append(word.upper() if word.upper() in _WORDS else word)
        at = token.end()
    return found


class _Reading:
    """One expression while it is being read."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Expression:
        found = self._choice(0)
        if self._next():
            raise LicenceError(f"`{self._next()}` stands where it should end")
        return found

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, word: str) -> bool:
        found = self._next() == word
        self._at += found
        return found

    def _choice(self, depth: int) -> Expression:
        parts = [self._together(depth)]
        while self._take("OR"):
            parts.append(self._together(depth))
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _together(self, depth: int) -> Expression:
        parts = [self._single(depth)]
        while self._take("AND"):
            parts.append(self._single(depth))
        return parts[0] if len(parts) == 1 else Together(tuple(parts))

    def _single(self, depth: int) -> Expression:
        if self._take("("):
            if depth >= _DEEPEST:
                raise LicenceError(f"it nests more than {_DEEPEST} deep")
            inner = self._choice(depth + 1)
            if not self._take(")"):
                raise LicenceError("a parenthesis is not closed")
            return inner
        name = self._word()
        if self._take("WITH"):
            return _known(f"{name} WITH {self._word()}")
        return _known(name)

    def _word(self) -> str:
        word = self._next()
        if not word or word in _WORDS or word in "()":
            where = f"`{word}` stands" if word else "it ends"
            raise LicenceError(f"{where} where a licence should")
        self._at += 1
        return word


@lru_cache(maxsize=4_096)
def _known(text: str) -> Licence:
    """Look a licence up, with its exception; what is no SPDX identifier is refused."""
    name, _, exception = text.partition(" WITH ")
    if _REFERENCE.fullmatch(name) and not exception:
        return Licence(name)
    try:
        written = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression as error:
        raise LicenceError(f"{text} is not on the SPDX licence list") from error
    name, _, exception = written.partition(" WITH ")
    return Licence(name, exception)
