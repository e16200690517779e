"""Grype's report: `grype IMAGE --output json`.

https://github.com/anchore/grype, grype/presenter/models. Its configuration stands in the report,
so that what was left out is known; what it ignores is listed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.scanners.scan import Flaw, Scan, ScanError, ordered, short
from weighbridge.codec.predicates.shape import (
    ShapeError,
    any_value,
    list_of,
    mapping,
    record,
    text,
    word,
)
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DIGEST: Final = re.compile(r"(?:.*@)?(sha256:[0-9a-f]{64})", re.DOTALL)
_NAMED: Final = ("manifestDigest", "imageID")
"""Digests it reckoned itself; `userInput` is whatever somebody typed."""

_MATCH: Final = record(
    {
        "artifact": record({"name": word}, {"version": text}, closed=False),
        "vulnerability": record(
            {"id": word},
            {"fix": record({}, {"versions": list_of(text)}, closed=False), "severity": text},
            closed=False,
        ),
    },
    {
        "appliedIgnoreRules": list_of(mapping),
        "relatedVulnerabilities": list_of(record({"id": word}, closed=False)),
    },
    closed=False,
)
_ALERTS: Final = record(
    {"alerts": list_of(record({}, {"message": text, "type": text}, closed=False))}, closed=False
)
_REPORT: Final = record(
    {
        "descriptor": record(
            {"name": text},
            {"configuration": mapping, "db": mapping, "timestamp": text, "version": text},
            closed=False,
        ),
        "matches": list_of(_MATCH),
    },
    {
        "alertsByPackage": list_of(_ALERTS),
        "ignoredMatches": list_of(_MATCH),
        "source": record({}, {"target": any_value, "type": text}, closed=False),
    },
    closed=False,
)


def is_grype(tree: Mapping[str, Any]) -> bool:
    """Tell whether a document is a report of Grype."""
    said = tree.get("descriptor")
    return "matches" in tree and isinstance(said, dict) and said.get("name") == "grype"


def read_grype(tree: Mapping[str, Any]) -> Scan:
    """Read a report.

    Raises:
        ScanError: It is none.
    """
    try:
        _REPORT(tree, ())
    except ShapeError as error:
        raise ScanError(str(error)) from error
    said = tree["descriptor"]
    target = (tree.get("source") or {}).get("target")
    named = target if isinstance(target, dict) else {}
    return Scan(
        tool="grype",
        uri="pkg:github/anchore/grype",
        about=short(named.get("userInput") if named else target),
        version=short(said.get("version")),
        finished=said.get("timestamp") or "",
        data=dict(_data(said.get("db") or {})),
        flaws=ordered((*_flaws(tree["matches"]), *_flaws(tree.get("ignoredMatches"), "ignored"))),
        open=tuple(dict.fromkeys((*_open(said.get("configuration") or {}), *_alerts(tree)))),
        digests=tuple(dict.fromkeys(_digests(named))),
    )


def _digests(target: Mapping[str, Any]) -> Iterator[str]:
    pushed = target.get("repoDigests")
    for one in (*(target.get(name) for name in _NAMED), *(pushed or ())):
        found = _DIGEST.fullmatch(one) if isinstance(one, str) else None
        if found:
            yield found[1]


def _flaws(matches: list[Mapping[str, Any]] | None, suppressed: str = "") -> Iterator[Flaw]:
    for one in matches or ():
        flaw, package = one["vulnerability"], one["artifact"]
        rules = (_rule(rule) for rule in one.get("appliedIgnoreRules") or ())
        yield Flaw(
            id=flaw["id"],
            package=package["name"],
            version=short(package.get("version")),
            score=short(flaw.get("severity")) or "Unknown",
            fixed=tuple((flaw.get("fix") or {}).get("versions") or ()),
            aliases=tuple(other["id"] for other in one.get("relatedVulnerabilities") or ()),
            suppressed=suppressed and (short("; ".join(filter(None, rules))) or suppressed),
        )


def _rule(rule: Mapping[str, Any]) -> str:
    """Say why something is ignored: its reason, or else what the rule asks for."""
    reason = short(rule.get("reason"))
    asked = (f"{name} {rule[name]}" for name in sorted(rule) if isinstance(rule[name], str))
    return reason or ", ".join(one for one in asked if not one.endswith(" "))


def _data(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Tell what it knew of flaws; newer versions have that one level lower."""
    found = said.get("status") if isinstance(said.get("status"), dict) else said
    names = {"uri": "from", "version": "schemaVersion", "lastUpdate": "built"}
    for ours, theirs in names.items():
        value = found.get(theirs) if isinstance(found, dict) else None
        if isinstance(value, str | int) and not isinstance(value, bool) and value:
            yield ours, str(value)


def _open(configuration: Mapping[str, Any]) -> Iterator[str]:
    left_out = configuration.get("exclude")
    if isinstance(left_out, list) and left_out:
        yield f"it was told to leave out {some_of([short(str(one)) for one in left_out])}"


def _alerts(tree: Mapping[str, Any]) -> Iterator[str]:
    """Say of what it warns: a distribution without updates, or one it knows no flaws of."""
    for package in tree.get("alertsByPackage") or ():
        for one in package["alerts"]:
            said = short(one.get("message")) or short(one.get("type")) or "of a package"
            yield f"it warns: {said}"
