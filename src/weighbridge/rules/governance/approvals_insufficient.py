"""Too few people approved a promotion, or nobody reviewed that the glass was broken.

## What it checks

Each entry of the policy's `approvals` that applies to the release, by its `when` and `risk`: that
`min` different people approved who hold one of its `roles`, and one of the environment's
`approvers` where it names any. An approval counts for this release, environment, policy and
outcome, and no longer than `validFor`. Who stands in for an approver counts in his place, once.
Where the glass was broken: that another person reviewed it.

## Why it matters

A release that goes out by the word of one person is one mistake, or one stolen key, away from
harm. An approval for something else, or of last year, is nobody's word about this.

## How to fix

    weighbridge promote REF --to ENV --dry-run
    weighbridge approve REF --to ENV --key NAME
    weighbridge break-glass REF --to ENV --review --reason TEXT --key NAME

The first says who is missing, and why an approval does not count.

## Example

    approvals:
      - {min: 2, roles: [ml-lead, sre], risk: high, validFor: 7d}

fails for a release of high risk that one ml-lead approved, or two, one of them eight days ago.

## References

- ISO/IEC 27001:2022, A.8.32, change management
- NIST SP 800-53 Rev. 5, CM-3, configuration change control
- SOC 2, CC8.1
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="GOV002", name="approvals-insufficient", severity=Severity.ERROR, text=__doc__ or ""
)
