"""The text of a record to its one form: canonical JSON, whether it came as JSON or as YAML.

Unlike papers of ours a record may hold decimals; version numbers that YAML takes for numbers are
kept as they were written (`1.10` is not `1.1`).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.codec.osv.record import Record, RecordError, advisory_of
from weighbridge.codec.osv.severity import level_of
from weighbridge.codec.reading import read_document
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import DocumentError
from weighbridge.model.limits import DEFAULT_ADVISORY_LIMITS, AdvisoryLimits, DocumentLimits

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION_KEYS = frozenset({"introduced", "fixed", "last_affected", "limit"})


def read_record(
    data: bytes, name: str, *, limits: AdvisoryLimits = DEFAULT_ADVISORY_LIMITS
) -> Record:
    """Read a record.

    Args:
        data: Its bytes.
        name: Name of its file; `.json` is JSON, all else YAML.
        limits: Budgets.

    Raises:
        RecordError: It is no record, or over a budget.
    """
    if len(data) > limits.record:
        raise RecordError(f"is larger than {limits.record >> 20} MiB")
    value = _json(data) if name.endswith(".json") else _yaml(data, name, limits)
    if not isinstance(value, dict):
        raise RecordError("is not a mapping")
    level, score, vectors = level_of(value)
    found = advisory_of(value, level=level, score=score, vectors=vectors)
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return Record(advisory=found, data=text.encode())


def _json(data: bytes) -> Any:
    try:
        return read_json(data.removeprefix(b"\xef\xbb\xbf"), decimals=True)
    except NotCanonicalError as error:
        raise RecordError(str(error)) from error


def _yaml(data: bytes, name: str, limits: AdvisoryLimits) -> Any:
    try:
        document = read_document(data, name, limits=DocumentLimits(size=limits.record))
    except DocumentError as error:
        fault = error.faults[0]
        line = f"line {fault.location.line}: " if fault.location else ""
        raise RecordError(f"{line}{fault.message}") from error
    value = _as_json(document.data, _number)
    try:
        # What only YAML can say (half a surrogate pair, a key that is not ASCII) has no such form.
        return read_json(json.dumps(value).encode(), decimals=True)
    except NotCanonicalError as error:
        raise RecordError(str(error)) from error


def _as_json(value: Any, number: Callable[[Any], Any]) -> Any:
    """Turn what YAML holds into what JSON would; versions are text."""
    if isinstance(value, dict):
        return {key: _as_json(one, _reading(key, number)) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_json(one, number) for one in value]
    return number(value)


def _reading(key: str, number: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Choose what becomes of the numbers below a key."""
    if key == "versions" or key in _VERSION_KEYS:
        return _written
    return number if key in ("affected", "ranges", "events") else _number


def _written(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) and value is not True else value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
