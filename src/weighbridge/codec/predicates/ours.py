"""What our own predicate types say. They are closed: whatever we did not write is not ours."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.codec.predicates.in_toto import RESULTS, TEST_RESULT
from weighbridge.codec.predicates.shape import (
    Shape,
    Way,
    any_value,
    boolean,
    digest,
    either,
    integer,
    list_of,
    map_of,
    mapping,
    matching,
    one_of,
    record,
    text,
    time,
    word,
)
from weighbridge.codec.predicates.slsa import SUMMARY
from weighbridge.model.predicates import OURS
from weighbridge.model.replay import REPLAY_VERDICTS

_NOTHING: Final = one_of("")
_TIME_OR_NOTHING: Final = either(_NOTHING, time)


def _null(value: Any, way: Way) -> None:
    if value is not None:
        digest(value, way)


SECTIONS: Final = map_of(_null)
"""Digests of sections; null for one that is not there."""


def _beside(standard: Shape, optional: dict[str, Shape], required: dict[str, Shape]) -> Shape:
    """Shape a foreign predicate that may hold our fields under our one key."""
    own = record({}, {OURS: record(required, optional, closed=True)}, closed=False)

    def check(value: Any, way: Way) -> None:
        standard(value, way)
        own(value, way)

    return check


_COUNT: Final = integer
TESTS: Final = record(
    {"digest": digest, "errors": _COUNT, "failures": _COUNT, "skipped": _COUNT, "tests": _COUNT},
    {"unlisted": _COUNT},
    closed=True,
)
"""What became of a JUnit document: its sha256, and what was counted in it."""

REPORT: Final = _beside(
    TEST_RESULT,
    {
        "dependsOn": SECTIONS,
        "junit": TESTS,
        "report": mapping,
        "targets": list_of(word),
    },
    {},
)
_CONDITION: Final = record(
    {
        "findings": list_of(map_of(text)),
        "id": word,
        "outcome": one_of("met", "unmet", "inconclusive", "waived"),
        "pointer": text,
        "seen": text,
        "skipped": list_of(text),
        "wanted": text,
        "why": text,
    },
    closed=True,
)
_REUSED: Final = record(
    {"predicateType": word, "release": digest, "statement": digest}, closed=True
)
DECISION: Final = _beside(
    SUMMARY,
    {},
    {
        "conditions": list_of(_CONDITION),
        "effectiveRisk": word,
        "environment": record({"digest": text, "name": text}, closed=True),
        "log": word,
        "mode": one_of("enforce", "observe"),
        "outcome": digest,
        "reused": list_of(_REUSED),
        "trust": text,
        "verdict": one_of("allowed", "denied", "needs", "inconclusive"),
    },
)
RELEASE: Final = record({"name": word, "sections": SECTIONS, "version": word}, closed=True)
CONTROL: Final = record(
    {"action": word, "after": integer, "log": word, "parameters": mapping}, closed=True
)
_PLACE: Final[dict[str, Shape]] = {
    "environment": word,
    "environmentDigest": digest,
    "log": word,
    "policy": digest,
    "reason": text,
}
APPROVAL: Final = record(
    {**_PLACE, "act": one_of("approve", "withdraw", "reject", "lift"), "outcome": digest},
    closed=True,
)
WAIVER: Final = record(
    {
        **_PLACE,
        "expires": time,
        "findings": list_of(record({"file": digest, "global": text}, closed=True), least=1),
        "rule": matching(r"[A-Z]{2,4}[0-9]{3}", "the code of a rule"),
    },
    closed=True,
)
REPLAY: Final = record(
    {
        OURS: record(
            {"verdict": one_of(*REPLAY_VERDICTS)},
            {
                "dependsOn": SECTIONS,
                "factors": list_of(mapping),
                "guilty": list_of(text),
                "outputs": list_of(mapping),
            },
            closed=True,
        )
    },
    closed=True,
)
BEHAVIOUR: Final = record(
    {"result": one_of(*RESULTS)},
    {
        "configuration": list_of(mapping),
        "failedTests": list_of(text),
        "passedTests": list_of(text),
        "warnedTests": list_of(text),
        OURS: record({}, {"dependsOn": SECTIONS, "report": any_value}, closed=True),
    },
    closed=True,
)
_SIDE: Final = record({"digest": digest, "name": word}, closed=True)
PARITY: Final = record(
    {
        "entries": list_of(
            record(
                {"name": word, "outcome": one_of("match", "drift", "unknown", "allowed")},
                {"left": any_value, "right": any_value},
                closed=True,
            )
        ),
        "left": _SIDE,
        "result": one_of(*RESULTS),
        "right": _SIDE,
    },
    closed=True,
)
DELIVERY: Final = record(
    {
        "environment": _SIDE,
        "generation": integer,
        "result": one_of(*RESULTS),
        "target": word,
    },
    {
        "finishedOn": _TIME_OR_NOTHING,
        "held": boolean,
        "reason": text,
        "startedOn": _TIME_OR_NOTHING,
        "steps": list_of(mapping),
    },
    closed=True,
)
DRILL: Final = record(
    {
        "at": time,
        "environment": _SIDE,
        "notApplicable": list_of(word),
        "planted": list_of(
            record({"by": text, "caught": boolean, "name": word, "verdict": word}, closed=True),
            least=1,
        ),
        "policy": _SIDE,
        "result": one_of("PASSED", "FAILED"),
    },
    closed=True,
)
"""Which faults were planted before the gate of an environment, and what caught them."""
