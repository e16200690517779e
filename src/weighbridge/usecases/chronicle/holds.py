"""Where nothing moves until somebody lifts it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.pointer import HOLD
from weighbridge.model.aftermath import Deed
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry, Place


@dataclass(frozen=True, slots=True)
class Held:
    """What holds a place.

    Attributes:
        entry: The entry it is since.
        time: Since when.
        why: Why, or by whom: a person's reason is not in entries.
    """

    entry: int
    time: str
    why: str


class Holds:
    """Folds what holds a place, as `gate.pointer.fold` does.

    Attributes:
        held: What holds each place that is held.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.held: dict[Place, Held] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of a decision, or of something said."""
        if entry.kind == Kind.ACT_SAID and entry.body["act"] == Act.LIFT:
            self.held.pop(entry.place, None)
        elif why := _why(entry):
            self.held[entry.place] = Held(entry.number, entry.time, why)


def _why(entry: Entry) -> str:
    """Say why an entry holds its place, or nothing."""
    body = entry.body
    if entry.kind == Kind.ACT_SAID:
        return f"by {body['person']}" if body["act"] == Act.HOLD else ""
    if entry.kind == Kind.ROLLBACK_DONE and body["hold"] is not False:
        return f"rolled back by {body['person']}"
    if entry.kind == Kind.VERDICT_CHANGED and body.get("action") == HOLD:
        return f"{body['verdict']}: {body['why']}"
    set_off = body.get("aftermath")
    if isinstance(set_off, dict) and set_off.get("action") == Deed.HALT:
        return f"{body['name']}@{body['version']} was denied"
    return ""
