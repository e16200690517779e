"""The people of a twin: freshly made keys for whoever the environment and its policy need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.adapters.scratch import make_signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.adapters.private_keys import KeySigner

DEPLOYER, COLLEAGUE = "deployer", "second-deployer"
WAIVER, BREAKER, EXCUSER = "waiver", "breaker", "excuser"
"""Who waives findings, breaks the glass, says that a vulnerability does not count; if any may."""

CHECKER = "checker"
STRANGER = "stranger"
"""Whose key nobody trusts."""

BYSTANDER = "bystander"
"""Whose key is trusted, and has a role nothing asks for."""

STAND_IN = "stand-in"
"""One more of those, for others to hand their rights to."""

OWNER = "owner"
_KEPT_FOR = frozenset({"owner", "witness", "log"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a key.

    Attributes:
        name: What the ledger calls him.
        roles: What his key counts as.
        key: His key.
    """

    name: str
    roles: tuple[str, ...]
    key: KeySigner = field(default_factory=make_signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles an environment and its policy ask for.

    Attributes:
        deployers: Who may move its pointer.
        approvers: Whose approvals count.
        approvals: How many must approve at most.
        waivers: Who may waive findings.
        reporters: Who must sign reports.
        reports: How many must.
        breakers: Who may break the glass.
        excusers: Whose word is taken that a vulnerability does not count.
    """

    deployers: tuple[str, ...]
    approvers: tuple[str, ...]
    approvals: int
    waivers: tuple[str, ...]
    reporters: tuple[str, ...]
    reports: int
    breakers: tuple[str, ...] = ()
    excusers: tuple[str, ...] = ()


class Cast:
    """Everybody in a twin, by name."""

    def __init__(
        self, roles: Roles, *, threshold: int, signers: Mapping[str, Iterable[str]]
    ) -> None:
        """Make everybody's key.

        Args:
            roles: What is asked for.
            threshold: How many owners must sign.
            signers: Who signed the evidence, and the roles of each; somebody stands in for each.
        """
        self.roles = roles
        self.threshold = threshold
        self.people: dict[str, Person] = {}
        self._standing_for: dict[str, str] = {}
        for number in range(1, max(2, threshold) + 1):
            self._add(f"owner-{number}", ())
        # Who may deploy or build may do all else, too: what keeps them from it is not the role.
        approving = roles.approvers
        everything = (*approving, *roles.breakers, *roles.excusers)
        for name in (DEPLOYER, COLLEAGUE):
            self._add(name, (*roles.deployers, *everything, *roles.waivers))
        for number, (original, held) in enumerate(sorted(signers.items()), 1):
            name = f"signer-{number}"
            self._standing_for[original] = name
            builds = everything if "builder" in held else ()
            self._add(name, (*(role for role in held if role not in _KEPT_FOR), *builds))
        if not self.holders("builder"):
            self._add("builder", ("builder", *everything))
        for number in range(1, roles.reports + 1):
            self._add(f"{CHECKER}-{number}", ("checker", *roles.reporters))
        for number in range(1, roles.approvals + 1):
            self._add(f"approver-{number}", approving)
        for name in (BYSTANDER, STAND_IN):
            self._add(name, (BYSTANDER,))
        for name, held in zip(
            (WAIVER, BREAKER, EXCUSER), (roles.waivers, roles.breakers, roles.excusers), strict=True
        ):
            if held:
                self._add(name, held)

    def __getitem__(self, name: str) -> Person:
        """Return somebody, and make his key if nobody has met him: he is trusted by nobody."""
        if name not in self.people:
            self.people[name] = Person(name=name, roles=())
        return self.people[name]

    @property
    def owners(self) -> list[Person]:
        """Those who change what is trusted."""
        return [self.people[f"owner-{n}"] for n in range(1, max(2, self.threshold) + 1)]

    @property
    def approvers(self) -> list[Person]:
        """Those who approve and do nothing else."""
        return [one for name, one in self.people.items() if name.startswith("approver-")]

    @property
    def checkers(self) -> list[Person]:
        """Those who sign reports."""
        return [one for name, one in self.people.items() if name.startswith(f"{CHECKER}-")]

    @property
    def builder(self) -> Person:
        """Who signs releases."""
        return self.holders("builder")[0]

    def holders(self, role: str) -> list[Person]:
        """Name those who have a role."""
        return [one for one in self.people.values() if role in one.roles]

    def stand_in(self, original: str) -> Person:
        """Return who stands in for somebody of the real registry."""
        return self.people[self._standing_for[original]]

    def _add(self, name: str, roles: Iterable[str]) -> None:
        plain = {role.removeprefix("role:") for role in roles}
        self.people[name] = Person(name=name, roles=tuple(sorted(plain)))
