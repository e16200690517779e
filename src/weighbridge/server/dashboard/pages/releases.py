"""Releases: the list in which one finds one, and all that there is to say of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.finding import find_releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.gate.case import Evidence
    from weighbridge.model.event import Event
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.release_record import Place, ReleaseRecord

_MANY: Final = 50
_RESULTS: Final = {"PASSED": "pass", "WARNED": "warning", "FAILED": "fail"}
"""Verdicts of in-toto's test results."""


def found(asked: Asked) -> dict[str, Any]:
    """List releases whose names contain something, in the order of their names."""
    part = asked.query.get("q", "")
    key = read_cursor(asked.query.get("after", ""), str, str)
    since = None if key is None else (str(key[0]), str(key[1]))
    rows, _ = find_releases(asked.services, part, since, _MANY + 1)
    return {
        "schemaVersion": 1,
        "containing": part,
        "releases": [{"name": n, "version": v, "digest": d} for n, v, d in rows[:_MANY]],
        "next": write_cursor(*rows[_MANY - 1][:2]) if len(rows) > _MANY else "",
    }


def one(asked: Asked) -> dict[str, Any]:
    """Say all that is known of a release."""
    from weighbridge.report.outline import outline  # noqa: PLC0415 - what judges is imported late
    from weighbridge.usecases.release_record import release_record  # noqa: PLC0415

    record = release_record(asked.names["digest"], registry=asked.registry)
    spec = record.manifest["spec"]
    sections = {"metadata": record.manifest["metadata"], **spec}
    return {
        "schemaVersion": 1,
        "name": record.name,
        "version": record.version,
        "digest": record.digest,
        "proven": record.proven,
        "about": _about(record),
        "artifacts": [
            {
                "path": one.get("path") or one.get("ref") or one.get("name", ""),
                "role": one.get("role", ""),
                "format": one.get("format") or one.get("mediaType", ""),
                "size": one.get("size"),
                "digest": one.get("digest", ""),
            }
            for one in spec.get("artifacts", [])
        ],
        "places": [_place(place, record.digest) for place in record.places],
        "evidence": [_evidence(each) for each in record.evidence],
        "timeline": [_happened(index, event) for index, event in record.timeline],
        "versions": [{"version": version, "digest": digest} for version, digest in _near(record)],
        "manifest": {name: list(outline(section)) for name, section in sections.items()},
    }


def _happened(index: int, event: Event) -> dict[str, Any]:
    from weighbridge.report.events import plain_words_of  # noqa: PLC0415

    words = plain_words_of(event)
    return {"index": index, "time": event.time, "kind": event.kind.value, "words": words}


def _about(record: ReleaseRecord) -> dict[str, str]:
    """Pick out of the manifest what tells people what it is."""
    metadata, spec = record.manifest["metadata"], record.manifest["spec"]
    owner, model = metadata.get("owner") or {}, spec.get("model") or {}
    told = {
        "description": metadata.get("description") or model.get("description"),
        "task": model.get("task"),
        "license": model.get("license"),
        "team": owner.get("team"),
        "contact": owner.get("contact"),
        "commit": (spec.get("source") or {}).get("commit"),
    }
    return {name: str(value) for name, value in told.items() if value}


def _near(record: ReleaseRecord) -> list[tuple[str, str]]:
    """Return the versions around this one: of a name with thousands, a few."""
    at = record.versions.index((record.version, record.digest))
    return [*record.versions[max(at - 5, 0) : at], *record.versions[at + 1 : at + 6]]


def _place(place: Place, digest: str) -> dict[str, Any]:
    """Say whether a release is somewhere, was there, and what the gate said of it."""
    moves = [move for move in place.pointer.moves if move.release == digest]
    index, event = place.judged or (None, None)
    delivery = place.delivery
    return {
        "environment": place.environment,
        "stands": place.pointer.release == digest,
        "since": moves[-1].at if moves else "",
        "by": moves[-1].by if moves else "",
        "serves": delivery is not None and delivery.serving == digest,
        "verdict": "" if event is None else event.body["verdict"],
        "judged": "" if event is None else event.time,
        "entry": index,
        "held": place.pointer.held,
        "present": {
            "release": place.pointer.release,
            "version": place.pointer.moves[-1].version if place.pointer.moves else "",
        },
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    from weighbridge.report.words import evidence_words  # noqa: PLC0415

    result = one.predicate.get("result") or one.predicate.get("verdict") or ""
    return {
        "what": evidence_words(one.predicate_type),
        "predicateType": one.predicate_type,
        "entry": one.entry,
        "at": one.at,
        "person": one.person,
        "roles": list(one.roles),
        "statement": one.statement,
        "result": _RESULTS.get(str(result), str(result)) if isinstance(result, str) else "",
        "findings": list(_failed(one)),
    }


def _failed(one: Evidence) -> Iterator[str]:
    """Name what a report says failed, each once."""
    for name in ("failedTests", "warnedTests"):
        tests = one.predicate.get(name)
        yield from dict.fromkeys(str(test) for test in tests) if isinstance(tests, list) else ()


PARTS = Parts(
    pages=(
        Page(
            path="/releases",
            template="releases.html",
            view=found,
            docs="tutorial/promoting-a-release.md",
            tab="All releases",
        ),
        Page(
            path="/releases/{digest}",
            template="release.html",
            view=one,
            docs="tutorial/promoting-a-release.md",
            tab="All releases",
        ),
    ),
)
