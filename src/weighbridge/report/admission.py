"""Answers at the door of a cluster, as an API server reads them.

AdmissionReview of admission.k8s.io/v1, and problem documents (RFC 9457) for what was no review.
The message is what `kubectl` prints of a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.report.faults import render_fault
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.admission import Answer
    from weighbridge.model.errors import Fault

MESSAGE: Final = 1_024
"""Bytes of a message; terminals and events show no more of it."""
WARNING: Final = 256
"""Characters of a warning that an API server hands on whole."""
WARNINGS: Final = 8
PROBLEM: Final = "application/problem+json"
_REASONS: Final = {400: "BadRequest", 403: "Forbidden", 503: "ServiceUnavailable"}


def response_json(answer: Answer) -> dict[str, Any]:
    """Write an answer as an AdmissionReview."""
    response: dict[str, Any] = {"uid": answer.uid, "allowed": answer.allowed}
    if not answer.allowed:
        response["status"] = {
            "status": "Failure",
            "message": refusal(answer.faults),
            "reason": _REASONS[answer.code],
            "code": answer.code,
        }
        codes = dict.fromkeys(fault.code for fault in answer.faults)
        response["auditAnnotations"] = {"codes": ",".join(codes)}
    elif answer.why:
        response["auditAnnotations"] = {"unjudged": visible(answer.why)}
    warnings = [_cut(visible(one), WARNING) for one in answer.remarks[:WARNINGS]]
    if answer.allowed and warnings:
        response["warnings"] = warnings
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def refusal(faults: Sequence[Fault]) -> str:
    """Write faults in at most `MESSAGE` bytes: as many whole ones as fit, and how many more."""
    blocks = [render_fault(fault) for fault in faults]
    for kept in range(len(blocks), 0, -1):
        left = len(blocks) - kept
        text = "\n".join([*blocks[:kept], *([f"and {left:,} more"] if left else [])])
        if len(text.encode()) <= MESSAGE:
            return text
    more = f"\nand {len(blocks) - 1:,} more" if len(blocks) > 1 else ""
    head = blocks[0].encode()[: MESSAGE - len(more.encode()) - len("…".encode())]
    return f"{head.decode(errors='ignore')}…{more}"


def problem_json(faults: Iterable[Fault], status: int, title: str) -> dict[str, Any]:
    """Write what is wrong with a request as a problem document (RFC 9457)."""
    found = tuple(faults)
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": refusal(found),
        "code": found[0].code,
    }


def told(answer: Answer) -> str:
    """Say in one line what was answered, for who watches the server."""
    subject = visible(answer.subject) or "something unreadable"
    if not answer.allowed:
        more = f"; and {len(answer.faults) - 1} more" if len(answer.faults) > 1 else ""
        return f"refused {subject}: {_cut(visible(answer.faults[0].message), WARNING)}{more}"
    return f"let in {subject}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
