"""What a denial sets off."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """What can be done after a denial."""

    HALT = "halt"
    NONE = "none"
    REQUEST_CHANGE = "request-change"
    REQUEST_WAIVER = "request-waiver"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What a decision set off.

    Attributes:
        deed: What.
        commands: The commands somebody is asked to run, in their order.
    """

    deed: Deed
    commands: tuple[str, ...] = ()

    def values(self) -> dict[str, object]:
        """Write it as plain values, as the ledger has it; commands only where there are some."""
        found: dict[str, object] = {"action": self.deed.value}
        return found | ({"commands": list(self.commands)} if self.commands else {})
