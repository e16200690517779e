"""What closes the gaps faults get through by: what the policy is to say, and the command."""

from __future__ import annotations

_PUBLISH = "weighbridge policy publish policy.yaml"

BASELINE = ("take the shipped conditions into the policy: `include: [baseline]`", _PUBLISH)
RULES = (
    (
        "demand a report that blocks what rules find: "
        "`evidence: [{type: report, signedBy: {role: checker}, noneAbove: warning}]`"
    ),
    _PUBLISH,
)
FRESH = ("say how old a report may be: `evidence: [{type: report, maxAge: 24h}]`", _PUBLISH)
CERTAIN = ("take `inconclusive: allow` out of the evidence of the policy", _PUBLISH)
APPROVALS = (
    "demand approvals whatever goes there: `approvals: [{min: 1, roles: [ml-lead]}]`",
    _PUBLISH,
)
RISK = (
    "have owners say so when a release counts for less: `risk: {lowered: block}`",
    _PUBLISH,
)
ROLLBACK = (
    "let it go back to what was there alone: `rollbackPolicy: {allow: previously-promoted}`",
    _PUBLISH,
)
