"""What the gate would say of a release, who has said what of it, and what somebody may do about it.

For pages: nothing is signed. What somebody may, he is told by the rules his signature will be
judged by; the signature is judged all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.gate.case import Act
from weighbridge.gate.glass import mode_of
from weighbridge.gate.people import holders, roles_of
from weighbridge.gate.waivers import waivable
from weighbridge.model.decision import ENFORCE
from weighbridge.model.errors import Fault, NotAllowedError, WeighbridgeError
from weighbridge.model.permissions import Operation, allowed, waiving
from weighbridge.usecases.approve import roles_to_say
from weighbridge.usecases.barring import barred, check_sense, supposed
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.promote import advised

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from weighbridge.gate.case import Case, Said
    from weighbridge.model.decision import Decision
    from weighbridge.model.ports import Registry

SAID: Final = (Act.APPROVE, Act.REJECT, Act.WITHDRAW, Act.LIFT_REJECTION, Act.HOLD, Act.LIFT)
"""What can be said of a release in an environment, but for what is said of its findings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something somebody could do.

    Attributes:
        act: What, as the verb is called.
        fault: Why he may not; None if he may.
    """

    act: str
    fault: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What there is to know before one does something.

    Attributes:
        decision: What the gate says now, with what would have to be done for it to pass.
        generation: The generation the pointer has.
        present: The release that stands there; empty if none does.
        mode: Whether it would block, or is observed.
        held: Why it may not be moved forward, or empty.
        deployers: Who may ask for a promotion there, in words.
        acts: What people said of the release there, oldest first.
        waivable: Rules whose open findings the policy lets people waive, each with the roles.
        choices: What somebody may do, and why not.
        at: The time it is of.
    """

    decision: Decision
    generation: int
    present: str
    mode: str
    held: str
    deployers: str
    acts: tuple[Said, ...]
    waivable: tuple[tuple[str, tuple[str, ...]], ...]
    choices: tuple[Choice, ...]
    at: str


def outlook(
    release: str, environment: str, *, registry: Registry, now: str, person: str
) -> Outlook:
    """Look at a release and an environment as somebody would.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        now: The time to decide at; that of the newest entry if that is later.
        person: Who looks; empty for nobody the ledger knows.

    Raises:
        OwnerlessError: The registry has no owners yet.
        NotFoundError: There is no such environment or release.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        at = max(now, gathering.log.time)
        case = gathering.case(environment, release, now=at)
        pointer = gathering.pointer(environment, case.manifest["metadata"]["name"])
        decision = advised(case)
        size = gathering.log.size
    looks = _Looking(case, decision, person, entry=size)
    enforcement = str(case.environment["spec"].get("enforcement", ENFORCE))
    return Outlook(
        decision=decision,
        generation=pointer.generation,
        present=pointer.release,
        mode=mode_of(decision, enforcement),
        held=pointer.held,
        deployers=looks.deployers(),
        acts=tuple(said for said in case.acts if said.release == release),
        waivable=tuple(_waivable(case, decision)),
        choices=tuple(looks.choices()),
        at=at,
    )


class _Looking:
    """One person before one case."""

    def __init__(self, case: Case, decision: Decision, person: str, *, entry: int) -> None:
        self._case, self._decision, self._person, self._entry = case, decision, person, entry
        self._roles = roles_of(person, case.trust, at=case.now)

    def deployers(self) -> str:
        """Name who may ask for a promotion."""
        roles = sorted(allowed(Operation.PROMOTE, self._case.where()))
        people = holders(self._case.trust, roles, at=self._case.now)
        return f"{' or '.join(roles)}: {', '.join(sorted(people)) or 'nobody yet'}"

    def choices(self) -> Iterator[Choice]:
        """Say of each act whether it may be done, and why not."""
        promoting = allowed(Operation.PROMOTE, self._case.where())
        yield Choice(act="promote", fault=self._lacks("promote", promoting))
        for act in SAID:
            yield Choice(act=act.value, fault=self._bars(act))

    def _bars(self, act: Act) -> Fault | None:
        said = supposed(
            act,
            self._case,
            self._decision.outcome_digest,
            person=self._person,
            roles=self._roles,
            entry=self._entry,
        )
        if lacking := self._lacks(act.value, roles_to_say(said, self._case)):
            return lacking
        try:
            check_sense(said, self._case)
        except WeighbridgeError as error:
            return error.faults[0]
        bar = barred(said, self._case)
        return None if bar is None else bar.faults[0]

    def _lacks(self, act: str, roles: Collection[str]) -> Fault | None:
        """Say that somebody has none of the roles an act takes."""
        if not {*roles}.isdisjoint(self._roles):
            return None
        able = holders(self._case.trust, roles, at=self._case.now)
        return Fault(
            NotAllowedError.code,
            f"{self._person or 'who has not logged in'} has no role that may {act} here",
            seen=", ".join(sorted(self._roles)) or "no role",
            wanted=" or ".join(sorted(roles)) or "nobody may",
            help=(f"who may: {', '.join(sorted(able)) or 'nobody yet'}",),
        )


def _waivable(case: Case, decision: Decision) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Name the rules whose open findings somebody could answer for, and the roles it takes."""
    open_ = (one for one in decision.conditions if one.is_open)
    codes = sorted({found["code"] for one in open_ for found in one.findings})
    for code in codes:
        roles = {role for entry in waivable(case, code) for role in waiving(code, entry.roles)}
        if roles:
            yield code, tuple(sorted(roles))
