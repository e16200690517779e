"""Plain scalars of YAML 1.2's core schema, read without loss.

Differs from the standard only by refusing: integers with leading zeros (octal to YAML 1.1),
`.inf` and `.nan`, integers beyond ±(2**53 - 1). `NO`, `on` and `12:30:45` are text, as in 1.2.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from weighbridge.codec.canonical import MAX_INTEGER

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMERIC_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 400


class AmbiguousScalarError(ValueError):
    """A scalar has no single exact value; carries what to write instead."""

    def __init__(self, message: str, hint: str) -> None:
        """Say what is wrong and what to write."""
        super().__init__(message)
        self.hint = hint


def read_plain(text: str) -> str | int | bool | Decimal | None:
    """Resolve an unquoted scalar by YAML 1.2's core schema (section 10.3).

    Raises:
        AmbiguousScalarError: It reads differently elsewhere, or cannot be kept exactly.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text)
    if _OTHER_BASE.fullmatch(text):
        return _in_range(text, int(text[:_LONGEST], 0))
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    if _NOT_FINITE.fullmatch(text):
        message = f"is {text}, which is not a number"
        raise AmbiguousScalarError(message, "leave the key out, or give a finite number")
    return text


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text) if len(text) <= _LONGEST else None
    except InvalidOperation:  # an exponent beyond what Decimal holds
        value = None
    if value is None:
        message = "is a decimal too long to be kept exactly"
        raise AmbiguousScalarError(message, "quote it if it is text")
    return value


def _integer(text: str) -> int:
    if _LEADING_ZERO.fullmatch(text):
        plain = str(int(text[:_LONGEST]))
        message = f"is {text}, an octal number to YAML 1.1 and a decimal one to YAML 1.2"
        raise AmbiguousScalarError(message, f'write {plain}, or "{text}" if it is text')
    return _in_range(text, int(text[:_LONGEST]))


def _in_range(text: str, value: int) -> int:
    if len(text) > _LONGEST or abs(value) > MAX_INTEGER:
        message = "is an integer beyond ±(2**53 - 1), which JSON readers do not keep"
        raise AmbiguousScalarError(message, "quote it if it is text")
    return value
