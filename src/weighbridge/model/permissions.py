"""The permission table: who may do what; every signature that is judged by a role asks it.

Least privilege: what nobody was named for is done by holders of the reserved role, or by nobody.
Owners have no exemption; what is theirs alone is the control plane. An environment names who may
act on it in `roles`; what `projects` names for one release name stands in its place, part by part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from weighbridge.model.policy import Spec


class Operation(StrEnum):
    """What somebody signs, or whose signature is counted."""

    APPROVE = "approve"
    ATTEST = "attest"
    AUTHOR = "author"
    BREAK_GLASS = "break-glass"
    CHECK = "check"
    CONTROL = "control"
    DELEGATE = "delegate"
    DELIVER = "deliver"
    HOLD = "hold"
    JUDGE = "judge"
    LIFT_HOLD = "lift-hold"
    LIFT_REJECTION = "lift-rejection"
    PROMOTE = "promote"
    PROVE = "prove"
    REJECT = "reject"
    REQUEST_WAIVER = "request-waiver"
    REVIEW = "review"
    ROLLBACK = "rollback"
    SIGN = "sign"
    WAIVE = "waive"
    WATCH = "watch"
    WITHDRAW = "withdraw"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What an operation is about.

    Attributes:
        environment: The environment as it was applied, plain values; empty if it is about none.
        name: Name of the release; empty for all that the environment's own roles are for.
        policy: What the environment's policy demands, if that has a say.
        rule: Code of the rule whose findings are waived.
    """

    environment: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    policy: Spec | None = None
    rule: str = ""


PARTS = ("approvers", "auditors", "breakGlass", "creators", "deployers", "reviewers")
"""What an environment can name roles for."""

Who = frozenset[str] | None
"""Roles of which somebody must hold one; None for any role owners gave, or as the policy says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One row of the table.

    Attributes:
        who: Names the roles, by what it is about.
        verbs: The commands that ask.
        says: Who may, in words.
        here: Whether it is about an environment.
    """

    who: Callable[[Where], Who]
    verbs: tuple[str, ...]
    says: str
    here: bool = True


def named(where: Where, part: str) -> Who:
    """Return the roles an environment names for a part of what is done there; None if it does not.

    Args:
        where: The environment, and the release name whose project may name others.
        part: The member of `roles`.
    """
    spec = where.environment.get("spec", {})
    project = spec.get("projects", {}).get(where.name, {})
    found = project.get(part, spec.get("roles", {}).get(part))
    return None if found is None else frozenset(map(_plain, found))


def roles_named(where: Where) -> frozenset[str]:
    """Name every role an environment names for releases of a name, whatever for."""
    return frozenset(role for part in PARTS for role in named(where, part) or ())


def _plain(role: str) -> str:
    return role.removeprefix("role:")


def _anybody(_where: Where) -> Who:
    return None


def _reserved(role: str) -> Callable[[Where], Who]:
    return lambda _where: frozenset({role})


def _part(part: str, *default: str) -> Callable[[Where], Who]:
    def who(where: Where) -> Who:
        found = named(where, part)
        return frozenset(default) if found is None else found

    return who


def _counted(part: str) -> Callable[[Where], Who]:
    """Narrow what the policy says by what the environment names."""
    return lambda where: named(where, part)


def _demanded(where: Where) -> frozenset[str]:
    """Name the roles whose approval the policy demands."""
    demands = where.policy.approvals if where.policy is not None else None
    return frozenset(_plain(role) for demand in demands or () for role in demand.roles)


def _approving(where: Where) -> Who:
    """Name who may approve: whom the policy names, and of them whom the environment names."""
    here, demanded = named(where, "approvers"), _demanded(where)
    return demanded if here is None else demanded & here


def _deciding(where: Where) -> Who:
    """Name who has a say beyond one approval: who may approve, or would if it were asked for."""
    here, demanded = named(where, "approvers"), _demanded(where)
    return (demanded & here if demanded else here) if here is not None else demanded


def _objecting(where: Where) -> Who:
    """Name who may stop something: whoever policy or environment name, for stopping is safe."""
    return _demanded(where) | (named(where, "approvers") or frozenset())


OWNED = frozenset({"GOV008"})
"""Rules whose findings owners alone answer for, of those whom a policy names: that a release counts
for less than the one before it changes what is asked of it."""


def waiving(rule: str, roles: Iterable[str]) -> frozenset[str]:
    """Name who may waive findings of a rule, of the roles an entry of a policy names for it."""
    named = frozenset(map(_plain, roles))
    return named & {"owner"} if rule in OWNED else named


def _waiving(where: Where) -> Who:
    waivers = where.policy.waivers if where.policy is not None else None
    entries = (entry for entry in waivers or () if where.rule in entry.rules)
    return frozenset(role for entry in entries for role in waiving(where.rule, entry.roles))


