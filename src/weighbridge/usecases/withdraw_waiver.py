"""`withdraw --waiver`: take back that somebody answers for findings, or asks that another does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.waivers import Waivers
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.predicates import WAIVER_WITHDRAWAL
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.saying import speaking
from weighbridge.usecases.signing import held
from weighbridge.usecases.waive import MACHINES, waiving_roles

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case, Waiver
    from weighbridge.gate.covers import Covered
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.saying import Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What somebody wants to take back.

    Attributes:
        rule: Waivers of which rule.
        release: A release of the name they are for (digest).
        environment: In which environment.
        reason: Why.
        files: Only those for findings about these subjects; all if empty.
        names: Only those for these globals; all if empty.
    """

    rule: str
    release: str
    environment: str
    reason: str
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What was taken back, or would be.

    Attributes:
        wish: What was wanted.
        name: Name of the release.
        version: Its version.
        findings: What is waived no longer, each with what it is called.
        people: Whose waivers and requests they were.
        person: Who took them back; empty if nobody has.
        index: The entry in the ledger; -1 if there is none.
    """

    wish: Withdrawal
    name: str
    version: str
    findings: tuple[tuple[str, Covered], ...]
    people: tuple[str, ...]
    person: str = ""
    index: int = -1


def preview(wish: Withdrawal, *, registry: Registry, now: str) -> Withdrawn:
    """Show what would be taken back by who may; says nothing.

    Raises:
        UsageError: There is nothing to take back.
    """
    with registry.reading() as view:
        case = Gathering.of(view, registry).case(wish.environment, wish.release, now=now)
    return _asked(wish, case)


def withdraw_waiver(wish: Withdrawal, *, signer: AnySigner, registry: Registry) -> Withdrawn:
    """Take back waivers, and requests for them, signed.

    Who may waive findings of the rule takes back everybody's, anybody else what he said himself.

    Raises:
        NotAllowedError: He may not. The refusal is in the ledger.
        UsageError: There is nothing to take back, or no reason is given.
    """
    if not wish.reason.strip():
        help_ = ["give --reason"]
        raise UsageError("to withdraw a waiver needs a reason", help=help_)
    return speaking(signer, registry, lambda speaker: _withdraw(speaker, wish))


def _withdraw(speaker: Speaker, wish: Withdrawal) -> Withdrawn:
    case = speaker.case(wish.environment, wish.release)
    key = held(speaker.signer, case.trust)
    person, roles = ("", ()) if key is None else (key.person, key.roles)
    asked = _asked(wish, case)
    permitted = not set(waiving_roles(case, wish.rule)).isdisjoint(roles)
    if not permitted and person in asked.people:
        asked = _asked(wish, case, by=person)
    signed = speaker.say_of(
        case,
        WAIVER_WITHDRAWAL,
        _predicate(asked),
        body={"act": Act.WITHDRAW_WAIVER.value, "rule": wish.rule},
        roles=_roles(case),
    )
    if not permitted and person not in asked.people:
        raise signed.refused("another's waiver", _barred(asked, case))
    return replace(asked, person=signed.by.person, index=signed.log())


def _roles(case: Case) -> Collection[str]:
    """Name the roles of people; which of them may is asked of the waivers themselves."""
    return case.trust.roles - MACHINES


def _asked(wish: Withdrawal, case: Case, *, by: str = "") -> Withdrawn:
    """Find what stands that can be taken back; by one person alone, if he is named.

    Raises:
        UsageError: There is nothing.
    """
    waivers = Waivers(case)
    decide(case, program_of(case.bundle), waivers=waivers)
    words = waivers.words
    chosen: dict[Covered, str] = {}
    people: set[str] = set()
    for rule, covered in words.given.keys() | words.asked.keys():
        said = [*words.given[rule, covered].values(), *words.asked[rule, covered].values()]
        named = waivers.found.get((rule, covered), covered.told)
        standing = {one.person for one in said if _stands(one, case, by)}
        if standing and _is_meant(wish, rule, covered, named):
            chosen[covered] = named
            people |= standing
    if not chosen:
        whose = "there is no waiver" if not by else f"there is no waiver of {by}'s"
        raise UsageError(
            f"{whose} of {wish.rule} that could be withdrawn there",
            help=["weighbridge status --waivers"],
        )
    metadata = case.manifest["metadata"]
    return Withdrawn(
        wish=wish,
        name=metadata["name"],
        version=metadata["version"],
        findings=tuple(sorted((named, covered) for covered, named in chosen.items())),
        people=tuple(sorted(people)),
    )


def _stands(one: Waiver, case: Case, by: str) -> bool:
    return case.now < one.expires and by in {"", one.person}


def _is_meant(wish: Withdrawal, rule: str, covered: Covered, named: str) -> bool:
    by_file = not wish.files or named in wish.files
    return rule == wish.rule and by_file and (not wish.names or covered.name in wish.names)


def _predicate(asked: Withdrawn) -> dict[str, Any]:
    return {
        "findings": [covered.paper for covered in sorted(one for _, one in asked.findings)],
        "people": list(asked.people),
        "reason": asked.wish.reason,
        "rule": asked.wish.rule,
    }


def _barred(asked: Withdrawn, case: Case) -> NotAllowedError:
    may = ", ".join(sorted(waiving_roles(case, asked.wish.rule))) or "nobody"
    return NotAllowedError(
        f"this waiver of {asked.wish.rule} is another's",
        seen=f"given by {', '.join(asked.people)}",
        wanted=f"who gave it, or a role that may waive findings of the rule: {may}",
        cause="the refusal is in the ledger",
        help=["have one of them withdraw it"],
    )
