"""A waiver ended while a finding needs it, will end soon, or is for nothing that was found.

## What it checks

The gate holds every waiver of a release name and environment against what the newest reports, and
the gate itself, find today:

- `waivers:expired` (error): a finding that blocks was waived, and the day of the waiver has come. A
  release that is there already is no longer what its policy wants; `status` says so by itself.
- `waivers:expiring` (warning): a waiver that is needed ends within `waivers[].warnBefore` of the
  policy, 14 days if it says nothing, and no other for the same finding lasts longer.
- `waivers:unused` (note): a waiver in force is for nothing that a rule which ran has found. Where
  the policy says `unused: block`, that blocks.

## Why it matters

An exception that nobody ends becomes the rule. One that ends unannounced stops a release on the day
it is needed; and one for what was mended long ago waits for the flaw to come back.

## How to fix

Mend the finding. Or have somebody answer for it again, before it ends:

    weighbridge waive CODE REF --to ENV --reason WHY --expires 30d

Take back what nothing needs:

    weighbridge withdraw REF --to ENV --waiver CODE --reason mended

`weighbridge status --waivers` lists all of them, what ends first before the rest.

## Example

SEC001 in `tokenizer.pkl` was waived until 1 March. From 15 February on every answer of the gate
warns of it; on 1 March the release in production is denied, and GOV003 names the waiver.

## References

- NIST SP 800-53 rev. 5, CA-5, plan of action and milestones
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="GOV003",
    name="waiver-expired-or-unused",
    severity=Severity.ERROR,
    text=__doc__ or "",
)
