"""What owners applied, what they are still asked to sign, and what they froze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.environment.standing import Stop
from weighbridge.model.event import Kind
from weighbridge.seal.control import Action

if TYPE_CHECKING:
    from weighbridge.usecases.chronicle.entry import Entry


@dataclass(slots=True)
class Proposed:
    """A change too few owners have signed.

    Attributes:
        statement: Digest of what they sign.
        entry: The newest entry about it.
        time: When that was.
        action: What would be done.
        about: To what.
        signers: Who has signed.
    """

    statement: str
    entry: int
    time: str
    action: str
    about: str
    signers: tuple[str, ...]


class Control:
    """Folds the control plane, as far as pages that look over everything show it.

    Attributes:
        environments: Digest of each environment as it was applied last, by name.
        proposals: What waits for owners, by statement.
        freezes: Environments nothing is promoted to, by name; some may have ended by themselves.
    """

    def __init__(self) -> None:
        """Begin with nothing applied."""
        self.environments: dict[str, str] = {}
        self.proposals: dict[str, Proposed] = {}
        self.freezes: dict[str, Stop] = {}

    def take(self, entry: Entry) -> None:
        """Take an entry of the control plane."""
        body = entry.body
        if entry.kind == Kind.CONTROL_PROPOSED:
            self.proposals[body["statement"]] = Proposed(
                statement=body["statement"],
                entry=entry.number,
                time=entry.time,
                action=body["action"],
                about=body["about"],
                signers=tuple(body["signers"]),
            )
        elif entry.kind == Kind.CONTROL_APPLIED:
            self.proposals.pop(body["statement"], None)
            self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        body, about = entry.body, entry.body["about"]
        if body["action"] == Action.ENVIRONMENT_APPLY:
            self.environments[about] = body["subject"]
        elif body["action"] == Action.ENVIRONMENT_FREEZE:
            said = body["said"]
            self.freezes[about] = Stop(
                about=about, at=entry.time, reason=said["reason"], until=said.get("until", "")
            )
        elif body["action"] == Action.ENVIRONMENT_UNFREEZE:
            self.freezes.pop(about, None)
