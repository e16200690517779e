"""What somebody can do about a promotion that is not allowed, and what it would meet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Do(StrEnum):
    """What can be done, the cheapest first: of as many steps those that come first here.

    Whoever waives answers for something that stays wrong: that is never put before a mend of as
    many steps. What has no name here is put last.
    """

    WAIT = "wait"
    LIFT = "lift"
    LIFT_REJECTION = "lift-rejection"
    SIGN = "sign"
    CHECK = "check"
    ATTEST = "attest"
    APPROVE = "approve"
    PROMOTE = "promote"
    TRUST = "trust"
    CHANGE = "change"
    SEAL = "seal"
    WAIVE = "waive"
    OTHER = "other"

    @property
    def cost(self) -> int:
        """Its place among the others."""
        return list(Do).index(self)

    @property
    def seals(self) -> bool:
        """Whether another release comes of it, which all that follows is about."""
        return self is Do.SEAL


TURN = (
    Do.TRUST,
    Do.CHANGE,
    Do.SEAL,
    Do.SIGN,
    Do.ATTEST,
    Do.CHECK,
    Do.PROMOTE,
    Do.OTHER,
    Do.LIFT,
    Do.LIFT_REJECTION,
    Do.WAIT,
    Do.WAIVE,
    Do.APPROVE,
)
"""The order in which things are done, each after what it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something that can be done.

    Attributes:
        do: What.
        command: The command, or a sentence where no command does it.
        about: What tells it from others of its kind: a type, a code, a place in the manifest.
        roles: Roles one of which who does it must hold, sorted; empty for anybody.
        people: Who holds one and may, sorted.
        until: For waiting: the time it lasts to, if that is known.
        number: Which of several alike, from 0.
    """

    do: Do
    command: str
    about: str = ""
    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    until: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An action among those that, together, would let a release pass.

    Attributes:
        action: What is to be done.
        meets: The conditions it meets, or helps to meet, in their order.
        times: How many different people must take it.
    """

    action: Action
    meets: tuple[str, ...] = ()
    times: int = 1

    @property
    def told(self) -> str:
        """The step in one line: the command, and who can do it."""
        return f"{self.action.command} ({self.who})" if self.who else self.action.command

    @property
    def who(self) -> str:
        """Who can do it, in words; empty for anybody."""
        action = self.action
        if not action.roles:
            return ", ".join(action.people)
        several = f"{self.times} of " if self.times > 1 else ""
        roles = " or ".join(action.roles)
        return f"{several}{roles}: {', '.join(action.people) or 'nobody yet'}"
