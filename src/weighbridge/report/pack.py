"""What verifying an evidence pack found, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.trust import (
    by_server,
    cosigner_json,
    cosigner_lines,
    problem_json,
    render_problems,
    unverified_json,
)
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.pack import PackVerification, Told, Word


def render_pack(found: PackVerification, *, styled: bool = False) -> str:
    """Write what is wrong with a pack, or who decided what when on which evidence."""
    if found.verdict == "inconclusive" and found.told is not None:
        shown = render_problems(found.undone, styled=styled)
        verdict = paint("not made again", "inconclusive", styled=styled)
        who = _who(found.told.decided)
        return f"{shown}\n{verdict}: signature and papers hold, decided by {who}\n"
    if found.told is None or not found.ok:
        wrong = plural(len(found.problems), "problem")
        verdict = paint("not verified", "error", styled=styled)
        return f"{render_problems(found.problems, styled=styled)}\n{verdict}: {wrong}\n"
    verdict = paint("verified", "good", styled=styled)
    decision = found.told.decision
    name = f"{decision.name}@{decision.version} to {decision.environment}"
    cosigned = (f"  {line}" for line in cosigner_lines(found.cosigners))
    last = f"{verdict}: {visible(name)}  {decision.release}"
    damaged = _damaged(found.told, styled=styled)
    lines = [*_lines(found.told, styled=styled), *cosigned, *damaged, last]
    return "".join(f"{line}\n" for line in lines)


def _lines(told: Told, *, styled: bool) -> Iterator[str]:
    decision, by = told.decision, told.decided
    yield paint("decision", "strong", styled=styled)
    under = f"under {visible(decision.policy)}, risk {visible(decision.risk)}"
    yield f"  {decision.verdict.value} {under}"
    yield f"  asked for and signed by {_who(by)} at {by.at}, entry {by.entry}"
    yield f"  generation {told.generation}, after {told.previous or 'nothing'}"
    yield paint("conditions", "strong", styled=styled)
    for one in decision.conditions:
        yield f"  {one.outcome.value:<12}  {visible(one.id)}: {visible(one.why)}"
    yield paint("evidence", "strong", styled=styled)
    for word in told.evidence:
        reused = "" if word.about == decision.release else f", about {word.about[:19]}"
        yield f"  {visible(word.what)} by {_who(word)} at {word.at}, entry {word.entry}{reused}"
    if told.acts:
        yield paint("approvals", "strong", styled=styled)
    for word in told.acts:
        reason = f": {visible(word.reason)}" if word.reason else ""
        yield f"  {visible(word.what)} by {_who(word)} at {word.at}, entry {word.entry}{reason}"
    yield paint("ledger", "strong", styled=styled)
    entries = plural(told.log.size, "entry", "entries")
    yield f"  {visible(told.log.origin)}, {entries}, root {told.log.root}"


def _damaged(told: Told, *, styled: bool) -> Iterator[str]:
    """Say that the release was found wrong since, if it was: the pack is none the worse for it."""
    stop = told.unverified
    if stop is not None:
        head = paint("found wrong since", "error", styled=styled)
        yield f"{head}: at {stop.at}, entry {stop.entry}: {visible(stop.words)}"


def _who(word: Word) -> str:
    return f"{visible(word.person)} ({visible(', '.join(word.roles))}{by_server(word.held_by)})"


def pack_json(found: PackVerification) -> dict[str, object]:
    """Turn what was found into the shape of `evidence verify`."""
    told = None if found.verdict == "fail" else found.told
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": found.ok,
        "problems": [problem_json(problem) for problem in found.problems],
        "undone": [problem_json(problem) for problem in found.undone],
        "cosigners": [cosigner_json(one) for one in found.cosigners],
        "promotion": None if told is None else _told_json(told),
    }


def _told_json(told: Told) -> dict[str, object]:
    decision, log = told.decision, told.log
    return {
        "name": decision.name,
        "version": decision.version,
        "release": decision.release,
        "environment": decision.environment,
        "verdict": decision.verdict.value,
        "mode": told.mode,
        "policy": {"name": decision.policy, "digest": decision.policy_digest},
        "effectiveRisk": decision.risk,
        "outcome": decision.outcome_digest,
        "generation": told.generation,
        "previous": told.previous or None,
        "decided": _word_json(told.decided),
        "conditions": [
            {"id": one.id, "outcome": one.outcome.value, "why": one.why}
            for one in decision.conditions
        ],
        "evidence": [_word_json(word) for word in told.evidence],
        "acts": [_word_json(word) for word in told.acts],
        "control": [_word_json(word) for word in told.control],
        "log": {"origin": log.origin, "size": log.size, "root": log.root},
        "unverified": None if told.unverified is None else unverified_json(told.unverified),
    }


def _word_json(word: Word) -> dict[str, object]:
    return {
        "entry": word.entry,
        "at": word.at,
        "person": word.person,
        "roles": list(word.roles),
        "what": word.what,
        "about": word.about,
        "reason": word.reason or None,
        "bundle": word.bundle or None,
        **({"heldBy": word.held_by} if word.held_by else {}),
    }
