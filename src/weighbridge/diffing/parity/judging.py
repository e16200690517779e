"""From two values to an entry, and from drift to what owners allow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import NotCanonicalError, canonical_bytes
from weighbridge.diffing.patterns import Patterns
from weighbridge.diffing.table import TABLE
from weighbridge.model.authoring.base import TODO
from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.parity import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.change import Value
    from weighbridge.model.parity import Allowance, Parity

_OPEN = frozenset({"drift", "unknown"})
_FIELDS = Patterns(TABLE)


def named(*parts: str) -> str:
    """Write the name of an entry."""
    return pointer(*parts)[1:]


def parts_of(name: str) -> list[str]:
    """Split the name of an entry, or a pattern of such names."""
    return pointer_parts(f"/{name}")


def compared(name: str, left: Value, right: Value) -> Entry:
    """Compare what both sides say; what is still to be written is unknown."""
    if TODO in (left, right):
        return Entry(name=name, outcome="unknown", left=left, right=right, why="it is not written")
    outcome: Parity = "match" if _same(left, right) else "drift"
    return Entry(name=name, outcome=outcome, left=left, right=right)


def held(name: str, left: Value, right: Value, *, fits: bool, why: str = "") -> Entry:
    """Say whether what one side says is fulfilled by what the other is."""
    outcome: Parity = "match" if fits else "drift"
    return Entry(name=name, outcome=outcome, left=left, right=right, why="" if fits else why)


def unknown(name: str, left: Value, why: str, *, right: Value = None) -> Entry:
    """Say that the second side could not be asked."""
    return Entry(name=name, outcome="unknown", left=left, right=right, why=why)


def allow(entries: Iterable[Entry], allowances: Iterable[Allowance]) -> tuple[Entry, ...]:
    """Let differ what owners say may; what matches needs no leave. Sorted by name."""
    table = Patterns({f"/{name}": one for one in allowances for name in one.entries})
    found = (_allowed(_typed(entry), table) for entry in entries)
    return tuple(sorted(found, key=lambda entry: entry.name))


def _typed(entry: Entry) -> Entry:
    """Say what kind of value an entry has, as the diff of two releases has it."""
    field = _FIELDS.exact(["spec", *parts_of(entry.name)])
    if field is None or field.type == "parameter":
        return entry
    return replace(entry, type=field.type)


def _allowed(entry: Entry, table: Patterns[Allowance]) -> Entry:
    one = table.longest(parts_of(entry.name)) if entry.outcome in _OPEN else None
    if one is None:
        return entry
    return replace(entry, outcome="allowed", why=one.reason, allowed_by=one.by)


def _same(left: Value, right: Value) -> bool:
    """Tell whether two values are one: `1`, `"1"` and `true` are three."""
    try:
        return canonical_bytes(left) == canonical_bytes(right)
    except NotCanonicalError:
        return False
