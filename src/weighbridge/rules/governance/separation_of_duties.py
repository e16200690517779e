"""Somebody approved what is his own: he asked for it, or signed the release or evidence about it.

## What it checks

Of each approval, who gave it: not anybody who ever asked for this promotion, nor who signed the
release or evidence about it; nor for somebody who did. Owners and approvers are people like others,
and a second key of a person is the same person.

## Why it matters

The author does not grade himself. Four eyes see what two overlook; two keys in one hand are two
eyes.

## How to fix

Have somebody else approve it. If nobody else holds the role:

    weighbridge key trust PEM --person P --role ROLE
    weighbridge approve --delegate-to PERSON --to ENV --until DAY --reason TEXT --key NAME

The second is for who may approve and is away.

## Example

    weighbridge promote detector@1.4.0 --to production --key rob
    weighbridge approve detector@1.4.0 --to production --key rob

fails: rob asked for it.

## References

- NIST SP 800-53 Rev. 5, AC-5, separation of duties
- ISO/IEC 27001:2022, A.5.3, segregation of duties
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="GOV005", name="separation-of-duties", severity=Severity.ERROR, text=__doc__ or ""
)
