"""What a policy demands, in plain sentences: one row a demand, by the name its condition has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.wording import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.policy import Approval, Condition, Evidence, Spec
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.periods import Dated

_EVIDENCE: Final = {
    "report": "a report of a check",
    "provenance": "provenance, which says who built the release from what,",
    "replay": "a replay, in which the release was made again,",
    "behaviour": "a trial of how the model behaves",
    "sbom": "a list of its parts (SBOM)",
    "spdx": "a list of its parts (SPDX)",
    "vex": "a statement about known flaws (VEX)",
    "advisories": "a look for known flaws",
    "delivery": "an account of how a delivery ended",
    "drill": "a drill of the gate",
    "parity": "a comparison with another environment",
    "tests": "results of tests",
}
_ITEMS: Final = {
    "release.images": "each image",
    "release.artifacts": "each artifact",
    "release.parameters": "each parameter",
    "release.targets": "each target",
    "release.externalServices": "each external service",
    "release.alerts": "each alert",
    "evidence": "each piece of evidence",
    "findings": "each finding",
}
_ON_DENY: Final = {
    "halt": "A denial holds the environment for releases of that name.",
    "request-change": "A denial records the commands that would pass.",
    "request-waiver": "A denial asks for the waivers that would pass.",
    "rollback": "A denial of what is there rolls back.",
    "none": "A denial sets nothing off.",
}
_ON_CHANGE: Final = {
    "none": "When a release may not stay, nothing is set off.",
    "hold": "When a release may not stay, the environment is held for that name.",
    "rollback": "When a release may not stay, it is rolled back.",
}
_BACK: Final = {
    "previously-promoted": "A rollback goes to a release that was promoted there before.",
    "any": "A rollback may go to any release.",
    "none": "Nothing is rolled back there.",
}
_SPANS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_FIELDS: Final = {
    "environment.metadata.name": "the environment",
    "release.effectiveRisk": "the effective risk",
    "release.metadata.risk": "the declared risk",
    "release.metadata.name": "the release's name",
}
_COMPARED: Final = re.compile(r"([A-Za-z.]+) (==|!=) \"([^\"]*)\"")
_HAS: Final = re.compile(r"(!?)has\(([A-Za-z.]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRow:
    """One demand of a policy.

    Attributes:
        id: Name of the condition it makes, as decisions have it.
        part: The part of the policy it stands in.
        demands: What it demands, a sentence.
        when: The expression (CEL) under which it does; empty for always.
        when_words: The same in words, where it is simple enough; else empty.
        of: Of what it is asked, in words; empty for once.
        expr: The expression (CEL) that must be true; empty if it is none.
        blocks: Whether it blocks; else it warns.
        effective_on: From when it blocks; empty for always.
        expires_on: From when it is demanded no longer; empty for never.
        origin: The policy it stands in.
        remediation: What to do where it is not met.
        rules: Codes of rules it is about.
    """

    id: str
    part: str
    demands: str
    when: str = ""
    when_words: str = ""
    of: str = ""
    expr: str = ""
    blocks: bool = True
    effective_on: str = ""
    expires_on: str = ""
    origin: str = ""
    remediation: Sequence[str] = ()
    rules: Sequence[str] = ()


def demand_rows(bundle: PolicyBundle) -> list[DemandRow]:
    """List all a policy demands, allows and sets off, in the order people read it."""
    spec = bundle.policy.spec
    return [
        *_given(bundle),
        *_evidence(spec.evidence or ()),
        *(_approval(at, one) for at, one in enumerate(spec.approvals or ())),
        *(_condition(one.condition, one.origin) for one in bundle.conditions()),
        *_held_against(spec),
        *_allowed(spec),
        *_set_off(spec),
    ]


def _given(bundle: PolicyBundle) -> Iterator[DemandRow]:
    rules = bundle.rules
    yield DemandRow(
        id="signed-by-builder", part="evidence", demands="A builder has signed the release."
    )
    yield DemandRow(
        id="rule-set",
        part="evidence",
        demands=f"{plural(len(rules.codes), 'rule')} of the set “{rules.name}” of weighbridge "
        f"{rules.rule_set.version} have run: what did not run counts as undecided.",
    )
    for pack in bundle.policy.spec.rule_packs or ():
        demands = f"The rules of the rule pack {pack.title} have run."
        yield DemandRow(id=f"rule-pack:{pack.title}", part="evidence", demands=demands)
    for at, one in enumerate(bundle.policy.spec.risk_when or ()):
        yield DemandRow(
            id=f"riskWhen:{at}",
            part="risk",
            demands=f"The release counts as of {one.risk} risk at least.",
            **_when(one.when),
        )


def _evidence(demanded: Iterable[Evidence]) -> Iterator[DemandRow]:
    seen: set[str] = set()
    for at, one in enumerate(demanded):
        repeated = f":{at}" if one.type in seen else ""
        seen.add(one.type)
        yield DemandRow(
            id=f"evidence:{one.type}{repeated}",
            part="evidence",
            demands=_sentence(_evidence_words(one)),
            **_when(one.when),
            **_period(one),
            rules=sorted(one.spares),
        )


def _evidence_words(one: Evidence) -> Iterator[str]:
    kind = _EVIDENCE.get(one.type, f"evidence of the type {one.type}")
    signed = f"signed by a {one.signed_by.role}" if one.signed_by else "signed"
    many = f" ({plural(one.signers, 'different signer')})" if one.signers > 1 else ""
    yield f"there is {kind} {signed}{many}".replace(",,", ",")
    if one.max_age:
        yield f"at most {span(one.max_age)} old"
    if one.none_above:
        yield f"with no finding above {one.none_above}"
    if one.at_least:
        yield f"with the verdict {one.at_least} or better"
    if one.explained == "allow":
        yield "and a difference may be explained"
    if not one.blocks_inconclusive:
        yield "and what could not be decided does not block"
    if one.grace:
        yield f"and findings of some rules may stay for {span(one.grace)}"


def _approval(at: int, one: Approval) -> DemandRow:
    people = "person approves" if one.min == 1 else f"{one.min} different people approve"
    roles = " or ".join(one.roles)
    words = [f"{'one ' if one.min == 1 else ''}{people} who holds the role {roles}"]
    if one.min > 1:
        words = [f"{people}, each with the role {roles}"]
    if one.valid_for:
        words.append(f"each approval counts for {span(one.valid_for)}")
    found = _when(one.when)
    if one.risk and not one.when:
        found["when_words"] = f"the effective risk is {one.risk} or higher"
    return DemandRow(
        id=f"approvals:{at}",
        part="approvals",
        demands=_sentence(words),
        **found,
        **_period(one),
    )


def _condition(one: Condition, origin: str) -> DemandRow:
    return DemandRow(
        id=one.id,
        part="conditions",
        demands=_sentence([one.title]),
        of=_ITEMS.get(one.for_each or "", ""),
        expr=one.expr,
        blocks=one.severity != "warn",
        origin=origin,
        remediation=tuple(one.remediation or ()),
        **_when(one.when),
        **_period(one),
    )


def _held_against(spec: Spec) -> Iterator[DemandRow]:
    if spec.targets is not None:
        each = spec.targets.required == "all-validated"
        demands = (
            "Each target the release declares has passing evidence."
            if each
            else "One of the targets the release declares has passing evidence."
        )
        yield DemandRow(id="targets", part="compared", demands=demands, **_period(spec.targets))
    packages = spec.dependencies
    if packages is not None and packages.baseline is not None:
        yield DemandRow(
            id="dependencies:baseline",
            part="compared",
            demands=f"Packages have the versions of the list {packages.baseline}.",
            blocks=packages.off_baseline != "warn",
            rules=("DEP010",),
        )
    if packages is not None and packages.compares:
        yield DemandRow(
            id="dependencies:transitive",
            part="compared",
            demands="No package that nobody asked for came, went or changed since the release "
            "now there.",
            blocks=packages.unexpected_transitives == "block",
            rules=("DEP011",),
        )
    yield from _compared(spec)


def _compared(spec: Spec) -> Iterator[DemandRow]:
    if spec.signature is not None and spec.signature.compares:
        yield DemandRow(
            id="signature:compatible",
            part="compared",
            demands="Whoever calls the release now there can call this one.",
            blocks=spec.signature.breaking == "block",
            rules=("CMP010",),
        )
    if spec.risk is not None and spec.risk.compares:
        yield DemandRow(
            id="risk:kept",
            part="compared",
            demands="It counts for no less risky than the release promoted before it.",
            blocks=spec.risk.lowered == "block",
            rules=("GOV008",),
        )
    if spec.manifest is not None:
        yield DemandRow(
            id="manifest:baseline",
            part="compared",
            demands=f"Values of the manifest are those of the list {spec.manifest.baseline}.",
            blocks=spec.manifest.off_baseline != "warn",
            rules=("GOV004",),
        )
    if spec.unusual is not None and spec.unusual.looks:
        yield DemandRow(
            id="unusual",
            part="compared",
            demands="Signer, source, images and sizes are like those of the releases before it.",
            blocks=spec.unusual.change == "block",
            rules=("GOV004",),
        )


def _allowed(spec: Spec) -> Iterator[DemandRow]:
    for at, one in enumerate(spec.waivers or ()):
        unused = " One that covers nothing blocks." if one.unused == "block" else ""
        yield DemandRow(
            id=f"waivers:{at}",
            part="waivers",
            demands=f"Who holds the role {' or '.join(one.roles)} may waive these, for at most "
            f"{span(one.longest)}.{unused}",
            blocks=False,
            rules=tuple(one.rules),
        )
    if spec.vex is not None:
        yield DemandRow(
            id="vex",
            part="waivers",
            demands=f"Who holds the role {' or '.join(spec.vex.roles)} may say that a known flaw "
            "does not count here.",
            blocks=False,
            rules=("DEP005",),
        )
    effects = {"off": "Nothing is asked", "warn": "It only warns", "block": "It blocks"}
    for at, out in enumerate(spec.exceptions or ()):
        of = ", ".join(out.conditions or ())
        yield DemandRow(
            id=f"exceptions:{at}",
            part="exceptions",
            demands=f"{effects[out.severity]}{f' of {of}' if of else ''} in "
            f"{', '.join(out.environments)}: {out.reason}",
            blocks=out.severity == "block",
            expires_on=out.expires_on or "",
            rules=tuple(out.rules or ()),
        )


def _set_off(spec: Spec) -> Iterator[DemandRow]:
    if spec.on_deny is not None:
        yield _consequence("onDeny", _ON_DENY[spec.on_deny.action])
    if spec.on_change is not None:
        yield _consequence("onChange", _ON_CHANGE[spec.on_change.action])
    if spec.rollback_policy is not None:
        held = " It then holds the environment." if spec.rollback_policy.holds else ""
        yield _consequence("rollbackPolicy", f"{_BACK[spec.rollback_policy.allow]}{held}")


def _consequence(name: str, demands: str) -> DemandRow:
    return DemandRow(id=name, part="consequences", demands=demands, blocks=False)


def _when(expression: str | None) -> dict[str, Any]:
    if expression is None:
        return {}
    return {"when": expression, "when_words": when_words(expression)}


def when_words(expression: str) -> str:
    """Say a simple condition in words; empty for one that is not simple."""
    found = [_part(one) for one in expression.strip().split(" && ")]
    return " and ".join(found) if all(found) else ""


def _part(text: str) -> str:
    if (one := _COMPARED.fullmatch(text)) is not None:
        field, operator, value = one.groups()
        name = _FIELDS.get(field, field)
        return f"{name} is {'not ' if operator == '!=' else ''}{value}"
    if (one := _HAS.fullmatch(text)) is not None:
        none, field = one.groups()
        return f"{_FIELDS.get(field, field)} is {'not ' if none else ''}stated"
    return ""


def _period(one: Dated) -> dict[str, Any]:
    return {"effective_on": one.effective_on or "", "expires_on": one.expires_on or ""}


def _sentence(words: Iterable[str]) -> str:
    text = ", ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def span(duration: str) -> str:
    """Write a duration in words: `604800s` is `7 days`."""
    seconds = Decimal(duration.removesuffix("s"))
    for length, unit in _SPANS:
        if seconds >= length and seconds % length == 0:
            return plural(int(seconds // length), unit)
    return f"{seconds} seconds"


def demand_json(row: DemandRow) -> dict[str, Any]:
    """Turn a demand into plain values."""
    return {
        "id": row.id,
        "part": row.part,
        "demands": row.demands,
        "when": row.when or None,
        "whenWords": row.when_words or None,
        "of": row.of or None,
        "expr": row.expr or None,
        "blocks": row.blocks,
        "effectiveOn": row.effective_on or None,
        "expiresOn": row.expires_on or None,
        "origin": row.origin or None,
        "remediation": list(row.remediation),
        "rules": list(row.rules),
    }
