"""What is to be said of waivers themselves (GOV003): ended, about to end, or of no use.

None of it is what an approval is given for: that a waiver stands is, and changes when it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.times import moment, span
from weighbridge.gate.waivers import permitting
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.policy import WARN_BEFORE
from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Case, Waiver
    from weighbridge.gate.covers import Covered
    from weighbridge.gate.waivers import Waivers

CODE = "GOV003"
EXPIRED, EXPIRING, UNUSED = "waivers:expired", "waivers:expiring", "waivers:unused"
_AGAIN = "weighbridge waive {rule} REF --to ENV --reason WHY --expires 30d --key NAME"
_WITHDRAW = "weighbridge withdraw REF --to ENV --waiver {rule} --reason WHY --key NAME"


def judge_waivers(case: Case, waivers: Waivers) -> Iterator[Judged]:
    """Judge the waivers of a case, once everything was asked that they could be for."""
    yield from _expired(waivers)
    yield from _expiring(case, waivers)
    yield from _unused(case, waivers)


def _expired(waivers: Waivers) -> Iterator[Judged]:
    """Say that what blocks was waived, and no longer is."""
    ended = {(one.entry, covered): (one, covered) for one, covered in waivers.lapsed}
    if not ended:
        return
    pairs = [ended[key] for key in sorted(ended)]
    yield Judged(
        id=EXPIRED,
        outcome=Outcome.UNMET,
        why="; ".join(dict.fromkeys(f"{_called(one)} ended at {one.expires}" for one, _ in pairs)),
        seen=_subjects(waivers, pairs),
        wanted="the finding mended, or somebody who answers for it again",
        remedy=tuple(dict.fromkeys(_AGAIN.format(rule=one.rule) for one, _ in pairs)),
        findings=tuple(_finding("error", _subjects(waivers, [pair])) for pair in pairs),
        binds=False,
    )


def _expiring(case: Case, waivers: Waivers) -> Iterator[Judged]:
    """Warn of what will end soon, and blocks then."""
    pairs = [
        (one, covered)
        for one, covered in {
            (one.entry, covered): (one, covered) for one, covered in waivers.used
        }.values()
        if _last_ends_soon(one, covered, case, waivers)
    ]
    if not pairs:
        return
    yield Judged(
        id=EXPIRING,
        outcome=Outcome.MET,
        why="; ".join(dict.fromkeys(f"{_called(one)} ends at {one.expires}" for one, _ in pairs)),
        seen=_subjects(waivers, pairs),
        wanted="the finding mended by then, or somebody who answers for it longer",
        remedy=tuple(dict.fromkeys(_AGAIN.format(rule=one.rule) for one, _ in pairs)),
        findings=tuple(_finding("warning", _subjects(waivers, [pair])) for pair in pairs),
        binds=False,
        warns=True,
    )


def _last_ends_soon(one: Waiver, covered: Covered, case: Case, waivers: Waivers) -> bool:
    """Tell whether of the waivers for a finding the one that lasts longest ends soon."""
    standing = waivers.standing((one.rule, covered))
    return ends_soon(max(standing, key=lambda other: other.expires, default=one), case)


def ends_soon(one: Waiver, case: Case) -> bool:
    """Tell whether a waiver ends within the time the policy wants to be warned before."""
    spans = [span(entry.warn_before or WARN_BEFORE) for entry in permitting(one, case)]
    left = moment(one.expires) - moment(case.now)
    return left <= max(spans, default=span(WARN_BEFORE))


def _unused(case: Case, waivers: Waivers) -> Iterator[Judged]:
    """Say which waivers are for nothing the newest reports found, where they asked for it."""
    useless: dict[int, Waiver] = {}
    useful: set[int] = set()
    for key, people in waivers.words.given.items():
        for one in people.values():
            if key in waivers.found:
                useful.add(one.entry)
            elif one.rule in waivers.ran and waivers.counts(one):
                useless[one.entry] = one
    found = [one for entry, one in sorted(useless.items()) if entry not in useful]
    if not found:
        return
    blocks = any(entry.unused == "block" for one in found for entry in permitting(one, case))
    yield Judged(
        id=UNUSED,
        outcome=Outcome.UNMET if blocks else Outcome.MET,
        why=f"{plural(len(found), 'waiver')} for nothing that was found",
        seen="; ".join(
            f"{_called(one)} until {one.expires} ({', '.join(_told(one))})" for one in found
        ),
        wanted="no waiver that covers nothing",
        remedy=tuple(dict.fromkeys(_WITHDRAW.format(rule=one.rule) for one in found)),
        findings=tuple(_finding("note", _called(one)) for one in found),
        binds=False,
        warns=not blocks,
    )


def _told(one: Waiver) -> list[str]:
    return sorted({covered.told for covered in one.findings})


def _called(one: Waiver) -> str:
    return f"the waiver of {one.rule} by {one.person}"


def _subjects(waivers: Waivers, pairs: list[tuple[Waiver, Covered]]) -> str:
    """Name what findings are about: the rule, its subject, and of a threat its name."""
    told = (
        " ".join(
            filter(
                None, (one.rule, waivers.found.get((one.rule, covered), covered.told), covered.name)
            )
        )
        for one, covered in pairs
    )
    return ", ".join(dict.fromkeys(told))


def _finding(severity: str, subject: str) -> dict[str, str]:
    return {"code": CODE, "severity": severity, "subject": subject, "verdict": "fail"}
