"""Approvals: who may give one, what it is given for, and whether there are enough.

An approval binds: to the release, the environment, the policy and the outcome it was given for.
Nobody approves his own: not who asked, not who signed the release or evidence about it, and owners
are people like others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.conditions import applies
from weighbridge.gate.evidence import about
from weighbridge.gate.people import holders
from weighbridge.model.decision import Judged, Need, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.gate.case import Case, Said
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program
    from weighbridge.model.policy import Approval

APPROVING = frozenset({Act.APPROVE, Act.WITHDRAW, Act.REJECT})


def standing_words(case: Case) -> dict[str, Said]:
    """Find the newest word of each person on this release and environment."""
    found: dict[str, Said] = {}
    for said in sorted(case.acts, key=lambda said: said.entry):
        ours = said.release == case.release and said.environment == case.environment_name
        if said.act in APPROVING and ours:
            found[said.person] = said
    return found


def judge_rejections(case: Case) -> Judged:
    """A release somebody rejected goes nowhere until he withdraws that."""
    rejected = [said for said in standing_words(case).values() if said.act is Act.REJECT]
    if not rejected:
        why = "nobody rejected it"
        return Judged(id="not-rejected", outcome=Outcome.MET, why=why, binds=False)
    who = ", ".join(f"{said.person}: {said.reason}" for said in rejected)
    return Judged(
        id="not-rejected",
        outcome=Outcome.UNMET,
        why="it was rejected",
        seen=who,
        wanted="no rejection that stands",
        remedy=("weighbridge withdraw REF --to ENV --key NAME, by who rejected it",),
        statements=_statements(rejected),
        binds=False,  # what one person says is no evidence another approves
    )


def excluded(case: Case) -> dict[str, str]:
    """Say who may not approve this promotion, and why."""
    found = {one.person: "signed evidence about it" for one in about(case)}
    found |= dict.fromkeys(case.requesters, "asked for it")
    return found


def judge_approvals(
    case: Case, program: Program, scope: Scope, outcome_digest: str
) -> Iterator[Judged]:
    """Judge every approval a policy demands."""
    given, refused = _given(case, outcome_digest)
    told = [f"{said.person}: {why}" for said, why in refused]
    for index, demand in enumerate(case.policy.approvals or ()):
        name = f"approvals:{index}"
        found = applies(demand.when, program, scope)
        if found.error:
            why = f"whether it is needed could not be decided: {found.error}"
            yield Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, binds=False)
        elif found.yes:
            yield _judge(name, demand, given, told, case)


def counted(case: Case, outcome_digest: str) -> list[Said]:
    """List the approvals that count for an outcome, whatever the roles of who gave them."""
    return _given(case, outcome_digest)[0]


def refused(case: Case, outcome_digest: str) -> list[tuple[Said, str]]:
    """List the approvals that do not count for an outcome, each with the reason."""
    return _given(case, outcome_digest)[1]


def _given(case: Case, outcome_digest: str) -> tuple[list[Said], list[tuple[Said, str]]]:
    """Find the approvals that count, and say of the others why they do not."""
    out = excluded(case)
    given: list[Said] = []
    refused: list[tuple[Said, str]] = []
    for said in standing_words(case).values():
        if said.act is not Act.APPROVE:
            continue
        why = _void(said, case, outcome_digest)
        if not why and said.person in out:
            why = f"he {out[said.person]} himself"
        if why:
            refused.append((said, why))
        else:
            given.append(said)
    return given, refused


def _elsewhere(case: Case) -> list[tuple[str, str]]:
    """List who approved something else and said nothing of this: each, with the newest of it.

    This is advice alone. A decision is of one release and environment, and can be made again from
    what was said of those.
    """
    here = standing_words(case)
    found = {
        said.person: said.release
        if said.environment == case.environment_name
        else f"it for {said.environment}"
        for said in sorted(case.acts, key=lambda said: said.entry)
        if said.act is Act.APPROVE and said.person not in here
    }
    return sorted(found.items())


def _void(said: Said, case: Case, outcome_digest: str) -> str:
    """Say why an approval was given for something else, or empty."""
    if said.policy != case.bundle_digest:
        return "given under another policy"
    if said.outcome != outcome_digest:
        return "given before the outcome changed"
    return ""


def _judge(
    name: str, demand: Approval, given: Iterable[Said], refused: list[str], case: Case
) -> Judged:
    roles = approving_roles(demand, case)
    counts = [said for said in given if not roles.isdisjoint(said.roles)]
    people = _distinct(counts)
    missing = demand.min - len(people)
    wanted = f"{demand.min} of {', '.join(sorted(roles)) or 'nobody: no role may approve here'}"
    if missing <= 0:
        why = f"approved by {', '.join(sorted(people))}"
        return Judged(
            id=name,
            outcome=Outcome.MET,
            why=why,
            wanted=wanted,
            binds=False,
            statements=_statements(counts),
        )
    return Judged(
        id=name,
        outcome=Outcome.UNMET,
        why=f"{missing} more must approve",
        seen="; ".join([", ".join(sorted(people)) or "nobody", *sorted(refused)]),
        wanted=wanted,
        remedy=(
            f"weighbridge approve REF --to {case.environment_name} --key NAME",
            *(
                f"{person} has approved {what}; this is another"
                for person, what in _elsewhere(case)
            ),
        ),
        waits=True,
        binds=False,
        statements=_statements(counts),
        need=Need(
            condition=name,
            count=missing,
            roles=tuple(sorted(roles)),
            people=tuple(sorted(_able(roles, counts, case))),
        ),
    )


def approving_roles(demand: Approval, case: Case) -> set[str]:
    """Name the roles that may give an approval a policy demands, in this environment."""
    roles = {role.removeprefix("role:") for role in demand.roles}
    here = case.environment["spec"].get("roles", {}).get("approvers")
    if here is not None:
        roles &= {role.removeprefix("role:") for role in here}
    return roles


def _able(roles: set[str], given: Iterable[Said], case: Case) -> set[str]:
    """Name who could still approve: holds a role, is not excluded, and whose key has not yet."""
    out, used = excluded(case), {said.key for said in given}
    found = holders(case.trust, roles, at=case.now)
    return {person for person, keys in found.items() if person not in out and keys - used}


def _statements(said: Iterable[Said]) -> tuple[str, ...]:
    return tuple(sorted({one.statement for one in said if one.statement}))


def _distinct(given: Iterable[Said]) -> set[str]:
    """Name the people who approved; who shares a key with another counts once."""
    by_key: dict[str, str] = {}
    for said in given:
        by_key.setdefault(said.key, said.person)
    return set(by_key.values())