_OWNERS = (
    "advisories update",
    "block",
    "env apply",
    "freeze",
    "key revoke",
    "key trust",
    "policy publish",
    "registry archive erase",
    "registry archive hold",
    "registry archive lift",
)

TABLE: Mapping[Operation, Permission] = {
    Operation.SIGN: Permission(
        who=_anybody, verbs=("sign",), says="any role; who counts is said by `author`", here=False
    ),
    Operation.CHECK: Permission(
        who=_reserved("checker"),
        verbs=("check", "drill", "parity", "render", "replay", "try", "worker"),
        says="checker",
        here=False,
    ),
    Operation.ATTEST: Permission(
        who=_anybody,
        verbs=("attest",),
        says="any role; who counts is said by `prove` and `judge`",
        here=False,
    ),
    Operation.AUTHOR: Permission(
        who=_part("creators", "builder"),
        verbs=("sign",),
        says="creators; builder if none are named",
    ),
    Operation.PROVE: Permission(
        who=_counted("creators"),
        verbs=("attest",),
        says="of those whom the policy names for provenance, creators",
    ),
    Operation.JUDGE: Permission(
        who=_counted("reviewers"),
        verbs=("attest", "check"),
        says="of those whom the policy names for evidence, reviewers",
    ),
    Operation.PROMOTE: Permission(
        who=_part("deployers", "releaser"),
        verbs=("promote",),
        says="deployers; releaser if none are named",
    ),
    Operation.ROLLBACK: Permission(
        who=_part("deployers", "releaser"),
        verbs=("rollback",),
        says="deployers; releaser if none are named",
    ),
    Operation.DELIVER: Permission(
        who=_part("deployers", "releaser"),
        verbs=("abort", "deliver", "pause", "resume"),
        says="deployers; releaser if none are named",
    ),
    Operation.HOLD: Permission(
        who=_part("deployers", "releaser"),
        verbs=("hold",),
        says="deployers; releaser if none are named",
    ),
    Operation.LIFT_HOLD: Permission(
        who=_part("deployers", "releaser"),
        verbs=("lift",),
        says="deployers; releaser if none are named",
    ),
    Operation.APPROVE: Permission(
        who=_approving,
        verbs=("approve",),
        says="whom the policy names, and of them approvers",
    ),
    Operation.DELEGATE: Permission(
        who=_approving, verbs=("approve",), says="who may approve himself"
    ),
    Operation.REJECT: Permission(
        who=_objecting, verbs=("reject",), says="whom the policy names, and approvers"
    ),
    Operation.WITHDRAW: Permission(
        who=_objecting, verbs=("withdraw",), says="who may reject, or said it; never a rejection"
    ),
    Operation.LIFT_REJECTION: Permission(
        who=_deciding, verbs=("lift",), says="who may approve, and did not reject it"
    ),
    Operation.REVIEW: Permission(
        who=_deciding,
        verbs=("break-glass",),
        says="who may approve, and had no part in it",
    ),
    Operation.BREAK_GLASS: Permission(
        who=_part("breakGlass"), verbs=("break-glass",), says="breakGlass; nobody if none are named"
    ),
    Operation.WAIVE: Permission(
        who=_waiving,
        verbs=("waive",),
        says="whom the policy names for the rule, and of them owners for GOV008",
        here=False,
    ),
    Operation.REQUEST_WAIVER: Permission(
        who=_anybody, verbs=("waive",), says="any role: to ask decides nothing", here=False
    ),
    Operation.WATCH: Permission(
        who=_reserved("checker"), verbs=("watch",), says="checker", here=False
    ),
    Operation.CONTROL: Permission(
        who=_reserved("owner"), verbs=_OWNERS, says="owners, enough of them", here=False
    ),
    Operation.WITNESS: Permission(
        who=_reserved("witness"), verbs=("log witness",), says="witness", here=False
    ),
}


def roles_for(operation: Operation, where: Where | None = None) -> Who:
    """Name the roles of which somebody must hold one to do something; None for any."""
    return TABLE[operation].who(Where() if where is None else where)


def allowed(
    operation: Operation, where: Where | None = None, *, every: Collection[str] = ()
) -> Collection[str]:
    """Name the roles of which somebody must hold one to do something.

    Args:
        operation: What he would do.
        where: What it is about.
        every: Every role owners gave: what any of them may do, all of these may.
    """
    found = roles_for(operation, where)
    return every if found is None else found


def projects(environment: Mapping[str, Any]) -> tuple[str, ...]:
    """List the release names an environment names roles of their own for, sorted."""
    return tuple(sorted(environment.get("spec", {}).get("projects", {})))
