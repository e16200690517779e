"""A release counts as less risky than the one promoted before it, and no owner says that it is.

## What it checks

Where the policy has `risk`: the effective risk of the release against that of the last other
release of its name that was promoted to the environment. The effective risk is `metadata.risk`, or
what the policy's `riskWhen` makes of it where that is more. Both are weighed by the policy of
today, so that a policy that changed its mind is none of a release's doing. A release before it that
cannot be read is inconclusive; the first of a name has nothing to be compared with.

The condition is `risk:kept`. With `lowered: warn` it lets the release through, and tells.

## Why it matters

Less risk means fewer approvals, and fewer eyes. Who is in a hurry and may write the manifest has
only to change one word of it, and the rules that were made for such a model are no longer asked.

## How to fix

Declare the risk it had, and seal:

    weighbridge set metadata.risk high
    weighbridge seal

If the release truly is less risky, an owner answers for that, where the policy's `waivers` name
GOV008. Nobody else can:

    weighbridge waive GOV008 REF --to ENV --reason WHY --expires 30d --key OWNER

## Example

`detector@1.4.0` was promoted with `risk: high`, and `detector@1.5.0` says `risk: low`: denied until
an owner says why.

## References

- EU AI Act, Regulation (EU) 2024/1689, Article 6, classification as high-risk, and Article 9, risk
  management system
- NIST AI Risk Management Framework 1.0, MAP 1.5, risk tolerance, and MAP 5.1
- ISO/IEC 23894:2023, guidance on risk management of artificial intelligence
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="GOV008", name="risk-lowered", severity=Severity.ERROR, text=__doc__ or ""
)
