"""Inputs and records as JSON: what a model is asked, and what is right."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 200_000
"""Records of a data set that are read."""


class RecordError(ValueError):
    """It is no input, or no record."""


def read_input(data: bytes) -> dict[str, Any]:
    """Read an input: an object of values, or lists of them, by the name of the input.

    Raises:
        RecordError: It is none.
    """
    found = _json(data)
    if not isinstance(found, dict) or not found:
        raise RecordError("it is no JSON object of inputs by their names")
    return found


def read_records(data: bytes) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Read a data set in JSON lines: `{"inputs": {…}, "expected": {OUTPUT: VALUE}}`.

    Yields:
        The inputs, the name of an output, and what is right there.

    Raises:
        RecordError: A line is no such record, or there are too many.
    """
    for index, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        if index > MOST:
            raise RecordError(f"it has more than {MOST} lines")
        found = _json(line)
        inputs = found.get("inputs") if isinstance(found, dict) else None
        expected = found.get("expected") if isinstance(found, dict) else None
        if not isinstance(inputs, dict) or not isinstance(expected, dict) or len(expected) != 1:
            message = f'line {index} is no {{"inputs": {{…}}, "expected": {{OUTPUT: VALUE}}}}'
            raise RecordError(message)
        ((output, value),) = expected.items()
        yield inputs, output, value


def _json(data: bytes) -> Any:  # noqa: ANN401 - whatever there is
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"it is no JSON: {error}") from error


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")
