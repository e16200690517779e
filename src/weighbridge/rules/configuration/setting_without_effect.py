"""A setting has no effect beside the others it stands with.

## What it checks

- `traces.ratio` beside a sampler that reads no ratio, and a sampler that reads one without it.
- `logs.schema` beside `format: text`, whose lines have none.
- `tolerations[]`: a `value` beside `operator: Exists`, and `tolerationSeconds` beside an effect
  other than `NoExecute`; Kubernetes refuses both.
- `targets[]`: a `libc` or `libcVersion` on macOS or Windows, a `libcVersion` without `libc`, and
  CUDA on macOS, for which there is none.

## Why it matters

Somebody wrote it and expects it. A ratio of 0.05 beside `always_on` keeps every trace, and the
bill comes at the end of the month; a target that cannot exist is never validated.

## How to fix

Take one of the two out, or set the other so that they go together.

## Example

    traces: {sampler: always_on, ratio: "0.05"}

gets a warning: write `sampler: parentbased_traceidratio`.

## References

- OpenTelemetry, environment variables: `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`
- Kubernetes, taints and tolerations
- NVIDIA CUDA toolkit release notes: no macOS since 11.0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release import Spec
    from weighbridge.model.release.compatibility import Target
    from weighbridge.model.release.observability import Observability
    from weighbridge.model.release.placement import Toleration

_WITH_RATIO = ("traceidratio", "parentbased_traceidratio")
_TRACES = "/spec/observability/traces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A setting without effect.

    Attributes:
        pointer: Its JSON pointer, whether it is there or missing.
        message: What is wrong.
        seen: What stands together.
        wanted: What would.
        remediation: What to do.
    """

    pointer: str
    message: str
    seen: str
    wanted: str
    remediation: str


def each(facts: Facts) -> Iterator[Item[Idle]]:
    """Yield every setting without effect."""
    for idle in _idle(facts.release.spec, facts) if facts.release else ():
        where = items.place(facts, idle.pointer)
        yield Item(subject=placed.path(facts, idle.pointer), location=where, value=idle)


def judge(idle: Idle, facts: Facts) -> Iterator[Judgement]:
    """Say why it has none."""
    yield placed.against(
        facts,
        idle.pointer,
        idle.message,
        seen=idle.seen,
        wanted=idle.wanted,
        remediation=(idle.remediation,),
    )


def _idle(spec: Spec, facts: Facts) -> Iterator[Idle]:
    if spec.observability is not None:
        yield from _traces(spec.observability, facts)
        yield from _logs(spec.observability)
    placement = spec.environment.placement
    for index, toleration in enumerate(placement.tolerations or () if placement else ()):
        yield from _toleration(toleration, f"/spec/environment/placement/tolerations/{index}")
    targets = spec.compatibility.targets if spec.compatibility else None
    for index, target in enumerate(targets or ()):
        yield from _target(target, f"/spec/compatibility/targets/{index}")


def _traces(seen: Observability, facts: Facts) -> Iterator[Idle]:
    traces = seen.traces
    if traces is None or items.is_todo(facts, f"{_TRACES}/sampler"):
        return
    sampler = traces.sampler or "the default"
    if traces.ratio is not None and traces.sampler not in _WITH_RATIO:
        yield Idle(
            pointer=f"{_TRACES}/ratio",
            message=f"the ratio {traces.ratio} of traces has no effect: the sampler is {sampler}",
            seen=f"ratio: {traces.ratio}, sampler: {traces.sampler or 'not set'}",
            wanted=f"sampler: {_WITH_RATIO[1]}",
            remediation=placed.setting(facts, f"{_TRACES}/sampler", _WITH_RATIO[1]),
        )
    no_ratio = traces.ratio is None and not items.is_todo(facts, f"{_TRACES}/ratio")
    if no_ratio and traces.sampler in _WITH_RATIO:
        yield Idle(
            pointer=f"{_TRACES}/sampler",
            message=f"the sampler {sampler} has no ratio, so it keeps every trace",
            seen="no `ratio`",
            wanted='ratio: "0.05"',
            remediation=placed.setting(facts, f"{_TRACES}/ratio", "0.05"),
        )


