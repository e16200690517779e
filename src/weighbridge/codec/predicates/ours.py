"""What our own predicate types say. They are closed: whatever we did not write is not ours."""

from __future__ import annotations

from typing import Any, Final

from weighbridge.codec.predicates.in_toto import RESULTS, TEST_RESULT
from weighbridge.codec.predicates.rego import TOOLS
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

REGO: Final = record(
    {
        "digest": digest,
        "exceptions": _COUNT,
        "failures": _COUNT,
        "names": list_of(text),
        "passed": _COUNT,
        "tool": one_of(*TOOLS),
        "warnings": _COUNT,
    },
    {"unlisted": _COUNT},
    closed=True,
)
"""What OPA or Conftest said: the sha256 of what was printed, and what was counted in it."""

REPORT: Final = _beside(
    TEST_RESULT,
    {
        "after": integer,
        "carriedFrom": record({"asked": list_of(word), "statement": digest}, closed=True),
        "dependsOn": SECTIONS,
        "junit": TESTS,
        "rego": REGO,
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
    {"excluded": list_of(text), "statements": list_of(digest), "warns": boolean},
    closed=True,
)
_REUSED: Final = record(
    {"predicateType": word, "release": digest, "statement": digest}, closed=True
)
_DIGEST_OR_NOTHING: Final = either(_NOTHING, digest)
_ACCOUNT: Final[dict[str, Shape]] = {
    "excluded": list_of(
        record(
            {
                "kind": one_of("approval", "condition", "evidence", "person", "waiver"),
                "name": word,
                "person": text,
                "statement": _DIGEST_OR_NOTHING,
                "why": text,
            },
            closed=True,
        )
    ),
    "gate": integer,
    "inputs": record(
        {
            "acts": list_of(digest),
            "data": map_of(digest),
            "documents": list_of(digest),
            "environment": text,
            "evidence": list_of(digest),
            "locks": list_of(digest),
            "manifest": digest,
            "policy": text,
            "serving": _DIGEST_OR_NOTHING,
            "trust": text,
            "waivers": list_of(digest),
        },
        {name: list_of(digest) for name in ("delegations", "packs", "past")},
        closed=True,
    ),
    "needs": list_of(
        record(
            {
                "condition": word,
                "count": integer,
                "people": list_of(word),
                "roles": list_of(word),
                "until": _TIME_OR_NOTHING,
            },
            closed=True,
        )
    ),
    "skipped": list_of(
        record(
            {"by": text, "person": word, "rule": text, "statement": digest, "why": text},
            closed=True,
        )
    ),
    "waived": list_of(
        record(
            {
                "person": word,
                "rule": word,
                "statement": _DIGEST_OR_NOTHING,
                "subject": text,
                "until": time,
                "why": text,
            },
            closed=True,
        )
    ),
}
"""What a decision says beside its conditions; those of the gate's first revision say none of it."""

DECISION: Final = _beside(
    SUMMARY,
    _ACCOUNT,
    {
        "conditions": list_of(_CONDITION),
        "effectiveRisk": word,
        "environment": record({"digest": text, "name": text}, closed=True),
        "log": word,
        "mode": one_of("enforce", "observe", "break-glass", "standing"),
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
    {
        **_PLACE,
        "act": one_of(
            "approve",
            "withdraw",
            "reject",
            "hold",
            "lift",
            "lift-rejection",
            "break-glass",
            "review",
        ),
        "outcome": digest,
    },
    {"after": integer},
    closed=True,
)
DELEGATION: Final = record(
    {
        "act": one_of("delegate", "withdraw"),
        "environment": word,
        "environmentDigest": digest,
        "from": _TIME_OR_NOTHING,
        "log": word,
        "reason": text,
        "to": word,
        "until": _TIME_OR_NOTHING,
    },
    {"after": integer},
    closed=True,
)
_COVERED: Final = either(
    record({"file": digest, "global": text}, closed=True),
    record({"digest": digest, "pointer": text, "seen": text, "subject": word}, closed=True),
)
_FINDINGS: Final[dict[str, Shape]] = {
    **_PLACE,
    "findings": list_of(_COVERED, least=1),
    "rule": matching(r"[A-Z]{2,4}[0-9]{3}", "the code of a rule"),
}
WAIVER: Final = record(
    {**_FINDINGS, "expires": time},
    {"after": integer, "owner": word, "requestedBy": word},
    closed=True,
)
WAIVER_REQUEST: Final = record(
    {**_FINDINGS, "after": integer, "expires": time, "owner": text}, closed=True
)
WAIVER_WITHDRAWAL: Final = record(
    {**_FINDINGS, "after": integer, "people": list_of(word, least=1)}, closed=True
)
REPLAY: Final = record(
    {
        OURS: record(
            {"verdict": one_of(*REPLAY_VERDICTS)},
            {
                "causes": list_of(mapping),
                "dependsOn": SECTIONS,
                "factors": list_of(mapping),
                "guilty": list_of(text),
                "intermediates": list_of(mapping),
                "outputs": list_of(mapping),
                "record": digest,
                "undecided": list_of(text),
            },
            closed=True,
        )
    },
    closed=True,
)
EXPLANATION: Final = record(
    {
        "after": integer,
        "bound": text,
        "difference": text,
        "factor": text,
        "path": text,
        "tensor": text,
        "why": word,
    },
    closed=True,
)
"""Why somebody says a replay may differ: where, in what, and by how much at most."""
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
        "at": time,
        "entries": list_of(
            record(
                {"name": word, "outcome": one_of("match", "drift", "unknown", "allowed")},
                {"allowedBy": word, "left": any_value, "right": any_value, "why": text},
                closed=True,
            ),
            least=1,
        ),
        "left": _SIDE,
        "result": one_of(*RESULTS),
        "right": _SIDE,
    },
    {"of": one_of("delivered", "before")},
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
_ORDERED: Final[dict[str, Shape]] = {
    "after": integer,
    "environment": word,
    "environmentDigest": digest,
    "log": word,
    "policy": digest,
}
DELIVERY_ORDER: Final = either(
    record(
        {**_ORDERED, "generation": integer, "order": one_of("start"), "rendering": digest},
        closed=True,
    ),
    record(
        {
            **_ORDERED,
            "delivery": integer,
            "order": one_of("pause", "resume", "abort", "skip"),
            "reason": word,
        },
        closed=True,
    ),
)
"""What a person has a delivery do: begin, of what a pointer holds; or something else on its way."""
RENDERING: Final = record(
    {
        "files": list_of(record({"digest": digest, "name": word}, closed=True), least=1),
        "target": record(
            {"kind": word, "version": word}, {"namespace": word, "options": mapping}, closed=True
        ),
    },
    {"notices": list_of(text)},
    closed=True,
)
"""Which files a release is rendered as for a target; whoever renders it again gets the same."""
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
