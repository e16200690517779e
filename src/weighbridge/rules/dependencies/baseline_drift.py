"""A package of the runtime lock is of no version that the policy approves.

## What it checks

Where the policy has `dependencies.baseline`: every entry of the sealed runtime lock against
`data/NAME.json` of the policy, which gives each package a version, a specifier (PEP 440), or a list
of them, one of which must hold. What it does not name is off the baseline, too. A pre-release is
approved only where it is named. A lock that cannot be read, an entry without a version, one that
refers to another file, and data that approves nothing are inconclusive.

The condition is `dependencies:baseline`. With `offBaseline: warn` it lets the release through, and
tells.

## Why it matters

A lock says what is installed, not that anybody looked at it. Advisories come after the fact; a list
of what was looked at holds before.

## How to fix

Lock the approved versions again, bring the manifest up to date, and seal. Or have owners approve
others: they publish another version of the policy with another `data/NAME.json`, and apply the
environment again.

    weighbridge policy publish PATH --key OWNER
    weighbridge env apply FILE --key OWNER

Where the policy lets somebody answer for it until a day:

    weighbridge waive DEP010 REF --to ENV --reason WHY --expires 30d

## Example

    {"numpy": ">=2.1,<2.2", "scipy": "1.14.1"}

is what owners approved. A lock with `numpy==2.2.0`, or with any `pandas`, is denied.

## References

- NIST SP 800-53 Rev. 5, CM-2, baseline configuration, and CM-7(5), allow by exception
- NIST SP 800-218 (SSDF) 1.1, PW.4.1, acquire and maintain well-secured components
- OpenSSF S2C2F, ENF-2, enforce usage of a curated feed: https://github.com/ossf/s2c2f
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="DEP010", name="baseline-drift", severity=Severity.ERROR, text=__doc__ or ""
)