def _logs(seen: Observability) -> Iterator[Idle]:
    if seen.logs is not None and seen.logs.format == "text" and seen.logs.schema_ is not None:
        yield Idle(
            pointer="/spec/observability/logs/schema",
            message="the schema of the logs has no effect: lines of free text have none",
            seen=f"schema: {seen.logs.schema_}, format: text",
            wanted="format: json",
            remediation="run `weighbridge set spec.observability.logs.format json`",
        )


def _toleration(toleration: Toleration, at: str) -> Iterator[Idle]:
    if toleration.operator == "Exists" and toleration.value is not None:
        yield Idle(
            pointer=f"{at}/value",
            message="the value of a toleration has no effect: `Exists` asks for the key alone",
            seen=f"value: {toleration.value}, operator: Exists",
            wanted="operator: Equal, or no value",
            remediation="take `value` out, or write `operator: Equal`",
        )
    if toleration.toleration_seconds is not None and toleration.effect not in (None, "NoExecute"):
        yield Idle(
            pointer=f"{at}/tolerationSeconds",
            message=f"tolerationSeconds has no effect: {toleration.effect} evicts nobody",
            seen=f"tolerationSeconds: {toleration.toleration_seconds}, effect: {toleration.effect}",
            wanted="effect: NoExecute",
            remediation="take `tolerationSeconds` out, or write `effect: NoExecute`",
        )


def _target(target: Target, at: str) -> Iterator[Idle]:
    foreign = target.os in ("macos", "windows")
    for field, value in (("libc", target.libc), ("libcVersion", target.libc_version)):
        if foreign and value is not None:
            yield Idle(
                pointer=f"{at}/{field}",
                message=f"target {target.name} has a {field} on {target.os}, which has no choice "
                "of one",
                seen=f"{field}: {value}, os: {target.os}",
                wanted=f"no {field}, or os: linux",
                remediation=f"take `{field}` out, or correct `os`",
            )
    if not foreign and target.libc is None and target.libc_version is not None:
        yield Idle(
            pointer=f"{at}/libcVersion",
            message=f"target {target.name} has a libcVersion and does not say of which libc",
            seen=f"libcVersion: {target.libc_version}, no `libc`",
            wanted="libc: glibc",
            remediation="add `libc: glibc` or `libc: musl`",
        )
    if target.os == "macos" and target.cuda is not None:
        yield Idle(
            pointer=f"{at}/cuda",
            message=f"target {target.name} has CUDA on macOS, for which there is none",
            seen="cuda, os: macos",
            wanted="no cuda, or os: linux",
            remediation="take `cuda` out, or correct `os`",
        )


def examples() -> list[Example]:
    """Show settings that go together, and some that do not."""

    def traces(verdict: Verdict, title: str, seen: str = "", **fields: str) -> Example:
        facts = sample.release({_TRACES: dict(fields)})
        return Example(title=title, facts=facts, verdict=verdict, seen=seen)

    target = {"name": "mac", "os": "macos", "arch": "aarch64", "libc": "glibc"}
    ratio, every = "parentbased_traceidratio", "keeps every trace"
    return [
        traces(Verdict.PASS, "a ratio and its sampler", sampler=ratio, ratio="0.05"),
        traces(Verdict.FAIL, "a ratio nobody reads", "0.05", sampler="always_on", ratio="0.05"),
        traces(Verdict.FAIL, "a sampler without its ratio", every, sampler=ratio),
        Example(
            title="a C library of Linux on macOS",
            facts=sample.release({"/spec/compatibility/targets": [target]}),
            verdict=Verdict.FAIL,
            seen="libc: glibc, os: macos",
        ),
    ]


RULE = Rule(
    code="CFG011",
    name="setting-without-effect",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
