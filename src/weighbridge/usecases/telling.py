"""What people signed, as a pack tells it: a word each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.pack import Word
from weighbridge.model.trust import server_holding

if TYPE_CHECKING:
    from weighbridge.gate.case import Delegation, Evidence, Said, Signed, Waiver
    from weighbridge.model.event import Event
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.usecases.believed import BelievedLog


def evidence_word(one: Evidence, log: BelievedLog, trust: TrustSnapshot) -> Word:
    """Tell of evidence."""
    return _word(one, log, trust, what=one.predicate_type, about=one.release)


def act_word(said: Said, log: BelievedLog, trust: TrustSnapshot) -> Word:
    """Tell what somebody said of the promotion."""
    return _word(said, log, trust, what=said.act.value, about=said.release, reason=said.reason)


def waiver_word(waiver: Waiver, log: BelievedLog, trust: TrustSnapshot) -> Word:
    """Tell what findings somebody answers for."""
    until = f" until {waiver.expires}" if waiver.expires else ""
    reason = f"{waiver.rule}{until}: {waiver.reason}"
    return _word(waiver, log, trust, what=waiver.act.value, about=waiver.release, reason=reason)


def delegation_word(one: Delegation, log: BelievedLog, trust: TrustSnapshot) -> Word:
    """Tell who stands in for whom, or does so no longer."""
    until = f" from {one.since} until {one.until}" if one.until else ""
    reason = f"{one.to}{until}: {one.reason}"
    return _word(one, log, trust, what=one.act.value, about=one.environment, reason=reason)


def owners_word(index: int, event: Event) -> Word:
    """Tell a change of the control plane, whose signatures were judged when trust was folded."""
    return Word(
        entry=index,
        at=event.time,
        person=", ".join(event.body["signers"]),
        roles=("owner",),
        what=event.body["action"],
        about=event.body["about"],
    )


def _word(
    one: Signed,
    log: BelievedLog,
    trust: TrustSnapshot,
    *,
    what: str,
    about: str,
    reason: str = "",
) -> Word:
    key = trust.find(one.key)
    return Word(
        entry=one.entry,
        at=one.at,
        person=one.person,
        roles=one.roles,
        what=what,
        about=about,
        reason=reason,
        bundle=log.event(one.entry).body["bundle"],
        held_by="" if key is None else server_holding(key),
    )
