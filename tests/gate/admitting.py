"""Reviews judged, for the tests of admission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.server.recorded_reviews import STANDS
from weighbridge.gate.admission.judge import judge, unjudged

if TYPE_CHECKING:
    from weighbridge.model.admission import Answer, Snapshot


def answered(value: object, snapshot: Snapshot = STANDS) -> Answer:
    return unjudged(value) or judge(value, snapshot)


def messages(answer: Answer) -> list[str]:
    return [fault.message for fault in answer.faults]


def template(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = value["request"]["object"]["spec"]["template"]
    return found
