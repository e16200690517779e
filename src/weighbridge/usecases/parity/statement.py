"""Parity as a statement about the release of the first side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import UsageError
from weighbridge.model.predicates import PARITY
from weighbridge.seal.statement import Statement, write_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.parity import Comparison, Entry, Side

_RESULTS = {"fail": "FAILED", "inconclusive": "FAILED", "pass": "PASSED"}


def parity_statement(found: Sequence[Comparison], *, at: str) -> tuple[str, bytes]:
    """Write parity as what is signed.

    Args:
        found: What was compared.
        at: The time (RFC 3339, UTC).

    Returns:
        The digest of the release it is about, and the statement.

    Raises:
        UsageError: It is about several releases or about none, or nothing was compared.
    """
    one = found[0]
    if len(found) > 1:
        names = ", ".join(each.name for each in found)
        help_ = ["--name NAME: evidence is about one release"]
        raise UsageError("several releases were compared", seen=names, help=help_)
    if one.left is None or one.right is None or not one.entries:
        seen = "there is nothing on the first side" if one.left is None else "nothing to compare"
        help_ = ["promote a release of that name, or name two releases"]
        raise UsageError("nothing was compared that could be signed", seen=seen, help=help_)
    result = _RESULTS[one.verdict]
    if result == "PASSED" and one.counts["allowed"]:
        result = "WARNED"
    predicate = {
        "at": at,
        "entries": [_entry(entry) for entry in one.entries],
        "left": _side(one.left),
        "result": result,
        "right": _side(one.right),
        **({"of": one.of} if one.of else {}),
    }
    subject = (f"{one.name}@{one.left.version}", one.left.digest)
    return one.left.digest, write_statement(
        Statement(PARITY, subjects=(subject,), predicate=predicate)
    )


def _side(side: Side) -> dict[str, Any]:
    return {"digest": side.digest, "name": side.title}


def _entry(entry: Entry) -> dict[str, Any]:
    """Write an entry; what a side does not say is not there."""
    told = {
        "allowedBy": entry.allowed_by or None,
        "left": entry.left,
        "right": entry.right,
        "why": entry.why or None,
    }
    known = {key: value for key, value in told.items() if value is not None}
    return {"name": entry.name, "outcome": entry.outcome, **known}
