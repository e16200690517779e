"""A release is unlike those of its name before it, or says what the policy does not expect.

## What it checks

- `unusual:…`, where the policy has `unusual`: against the newest 20 releases that its name pointed
  to in the environment, but for those that were rolled back from. A `signer`, `source`,
  `base-image` or `build-host` that none of them had is told. So is a number of packages
  (`dependencies`) or bytes of artifacts (`artifact-size`) far from theirs, once five of them say
  it: with a modified z-score over 3.5, and never less than a quarter off. `unusual.ignore` leaves
  one out.
- `manifest:baseline`, where the policy has `manifest.baseline`: the manifest against
  `data/NAME.json` of the policy, which gives JSON pointers a value, or a list of those that will
  do. `null` expects that nothing is there.

Both block unless the policy says `change: warn` or `offBaseline: warn`.

## Why it matters

A stolen key signs well, and a build on another machine has every digest right. What gives them away
is that they are not as it always was. A baseline finds the slow sort of change, a value a release.

## How to fix

Find out whether it is meant:

    weighbridge diff NAME@ENV REF

If it is not, treat the key or the build host that is named as lost. A value off the baseline is
written as it is expected, and sealed. If it is meant, have owners publish a policy that expects it:
with `warn`, with `unusual.ignore`, or with another `data/NAME.json`. Where the policy lets somebody
answer for it until a day:

    weighbridge waive GOV004 REF --to ENV --reason WHY --expires 30d

## Example

Six releases had 81 to 84 packages, and were built by one workflow. The seventh has 131, and was
built on somebody's laptop: `unusual:dependencies` and `unusual:build-host`.

## References

- Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993: the modified z-score
- NIST SP 800-53 Rev. 5, SI-4, system monitoring, and CM-6, configuration settings
- SLSA 1.0, verifying artifacts, expectations: https://slsa.dev/spec/v1.0/verifying-artifacts
- OWASP Machine Learning Security Top 10, ML06:2023, AI supply chain attacks
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="GOV004", name="unusual-change", severity=Severity.WARNING, text=__doc__ or ""
)
