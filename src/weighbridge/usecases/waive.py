"""`waive`: somebody answers for findings of a rule, in what they are in, until a day.

Or asks that another does: what is asked for, granted and taken back is the same findings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.gate.case import Act, Waiver
from weighbridge.gate.covers import NEVER
from weighbridge.gate.decide import decide
from weighbridge.gate.waivers import Waivers, unpermitted, void, waivable
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.permissions import Operation, allowed
from weighbridge.model.predicates import WAIVER, WAIVER_REQUEST
from weighbridge.report.policy_words import span
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.saying import speaking

if TYPE_CHECKING:
    from collections.abc import Collection

    from weighbridge.gate.case import Case
    from weighbridge.gate.covers import Covered
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.seal.judging import Signer as Person
    from weighbridge.usecases.saying import Speaker

MACHINES = frozenset({"log", "witness"})
"""Roles of keys nobody says anything of a waiver with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to waive, or to have waived.

    Attributes:
        rule: Findings of which rule.
        release: Of which release (digest).
        environment: For which environment.
        reason: Why; where a request is granted, empty for its own.
        expires: From when it counts no longer (`check_time`); empty as well.
        owner: Who answers for the exception; empty for who signs.
        act: `WAIVE`, or `REQUEST_WAIVER` to ask another for it.
        grants: Whether it grants what somebody asked for, and nothing else.
        files: Only findings about these subjects, as the report names them; all if empty.
        names: Only of these globals; of all if empty.
    """

    rule: str
    release: str
    environment: str
    reason: str = ""
    expires: str = ""
    owner: str = ""
    act: Act = Act.WAIVE
    grants: bool = False
    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waivable:
    """A finding that can be waived.

    Attributes:
        subject: What the report says it is about.
        covered: What a waiver for it is for.
    """

    subject: str
    covered: Covered


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A waiver that was given or asked for, or would be.

    Attributes:
        wish: What was wanted, and if it grants a request, what that left to it.
        name: Name of the release.
        version: Its version.
        findings: What it covers.
        requested_by: Who had asked for it, or empty.
        person: Who gave it; empty if nobody has.
        index: Its entry in the ledger; -1 if there is none.
    """

    wish: Wish
    name: str
    version: str
    findings: tuple[Waivable, ...]
    requested_by: str = ""
    person: str = ""
    index: int = -1


def preview(wish: Wish, *, registry: Registry, now: str) -> Waived:
    """Show what a waiver would cover; says nothing.

    Raises:
        UsageError: There is nothing to waive.
    """
    with registry.reading() as view:
        case = Gathering.of(view, registry).case(wish.environment, wish.release, now=now)
    return _asked(wish, case)


def waive(wish: Wish, *, signer: AnySigner, registry: Registry) -> Waived:
    """Waive findings of the newest report about a release, signed; or ask that another does.

    Raises:
        NotAllowedError: He may not, or not for so long. The refusal is in the ledger.
        UsageError: There is nothing to waive, or no reason is given.
    """
    return speaking(signer, registry, lambda speaker: _waive(speaker, wish))


def _waive(speaker: Speaker, wish: Wish) -> Waived:
    case = speaker.case(wish.environment, wish.release)
    asked = _asked(wish, case)
    if not asked.wish.owner and wish.act is Act.WAIVE:
        asked = replace(asked, wish=replace(asked.wish, owner=speaker.person or "nobody"))
    return say_so(speaker, asked, case)


def say_so(speaker: Speaker, asked: Waived, case: Case) -> Waived:
    """Sign and log what is wanted.

    Raises:
        Refused: He may not, or not for so long.
    """
    wish = asked.wish
    signed = speaker.say_of(
        case,
        _TYPES[wish.act],
        _predicate(asked),
        body={"act": wish.act.value, "expires": wish.expires, "rule": wish.rule},
        roles=_roles(wish, case),
    )
    waiver = _waiver(asked, signed.by, entry=speaker.entry, at=case.now)
    why = void(waiver, case) if wish.act is Act.WAIVE else unpermitted(waiver, case)
    if why:
        raise signed.refused(why, _barred(asked, case, why))
    return replace(asked, person=signed.by.person, index=signed.log())


_TYPES = {Act.WAIVE: WAIVER, Act.REQUEST_WAIVER: WAIVER_REQUEST}


