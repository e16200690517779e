"""Approvals: who may give one, what it is given for, and whether there are enough.

An approval binds: to the release, the environment, the policy and the outcome it was given for.
Nobody approves his own: not who asked, not who signed the release or evidence about it, and owners
are people like others. Who stands in for another may not do what either of them may not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.gate.conditions import applies
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.people import holders
from weighbridge.gate.seats import fill, seats, told
from weighbridge.gate.severities import in_time, is_over, over
from weighbridge.gate.times import after, moment
from weighbridge.model.decision import Judged, Need, Outcome
from weighbridge.model.permissions import named
from weighbridge.model.risk import RISKS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Said
    from weighbridge.gate.conditions import Scope
    from weighbridge.gate.program import Program
    from weighbridge.model.policy import Approval
    from weighbridge.model.risk import Risk

APPROVING = frozenset({Act.APPROVE, Act.WITHDRAW, Act.REJECT})
TOO_FEW, OWN = "GOV002", "GOV005"


@dataclass(frozen=True, slots=True)
class _Given:
    """The approvals that count for an outcome, and why others do not.

    Attributes:
        given: Those that count, whatever the roles of who gave them; one a key.
        refused: Why another does not: by whom, and the reason.
        own: Those of them who would have judged their own.
    """

    given: tuple[Said, ...]
    refused: Mapping[str, str]
    own: frozenset[str]


def standing_words(case: Case) -> dict[str, Said]:
    """Find the newest word of each person on this release and environment."""
    found: dict[str, Said] = {}
    for said in sorted(case.acts, key=lambda said: said.entry):
        ours = said.release == case.release and said.environment == case.environment_name
        if said.act in APPROVING and ours:
            found[said.person] = said
    return found


def judge_approvals(
    case: Case, program: Program, scope: Scope, outcome_digest: str, *, risk: Risk
) -> Iterator[Judged]:
    """Judge every approval a policy demands of a release of this risk."""
    found = _given(case, outcome_digest)
    for index, demand in enumerate(case.policy.approvals or ()):
        if demand.risk is not None and RISKS.index(risk) < RISKS.index(demand.risk):
            continue
        name = f"approvals:{index}"
        if is_over(demand, case.now):
            yield over(name, demand)
            continue
        asked = applies(demand.when, program, scope)
        if asked.error:
            why = f"whether it is needed could not be decided: {asked.error}"
            open_ = Judged(id=name, outcome=Outcome.INCONCLUSIVE, why=why, binds=False)
            yield from in_time([open_], demand, case.now)
        elif asked.yes:
            yield from in_time([_judge(name, demand, found, case)], demand, case.now)


def counted(case: Case, outcome_digest: str) -> list[Said]:
    """List the approvals that count for an outcome, whatever the roles of who gave them."""
    return list(_given(case, outcome_digest).given)


def refused(case: Case, outcome_digest: str) -> list[tuple[Said, str]]:
    """List the approvals that do not count for an outcome, each with the reason."""
    words, found = standing_words(case), _given(case, outcome_digest).refused
    return [(words[person], why) for person, why in found.items()]


def _given(case: Case, outcome_digest: str) -> _Given:
    """Find the approvals that count, and say of the others why they do not."""
    out = excluded(case)
    given: dict[str, Said] = {}  # by key: who shares one with another counts once
    refused: dict[str, str] = {}
    own: set[str] = set()
    for said in standing_words(case).values():
        if said.act is not Act.APPROVE:
            continue
        why = _void(said, case, outcome_digest)
        if not why and said.person in out:
            own.add(said.person)
            why = f"he {out[said.person]} himself"
        if why:
            refused[said.person] = why
        else:
            given.setdefault(said.key, said)
    return _Given(tuple(given.values()), refused, frozenset(own))


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


def _judge(name: str, demand: Approval, found: _Given, case: Case) -> Judged:
    roles = approving_roles(demand, case)
    wishes, refused, until = _standing(demand, roles, found, case)
    taken = fill(wishes)
    counts = [said for said in found.given if said.person in taken.values()]
    missing = demand.min - len(taken)
    wanted = f"{demand.min} of {', '.join(sorted(roles)) or 'nobody: no role may approve here'}"
    if missing <= 0:
        why = f"approved by {told(taken)}"
        ends = "; ".join(f"{who} until {end}" for who, end in sorted(until.items()))
        return Judged(
            id=name,
            outcome=Outcome.MET,
            why=why,
            seen=ends,
            wanted=wanted,
            binds=False,
            statements=_statements(counts),
        )
    return Judged(
        id=name,
        outcome=Outcome.UNMET,
        why=f"{missing} more must approve",
        seen="; ".join(
            [told(taken) or "nobody", *(f"{who}: {why}" for who, why in sorted(refused.items()))]
        ),
        wanted=wanted,
        remedy=(
            f"weighbridge approve REF --to {case.environment_name} --key NAME",
            *(
                f"{person} has approved {what}; this is another"
                for person, what in _elsewhere(case)
            ),
        ),
        findings=(
            _finding(TOO_FEW, name),
            *(_finding(OWN, person) for person in sorted(found.own)),
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


def approving_roles(demand: Approval, case: Case) -> frozenset[str]:
    """Name the roles that may give an approval a policy demands, in this environment."""
    roles = frozenset(role.removeprefix("role:") for role in demand.roles)
    here = named(case.where(), "approvers")
    return roles if here is None else roles & here


def _able(roles: Collection[str], given: Iterable[Said], case: Case) -> set[str]:
    """Name who could still approve: holds a role, is not excluded, and whose key has not yet."""
    out, used = excluded(case), {said.key for said in given}
    found = holders(case.trust, roles, at=case.now)
    return {person for person, keys in found.items() if person not in out and keys - used}


def _statements(said: Iterable[Said]) -> tuple[str, ...]:
    return tuple(sorted({one.statement for one in said if one.statement}))


def _standing(
    demand: Approval, roles: frozenset[str], found: _Given, case: Case
) -> tuple[dict[str, list[str]], dict[str, str], dict[str, str]]:
    """Say which seats people may take, why others may take none, and when approvals end."""
    out = excluded(case)
    wishes: dict[str, list[str]] = {}
    refused, until = dict(found.refused), dict[str, str]()
    for said in found.given:
        may = seats(said, roles, case)
        end = after(said.at, demand.valid_for) if demand.valid_for is not None else ""
        if may and end and moment(end) <= moment(case.now):
            refused[said.person] = f"expired at {end}"
            continue
        wishes[said.person] = [seat for seat in may if seat not in out]
        for seat in may:
            if seat in out:
                refused[said.person] = f"{seat}, for whom he stands in, {out[seat]}"
        if may and end:
            until[said.person] = end
    return wishes, refused, until


def _finding(code: str, subject: str) -> dict[str, str]:
    return {"code": code, "severity": "error", "subject": subject, "verdict": "fail"}
