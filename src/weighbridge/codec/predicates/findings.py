"""What tools found, as predicates: SARIF 2.1.0, and what is said of flaws in OpenVEX.

As far as the gate relies on it. SARIF's schema is closed, its property bags aside; what it names
beside this is not looked at, so its records stand open here.
"""

from __future__ import annotations

from typing import Any, Final

from weighbridge.codec.predicates.shape import (
    ShapeError,
    Way,
    boolean,
    either,
    integer,
    list_of,
    mapping,
    matching,
    one_of,
    record,
    text,
    time,
    word,
)

LEVELS: Final = ("none", "note", "warning", "error")
KINDS: Final = ("notApplicable", "pass", "fail", "review", "open", "informational")
_LEVEL: Final = one_of(*LEVELS)
_RULE: Final = record(
    {"id": word},
    {"defaultConfiguration": record({}, {"level": _LEVEL}, closed=False)},
    closed=False,
)
_COMPONENT: Final = record({"name": word}, {"rules": list_of(_RULE)}, closed=False)
_RESULT: Final = record(
    {"message": mapping},
    {
        "baselineState": one_of("new", "unchanged", "updated", "absent"),
        "kind": one_of(*KINDS),
        "level": _LEVEL,
        "rule": mapping,
        "ruleId": text,
        "ruleIndex": integer,
        "suppressions": list_of(mapping),
    },
    closed=False,
)
_RUN: Final = record(
    {"tool": record({"driver": _COMPONENT}, {"extensions": list_of(_COMPONENT)}, closed=False)},
    {
        "externalPropertyFileReferences": mapping,
        "invocations": list_of(
            record({"executionSuccessful": boolean}, {"endTimeUtc": time}, closed=False)
        ),
        "results": list_of(_RESULT),
    },
    closed=False,
)
SARIF: Final = record(
    {"runs": list_of(_RUN), "version": one_of("2.1.0")}, {"$schema": text}, closed=False
)
_STATEMENT: Final = record(
    {
        "status": one_of("not_affected", "affected", "fixed", "under_investigation"),
        "vulnerability": either(word, mapping),
    },
    {
        "action_statement": text,
        "impact_statement": text,
        "justification": one_of(
            "component_not_present",
            "vulnerable_code_not_present",
            "vulnerable_code_not_in_execute_path",
            "vulnerable_code_cannot_be_controlled_by_adversary",
            "inline_mitigations_already_exist",
        ),
        "products": list_of(either(word, mapping)),
        "timestamp": time,
    },
    closed=False,
)


def _statement(value: Any, way: Way) -> None:
    _STATEMENT(value, way)
    reasons = (value.get("justification"), value.get("impact_statement"))
    if value["status"] == "not_affected" and not any(reasons):
        raise ShapeError("says not_affected without a justification", way)


OPENVEX: Final = record(
    {
        "@context": matching(r"https://openvex\.dev/ns(?:/v[0-9.]+)?", "the context of OpenVEX"),
        "@id": word,
        "author": word,
        "statements": list_of(_statement, least=1),
        "timestamp": time,
        "version": either(integer, word),
    },
    closed=False,
)
