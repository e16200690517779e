"""What modelaudit writes as SARIF, and what the gate makes of it.

The members are those of its writer (promptfoo/modelaudit, integrations/sarif_formatter.py): each
result has a level of its own, a list of suppressions that may be empty, and a state; a run that
could not be finished, or saw no file, says so by `executionSuccessful` (its exit code is 2).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.gate.cases import evidence
from tests.gate.test_foreign import outcome, said
from weighbridge.codec.predicates.recognising import recognise
from weighbridge.model.predicates import SARIF

Plain = dict[str, Any]


def result(level: str, **more: Any) -> Plain:  # noqa: ANN401 - members
    return {
        "ruleId": "S201",
        "ruleIndex": 0,
        "level": level,
        "message": {"text": "Found REDUCE opcode with a global outside the allowed ones"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "model.pkl", "uriBaseId": "%SRCROOT%"}
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": "0123456789abcdef"},
        "relatedLocations": [],
        "suppressions": [],
        "baselineState": "new",
        "rank": 90,
        "kind": "fail" if level in {"error", "warning"} else "informational",
        **more,
    }


def report(*results: Plain, exit_code: int = 1) -> Plain:
    rule = {
        "id": "S201",
        "name": "Pickle Check",
        "defaultConfiguration": {"enabled": True, "level": "error", "rank": 90},
    }
    driver = {
        "name": "ModelAudit",
        "version": "0.2.30",
        "rules": [rule],
        "notifications": [],
        "taxa": [],
        "language": "en-US",
        "isComprehensive": False,
    }
    invocation = {
        "executionSuccessful": exit_code != 2,
        "commandLine": "modelaudit model.pkl",
        "exitCode": exit_code,
        "exitSignalName": None,
        "stdin": None,
        "properties": {"filesScanned": 1, "duration": 1},
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": list(results),
        "artifacts": [{"location": {"uri": "model.pkl"}, "hashes": {"sha-256": "0" * 64}}],
        "automationDetails": {"id": "modelaudit-scan-1767225600"},
        "properties": {"totalChecks": 3},
    }
    return {"$schema": "https://json.schemastore.org/sarif", "version": "2.1.0", "runs": [run]}


def test_it_is_recognised_and_stands_in_the_statement_as_it_came() -> None:
    data = json.dumps(report(result("error", rank=90.0)), indent=2).encode()
    document = recognise(data)
    assert (document.predicate_type, document.predicate) == (SARIF, data)


@pytest.mark.parametrize(
    ("predicate", "floor", "expected"),
    [
        (report(exit_code=0), "note", "met"),
        (report(result("error")), "warning", "unmet"),
        (report(result("error")), "error", "met"),
        (report(result("warning")), "warning", "met"),
        (report(result("warning")), "note", "unmet"),
        (report(result("note"), exit_code=0), "note", "met"),
        (report(result("error", suppressions=[{"kind": "external"}])), "warning", "unmet"),
        (report(result("error", baselineState="absent")), "warning", "met"),
        (report(exit_code=2), "error", "inconclusive"),
        (report(result("error"), exit_code=2), "warning", "unmet"),
    ],
)
def test_levels_suppressions_and_failed_runs_are_judged(
    predicate: Plain, floor: str, expected: str
) -> None:
    one = evidence("sarif", "carl", predicate, entry=14)
    assert outcome(f"{{type: sarif, noneAbove: {floor}}}", one) == expected


def test_what_blocks_and_what_did_not_finish_is_named() -> None:
    (blocks,) = said("{type: sarif}", evidence("sarif", "carl", report(result("error")), entry=14))
    assert blocks.seen == "S201 (error)"
    (open_,) = said("{type: sarif}", evidence("sarif", "carl", report(exit_code=2), entry=14))
    assert (open_.why, open_.seen) == ("a tool did not come to an end", "ModelAudit")
