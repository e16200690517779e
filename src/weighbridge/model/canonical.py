"""Canonical JSON by the standard library alone: what signed and logged papers are written in.

Verifying must need neither pydantic nor orjson, so this stands below `codec.canonical`, which
writes the same bytes faster. Values are plain: no floats, integers within ±(2**53 - 1), ASCII
keys, no lone surrogates; there, keys sorted by code point are all that is left of RFC 8785.
Reading accepts any layout of such values, but no key twice; of other people's papers it also
accepts decimals, when asked to.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_INTEGER = 2**53 - 1
DEEPEST = 64
"""Levels of nesting; far below what the interpreter's own stack would allow."""


class NotCanonicalError(ValueError):
    """The value has no canonical form, or the bytes are not JSON of such a value."""


def canonical_bytes(value: object) -> bytes:
    """Write a plain value as canonical JSON (RFC 8785).

    Raises:
        NotCanonicalError: The value has no canonical form.
    """
    _check(value)
    return _ENCODER.encode(value).encode()


def read_json(data: bytes, *, decimals: bool = False) -> Any:  # noqa: ANN401 - whatever it holds
    """Read JSON of a plain value, in any layout.

    Args:
        data: The bytes.
        decimals: Take finite decimals too, as floats; such a value cannot be written again.

    Raises:
        NotCanonicalError: It is none, or a key stands twice.
    """
    try:
        value = (_DECIMALS if decimals else _DECODER).decode(data.decode())
    except RecursionError as error:
        raise NotCanonicalError(f"it is nested deeper than {DEEPEST} levels") from error
    except ValueError as error:
        raise NotCanonicalError(f"it is not plain JSON: {error}") from error
    _check(value, decimals=decimals)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not an integer")


def _decimal(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


# Made once: a ledger is read by the hundred thousand entries.
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DECODER, _DECIMALS = (
    json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_number, parse_float=number)
    for number in (_refuse_number, _decimal)
)


def _check(value: object, *, decimals: bool = False) -> None:
    """Refuse what has no canonical form, level by level, so that depth cannot hurt."""
    level = [value]
    for _ in range(DEEPEST + 1):
        below: list[object] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                _check_keys(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            # A float can only come from `_decimal` here, so it is finite.
            elif not (decimals and isinstance(item, float)):
                _check_scalar(item)
        if not below:
            return
        level = below
    raise NotCanonicalError(f"it is nested deeper than {DEEPEST} levels")


def _check_keys(item: dict[object, object]) -> None:
    for key in item:
        if not (isinstance(key, str) and key.isascii()):
            raise NotCanonicalError("a key is not ASCII text")


def _check_text(item: str) -> None:
    if item.isascii():
        return
    try:
        item.encode()
    except UnicodeEncodeError as error:
        raise NotCanonicalError("a text holds half a surrogate pair") from error


def _check_scalar(item: object) -> None:
    if isinstance(item, int):
        if abs(item) > MAX_INTEGER:
            raise NotCanonicalError("an integer is beyond ±(2**53 - 1)")
    elif item is not None:
        raise NotCanonicalError(f"a {type(item).__name__} has no canonical form")
