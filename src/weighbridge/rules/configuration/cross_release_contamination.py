"""The configuration speaks of another release than the one it belongs to.

## What it checks

- A PromQL expression that matches the label `release` with a literal: it is `$release`, this
  release's name or this `name@version`.
- Environment variables, arguments, parameters, flags and endpoints: where they name this release
  with a version (`name@1.3.0`), it is this version.
- The labels `release` and `version` of alerts and metrics: they are this release's. The version of
  the model counts, too, and text made by a template (`{{ … }}`, `$…`) is left alone.

Lineage, annotations and the target of a rollback name other releases on purpose.

## Why it matters

Manifests are copied from the last release. An analysis that still asks for the old release's
errors watches a release that is fine while the new one is failing; an argument with the old
version serves the old model under the new name.

## How to fix

Write `$release` into expressions, and this release's name and version elsewhere, or leave them
out: what is rendered knows which release it is.

## Example

    metadata: {name: file-type-detector, version: "1.4.0"}
    environment: {system: {env: {MODEL: file-type-detector@1.3.0}}}

fails: the variable names version 1.3.0.

## References

- Argo Rollouts, rollback and configuration, issues 1297, 2669, 2675
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.promql import RELEASE, QueryError, find, read_query, renamed
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.location import pointer
from weighbridge.rules import items, placed, sample
from weighbridge.rules.configuration import queries
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.location import Location
    from weighbridge.model.release import ModelRelease, Spec
    from weighbridge.rules.configuration.queries import Written

_LABEL = "release"
_TEMPLATE = ("{{", "$")
_VERSION = r"v?[0-9](?:[A-Za-z0-9._+!-]*[A-Za-z0-9])?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A place where the manifest names another release.

    Attributes:
        pointer: JSON pointer of the value.
        seen: What it names.
        wanted: What it should name.
        what: What names it, for people.
        mended: The whole value, with this release named.
        location: Where in the value it stands.
    """

    pointer: str
    seen: str
    wanted: str
    what: str
    mended: str
    location: Location


def each(facts: Facts) -> Iterator[Item[Named]]:
    """Yield every place that names another release."""
    release = facts.release
    if release is None or TODO in (release.metadata.name, release.metadata.version):
        return
    for named in (*_matched(release, facts), *_mentioned(release, facts), *_labels(release, facts)):
        subject = placed.path(facts, named.pointer)
        yield Item(subject=subject, location=named.location, value=named)


def judge(named: Named, facts: Facts) -> Iterator[Judgement]:
    """Say which release is named."""
    yield placed.against(
        facts,
        named.pointer,
        f"{named.what} names another release: {named.seen}",
        location=named.location,
        seen=named.seen,
        wanted=named.wanted,
        cause="it was copied from another release",
        remediation=(placed.setting(facts, named.pointer, named.mended),),
    )


def _alias(release: ModelRelease) -> str:
    return f"{release.metadata.name}@{release.metadata.version}"


def _own(release: ModelRelease) -> set[str]:
    return {RELEASE, release.metadata.name, release.metadata.version, _alias(release)}


def _matched(release: ModelRelease, facts: Facts) -> Iterator[Named]:
    """Find label matchers with another release's name; what is no PromQL is CFG006's."""
    for item in queries.queries(facts):
        written = item.value
        if _LABEL not in written.text:
            continue
        for value in sorted(_literals(written) - _own(release)):
            line, column = find(written.text, value)
            yield Named(
                pointer=written.pointer,
                seen=f'{_LABEL}="{value}"',
                wanted=f'{_LABEL}="{RELEASE}"',
                what=f"the expression of {written.what}",
                mended=renamed(written.text, value, RELEASE),
                location=items.place_within(facts, written.pointer, line, column),
            )


def _literals(written: Written) -> set[str]:
    try:
        query = read_query(written.text)
    except QueryError:
        return set()
    matchers = [matcher for each in query.selectors for matcher in each.matchers]
    asked = [each.value for each in matchers if (each.label, each.operator) == (_LABEL, "=")]
    return {value for value in asked if value and not value.startswith("$")}


