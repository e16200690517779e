"""What a change would do to what stands, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.foresight import Effect, watched_verdict
from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.decision import GateVerdict, Shift
    from weighbridge.model.foresight import Change, Foreseen, Foresight, Observed, Watched

_TITLES = {
    Effect.BLOCKED: "would be blocked",
    Effect.UNTOLD: "could not be told",
    Effect.PASSES: "would pass",
}


def render_foresight(found: Foresight, *, styled: bool = False) -> str:
    """Write what becomes worse, what cannot be told, what passes; of what stays, the number."""
    lines = [f"what if {_change(found.change)}, at {found.at}"]
    for effect, title in _TITLES.items():
        releases = found.of(effect)
        if releases:
            lines.append(paint(f"{title} ({len(releases)})", "strong", styled=styled))
            lines.extend(line for one in releases for line in _lines(one))
    again = sum(one.approvals_again for one in found.releases)
    problems = [one for one in found.of(Effect.STAYS) if one.problem]
    lines.append(f"unchanged: {plural(len(found.of(Effect.STAYS)), 'release')}")
    lines.extend(f"  {_named(one)}: {visible(one.problem)}" for one in problems)
    if again:
        lines.append(f"approvals would have to be given again: {plural(again, 'release')}")
    lines.extend(_observed(found, styled=styled))
    return "".join(f"{line}\n" for line in lines)


def _change(change: Change) -> str:
    said = [f"the policy were {visible(change.policy)}"] if change.policy else []
    said += [f"no {code} were waived" for code in change.without]
    said += [f"{code} were waived" for code in change.waived]
    if change.advisories is not None:
        said.append(f"advisories of {change.advisories.newest} counted")
    return " and ".join(said) or "nothing changed"


def _named(one: Foreseen) -> str:
    return f"{visible(one.name)}@{visible(one.version)} in {visible(one.environment)}"


def _lines(one: Foreseen) -> Iterator[str]:
    yield f"  {_named(one)}: {_word(one.before)} -> {_word(one.after)}"
    if one.problem:
        yield f"    {visible(one.problem)}"
    for shift in one.shifts:
        before = shift.before.value if shift.before is not None else "not asked"
        after = shift.after.value if shift.after is not None else "not asked"
        yield f"    {visible(shift.id)}: {before} -> {after}, {visible(shift.why)}"
        if shift.seen:
            yield f"      seen    {visible(shift.seen)}"
        if shift.wanted:
            yield f"      wanted  {visible(shift.wanted)}"


def _word(verdict: GateVerdict | None) -> str:
    return "unknown" if verdict is None else verdict.value


def _observed(found: Foresight, *, styled: bool) -> Iterator[str]:
    if not found.observed:
        return
    title = f"enforcement would have blocked ({len(found.observed)})"
    yield paint(title, "strong", styled=styled)
    for one in found.observed:
        what = f"{visible(one.name)}@{visible(one.version)} to {visible(one.environment)}"
        open_ = ", ".join(map(visible, one.open))
        yield f"  {what} at {one.at} by {visible(one.by)}: {one.verdict.value}, {open_}"


def foresight_json(found: Foresight) -> dict[str, object]:
    """Turn it into the `what-if` shape."""
    change = found.change
    return {
        "schemaVersion": SCHEMA_VERSION,
        "change": {
            "policy": change.policy or None,
            "policyDigest": change.policy_digest or None,
            "withoutWaivers": list(change.without),
            "waived": list(change.waived),
            "advisories": None if change.advisories is None else change.advisories.digest,
        },
        "hypothetical": True,
        "at": found.at,
        "verdict": found.verdict,
        "releases": [_foreseen(one) for one in found.releases],
        "observed": [_let_through(one) for one in found.observed],
        "summary": {effect.value: len(found.of(effect)) for effect in Effect},
    }


def render_watched(found: Iterable[Watched], *, styled: bool = False) -> str:
    """Write one release a line: what the gate says of it, what it said before, what was done."""
    return "".join(f"{line}\n" for one in found for line in _watched(one, styled=styled))


def _watched(one: Watched, *, styled: bool) -> Iterator[str]:
    what = f"{visible(one.name)}@{visible(one.version)} in {visible(one.environment)}"
    verdict = _word(one.after)
    if one.changed:
        verdict = paint(f"{one.before.value} -> {verdict}", "strong", styled=styled)
    entry = f", entry {one.entry}" if one.entry is not None else ""
    anew = "; asked again with newer advisories" if one.reweighed else ""
    yield f"{what}: {verdict}{entry}{anew}"
    if one.why:
        yield f"  {visible(one.why)}"
    if one.action == "hold":
        yield "  held: nothing moves there until it is lifted"
    if one.back_to:
        yield f"  rolled back to {visible(one.name)}@{visible(one.back_to)}"
    if one.problem:
        yield f"  not rolled back: {visible(one.problem)}"


def watched_json(found: Iterable[Watched]) -> dict[str, object]:
    """Turn what was looked at into the `watch` shape."""
    known = list(found)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "verdict": watched_verdict(known),
        "releases": [
            {
                "environment": one.environment,
                "name": one.name,
                "version": one.version,
                "release": one.release,
                "before": one.before.value,
                "after": None if one.after is None else one.after.value,
                "why": one.why or None,
                "entry": one.entry,
                "reweighed": one.reweighed,
                "action": one.action,
                "backTo": one.back_to or None,
                "problem": one.problem or None,
            }
            for one in known
        ],
    }


def _foreseen(one: Foreseen) -> dict[str, object]:
    return {
        "environment": one.environment,
        "name": one.name,
        "version": one.version,
        "release": one.release,
        "effect": one.effect.value,
        "before": None if one.before is None else one.before.value,
        "after": None if one.after is None else one.after.value,
        "approvalsAgain": one.approvals_again,
        "problem": one.problem or None,
        "changes": [_shift(shift) for shift in one.shifts],
    }


def _shift(shift: Shift) -> dict[str, object]:
    return {
        "id": shift.id,
        "pointer": shift.pointer,
        "before": None if shift.before is None else shift.before.value,
        "after": None if shift.after is None else shift.after.value,
        "why": shift.why,
        "seen": shift.seen,
        "wanted": shift.wanted,
    }


def _let_through(one: Observed) -> dict[str, object]:
    return {
        "environment": one.environment,
        "name": one.name,
        "version": one.version,
        "at": one.at,
        "by": one.by,
        "entry": one.entry,
        "verdict": one.verdict.value,
        "open": list(one.open),
    }