def _asked(wish: Wish, case: Case) -> Waived:
    """Find out what a wish is for.

    Raises:
        UsageError: Nothing that can be waived is found, or is not all there.
    """
    waivers = Waivers(case)
    decide(case, program_of(case.bundle), waivers=waivers)
    every = [
        Waivable(subject=subject, covered=covered)
        for (rule, covered), subject in waivers.found.items()
        if rule == wish.rule
    ]
    chosen = _chosen(wish, every)
    request = _request(wish, chosen, waivers)
    if request is not None and wish.grants:
        chosen = [one for one in chosen if one.covered in request.findings]
        wish = replace(
            wish,
            reason=wish.reason or request.reason,
            expires=wish.expires or request.expires,
            owner=wish.owner or request.owner,
        )
    if not wish.reason.strip():
        help_ = ["give --reason"]
        raise UsageError("to waive needs a reason: it is kept for ever", help=help_)
    if not wish.expires:
        raise UsageError("to waive needs a day on which it ends", help=["give --expires"])
    metadata = case.manifest["metadata"]
    return Waived(
        wish=wish,
        name=metadata["name"],
        version=metadata["version"],
        findings=tuple(sorted(chosen, key=lambda one: (one.subject, one.covered))),
        requested_by=request.person if request is not None else "",
    )


def _chosen(wish: Wish, every: list[Waivable]) -> list[Waivable]:
    """Choose the findings a wish names."""
    if not every:
        cause = "nobody waives that, whatever a policy says" if wish.rule in NEVER else ""
        raise UsageError(
            f"nothing that was found can be waived under {wish.rule}",
            wanted="a finding that failed, in the newest signed report or of the gate itself",
            cause=cause,
            help=["weighbridge promote REF --to ENV --dry-run"],
        )
    chosen = [
        one
        for one in every
        if (not wish.files or one.subject in wish.files)
        and (not wish.names or one.covered.name in wish.names)
    ]
    missing = [name for name in wish.names if name not in {one.covered.name for one in chosen}]
    missing += [file for file in wish.files if file not in {one.subject for one in chosen}]
    if missing:
        there = sorted({f"{one.subject}: {one.covered.name or 'the whole'}" for one in every})
        raise UsageError(
            f"the newest signed report has no such finding of {wish.rule} that can be waived",
            seen=", ".join(there),
            wanted=", ".join(missing),
            help=["name what the report names"],
        )
    return chosen


def _request(wish: Wish, chosen: list[Waivable], waivers: Waivers) -> Waiver | None:
    """Find the newest open request for what is chosen.

    Raises:
        UsageError: There is none, and the wish is to grant one.
    """
    if wish.act is not Act.WAIVE:
        return None
    asked = [waivers.words.asked.get((wish.rule, one.covered), {}).values() for one in chosen]
    found = {request.entry: request for requests in asked for request in requests}
    if found:
        return found[max(found)]
    if wish.grants:
        raise UsageError(
            f"nobody asks for a waiver of {wish.rule} there that could be granted",
            wanted="an open request for a finding that is still there",
            help=["weighbridge status --waivers"],
        )
    return None


def _predicate(asked: Waived) -> dict[str, Any]:
    wish = asked.wish
    covered = sorted({one.covered for one in asked.findings})
    predicate: dict[str, Any] = {
        "expires": wish.expires,
        "findings": [one.paper for one in covered],
        "owner": wish.owner,
        "reason": wish.reason,
        "rule": wish.rule,
    }
    requested = {"requestedBy": asked.requested_by} if asked.requested_by else {}
    return predicate | requested


def _waiver(asked: Waived, signer: Person, *, entry: int, at: str) -> Waiver:
    wish = asked.wish
    return Waiver(
        entry=entry,
        at=at,
        person=signer.person,
        roles=signer.roles,
        key=signer.spki,
        release=wish.release,
        environment=wish.environment,
        rule=wish.rule,
        findings=frozenset(one.covered for one in asked.findings),
        reason=wish.reason,
        expires=wish.expires,
        act=wish.act,
        requested_by=asked.requested_by,
    )


def _roles(wish: Wish, case: Case) -> Collection[str]:
    """Name the roles that may say it; where nobody may, the gate says why."""
    everybody = case.trust.roles - MACHINES
    return (waiving_roles(case, wish.rule) if wish.act is Act.WAIVE else ()) or everybody


def waiving_roles(case: Case, rule: str) -> Collection[str]:
    """Name the roles whose holders may waive findings of a rule."""
    return () if rule in NEVER else allowed(Operation.WAIVE, case.where(rule=rule))


def _barred(asked: Waived, case: Case, why: str) -> NotAllowedError:
    longest = [f"{span(entry.longest)} from now" for entry in waivable(case, asked.wish.rule)]
    wanted = (
        f"at most {' or '.join(longest)}, by somebody who asked neither for the promotion nor for "
        "the waiver, nor signed the release or evidence about it"
        if longest
        else "a policy that names the rule in waivers[].rules"
    )
    return NotAllowedError(
        f"these findings cannot be waived so: {why}",
        seen=f"until {asked.wish.expires}",
        wanted=wanted,
        cause="the refusal is in the ledger",
        help=["give an earlier --expires", "or have somebody else waive them"],
    )
