"""What a decision says beside its conditions: whom it waits for, what was left out, its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.decision import Decision, Excluded, Need

Row = tuple[str, str, str]


def account_rows(decision: Decision) -> Iterator[Row]:
    """List what did not run, what was answered for and what did not count: how, what, and why."""
    for rule in decision.skipped:
        by = f" by {rule.by}" if rule.by else ""
        yield "skipped", f"{rule.rule}{by} in the report of {rule.person}", rule.why
    for one in decision.waived:
        what = f"{one.rule} {one.subject}"
        yield "waived", what, f"{one.person} until {one.until}: {one.why}"
    for left in decision.excluded:
        yield "excluded", f"{left.kind.value} {_whose(left)}", left.why


def _whose(one: Excluded) -> str:
    if not one.person or one.person in one.name:
        return one.name
    return f"{one.name} by {one.person}"


def need_told(need: Need) -> str:
    """Say what people or time have to give for a condition."""
    if not need.count:
        return f"time until {need.until}" if need.until else "time"
    people = ", ".join(need.people) or "nobody could"
    return f"{need.count} of {', '.join(need.roles) or 'nobody'}: {people}"


def account_lines(decision: Decision, *, styled: bool) -> Iterator[str]:
    """Write all of it, a heading a list; lists of nothing are left out."""
    lists = {
        "needs": [(one.condition, need_told(one)) for one in decision.needs],
        "left out": [(f"{how} {what}", why) for how, what, why in account_rows(decision)],
        "rests on": [
            (one.id, ", ".join(one.statements)) for one in decision.conditions if one.statements
        ],
        "inputs": list(input_rows(decision)),
    }
    for heading, rows in lists.items():
        if rows:
            yield paint(heading, "strong", styled=styled)
        yield from (f"  {visible(name)}: {visible(told)}" for name, told in rows)


def input_rows(decision: Decision) -> Iterator[tuple[str, str]]:
    """List the digests of everything a decision was made of."""
    inputs = decision.inputs
    yield from (
        ("gate", f"revision {decision.gate}"),
        ("manifest", decision.release),
        ("environment", decision.environment_digest),
        ("policy", decision.policy_digest),
        ("trust", decision.trust_digest),
    )
    listed = {
        "evidence": inputs.evidence,
        "act": inputs.acts,
        "waiver": inputs.waivers,
        "lock": inputs.locks,
        "document": inputs.documents,
        "serving": (inputs.serving,) if inputs.serving else (),
        "past": inputs.past,
        "rule pack": inputs.packs,
        "delegation": inputs.delegations,
    }
    for name, digests in listed.items():
        yield from ((name, digest) for digest in digests)
    yield from ((f"data {name}", digest) for name, digest in inputs.data.items())
