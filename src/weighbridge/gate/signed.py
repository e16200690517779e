"""Whether what people said, in a case, is whole and by whom it says.

Whoever gathers a case verifies signatures; here is looked at whether what he gathered can be read
in one way only. A guard that is not there (a time, a key, what an act is about) refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.subjects import Contents
from weighbridge.gate.case import Act, Delegation, Evidence, Said, Waiver
from weighbridge.gate.stops import held
from weighbridge.model.trust import TrustError, check_time

if TYPE_CHECKING:
    from weighbridge.gate.case import Case, Signed
    from weighbridge.model.trust import Trusted


def unsound(case: Case) -> str:
    """Say what is wrong first, in the order of the ledger, with evidence, acts and their times."""
    if not is_time(case.now):
        return "nobody says what time it is"
    keys = {one.spki: one for one in case.trust.holdings}
    everything: list[Signed] = [
        *case.evidence,
        *case.acts,
        *case.waivers,
        *case.delegations,
    ]
    contents = Contents(case.release, lambda digest: held(case, digest))
    before, latest = 0, ""
    for one in sorted(everything, key=lambda one: one.entry):
        why = _unwhole(one) or _uncounted(one, keys.get(one.key))
        if not why and isinstance(one, Evidence) and not _is_about(one, case, contents):
            why = "it is not about its release"
        if not why and one.entry == before:
            why = "two statements claim it"
        if not why and one.at < latest:
            why = "it is of an earlier time than what comes before"
        if why:
            return f"entry {one.entry}: {why}"
        before, latest = one.entry, one.at
    if latest > case.now:
        return f"the newest entry is of {latest}: the clock was moved back"
    return ""


def _is_about(one: Evidence, case: Case, contents: Contents) -> bool:
    """Tell whether evidence is about the release it was given for, as far as that can be told here.

    What another release consists of is not known: only evidence about it as a whole can count.
    """
    if one.is_whole:
        return True
    subjects = one.subjects
    ours = one.release == case.release
    return ours and not contents.lacks(one.predicate_type, one.predicate, subjects)


def is_time(text: str) -> bool:
    """Tell whether a text is a time in its one form, in which times compare as text."""
    try:
        check_time(text)
    except TrustError:
        return False
    return True


def _unwhole(one: Signed) -> str:
    """Say what a statement lacks of what it needs to count, or empty.

    Entry 0 makes a registry; nobody says anything there.
    """
    if one.entry < 1:
        return "it has no place in the ledger"
    if not is_time(one.at):
        return "it has no time"
    needed: tuple[object, ...] = (one.person, one.roles, one.key)
    if isinstance(one, Delegation):
        ends = one.act is not Act.DELEGATE or (is_time(one.since) and is_time(one.until))
        needed += (one.environment, one.to, ends)
    elif isinstance(one, Evidence):
        needed += (one.release, one.predicate_type, one.statement, one.subjects, *one.subjects)
    elif isinstance(one, Waiver):
        ends = bool(one.people) if one.act is Act.WITHDRAW_WAIVER else is_time(one.expires)
        needed += (one.release, one.environment, one.rule, one.findings, one.reason, ends)
    elif isinstance(one, Said):
        needed += (one.release, one.environment, one.policy, one.outcome)
    return "" if all(needed) else "something it must say is empty"


def _uncounted(one: Signed, key: Trusted | None) -> str:
    """Say why a key does not count as what is said of it, or empty."""
    if key is None:
        return "its key is not trusted"
    if (key.person, key.roles) != (one.person, one.roles):
        return "its key is another person's, or has other roles"
    if key.revoked_at and one.at >= key.revoked_at:
        return "its key was revoked by then"
    if one.at < key.since or (key.until and one.at >= key.until):
        return "its key did not count then"
    return ""