def _mentioned(release: ModelRelease, facts: Facts) -> Iterator[Named]:
    """Find this release's name with another version in settings."""
    name, version = release.metadata.name, release.metadata.version
    alias = re.compile(rf"(?<![\w.@-]){re.escape(name)}@({_VERSION})", re.ASCII)
    same = (version, f"v{version}")
    for at, text in _settings(release.spec):
        if f"{name}@" not in text:
            continue
        others = [found[1] for found in alias.finditer(text) if found[1] not in same]
        if others:
            yield Named(
                pointer=at,
                seen=f"{name}@{others[0]}",
                wanted=_alias(release),
                what=at.rpartition("/")[2] if "/env/" in at else placed.path(facts, at),
                mended=alias.sub(_alias(release), text),
                location=items.place(facts, at),
            )


def _settings(spec: Spec) -> Iterator[tuple[str, str]]:
    """List the texts that configure what runs, with their places."""
    system = spec.environment.system
    if system is not None:
        yield from _texts(system.env, "/spec/environment/system/env")
        yield from _texts(system.args, "/spec/environment/system/args")
    for name, parameter in (spec.parameters or {}).items():
        at = pointer("spec", "parameters", name)
        for field in ("value", "default", "fallback"):
            yield from _texts(getattr(parameter, field), f"{at}/{field}")
        yield from _texts(parameter.maps_to, f"{at}/mapsTo")
    for key, flag in (spec.flags or {}).items():
        yield from _texts(flag.variants, pointer("spec", "flags", key, "variants"))
    metrics = spec.observability.metrics if spec.observability else None
    yield from _texts(metrics and metrics.endpoint, "/spec/observability/metrics/endpoint")
    for index, service in enumerate(spec.external_services or ()):
        yield from _texts(service.endpoint, f"/spec/externalServices/{index}/endpoint")


def _texts(value: object, at: str) -> Iterator[tuple[str, str]]:
    """List the texts in a value."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, at + pointer(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _texts(member, at + pointer(index))


def _labels(release: ModelRelease, facts: Facts) -> Iterator[Named]:
    """Find labels of alerts and metrics that are another release's."""
    seen = release.spec.observability
    if seen is None:
        return
    versions = {release.metadata.version, release.spec.model.version or ""}
    own = {_LABEL: (_own(release), _alias(release))}
    own["version"] = (versions, release.metadata.version)
    groups: list[tuple[str, str, Mapping[str, str] | None]] = [
        (f"/spec/observability/alerts/{index}", f"alert {alert.alert}", alert.labels)
        for index, alert in enumerate(seen.alerts or ())
    ]
    metrics = seen.metrics.expected or () if seen.metrics else ()
    groups += [
        (f"/spec/observability/metrics/expected/{index}", f"metric {metric.name}", metric.labels)
        for index, metric in enumerate(metrics)
    ]
    for at, what, labels in groups:
        for label in sorted(own.keys() & (labels or {}).keys()):
            value = (labels or {})[label]
            known, wanted = own[label]
            if value not in known and not any(mark in value for mark in _TEMPLATE):
                place = f"{at}/labels/{label}"
                yield Named(
                    pointer=place,
                    seen=f"{label}: {value}",
                    wanted=f"{label}: {wanted}",
                    what=f"a label of {what}",
                    mended=wanted,
                    location=items.place(facts, place),
                )


def examples() -> list[Example]:
    """Show configuration of this release, and of the one it was copied from."""
    env = "/spec/environment/system/env"
    query = 'rate(errors_total{{release="{}"}}[5m]) > 1'

    def alert(label: str) -> list[object]:
        return [{"alert": "Errors", "expr": query.format(label)}]

    alerts = "/spec/observability/alerts"
    return [
        Example(
            title="its own name and version, and a release that is filled in",
            facts=sample.release(
                {env: {"MODEL": "file-type-detector@1.4.0"}, alerts: alert(RELEASE)}
            ),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a variable with the last version",
            facts=sample.release({env: {"MODEL": "file-type-detector@1.3.0"}}),
            verdict=Verdict.FAIL,
            seen="file-type-detector@1.3.0",
        ),
        Example(
            title="an expression about another release",
            facts=sample.release({alerts: alert("language-detector")}),
            verdict=Verdict.FAIL,
            seen='release="language-detector"',
        ),
        Example(
            title="an alert labelled with the last version",
            facts=sample.release(
                {alerts: [{"alert": "Down", "expr": "up == 0", "labels": {"version": "1.3.0"}}]}
            ),
            verdict=Verdict.FAIL,
            seen="version: 1.3.0",
        ),
    ]


RULE = Rule(
    code="CFG008",
    name="cross-release-contamination",
    severity=Severity.ERROR,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
