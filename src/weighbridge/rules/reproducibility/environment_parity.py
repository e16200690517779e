"""What a release runs in, on or with is not what it is compared with, and nobody allowed that.

## What it checks

Where a policy demands evidence of the type `parity`: the newest of it about the release, entry by
entry, as `weighbridge parity --sign` writes it. Compared are two releases, such as the one to be
promoted and the one that stands there, or a release and the machine it runs on: interpreter,
operating system and its packages, image and base image, every package of the runtime lock,
processor, memory, accelerators and their driver, C library, variables, arguments, kernel settings,
limits, threads, placement, parameters, flags and the services it calls.

Drift is an error. What one side does not say, or a machine could not be asked, is inconclusive,
never a match. What owners of an environment said may differ (`parity.allowed`) counts as good.

## Why it matters

A release that passed in staging passed there: with that library, that driver, that number of
threads. Where production is another place, nothing of it was ever tried.

## How to fix

See what differs, and make it the same:

    weighbridge parity staging production
    weighbridge parity NAME@production --live

Or, where it has to differ, have owners say so in the document of the environment:

    parity:
      allowed:
        - entries: [externalServices/*/endpoint]
          reason: staging calls stand-ins

Then `weighbridge parity A B --sign --key NAME`.

## Example

    evidence:
      - {type: parity, maxAge: 24h, signedBy: {role: checker}}

A release with `OMP_NUM_THREADS: "2"` is denied where the one now there was run with `"1"`.

## References

- The Twelve-Factor App, X, dev/prod parity: https://12factor.net/dev-prod-parity
- NIST SP 800-53 Rev. 5, CM-2, baseline configuration, and CM-6, configuration settings
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP008", name="environment-parity", severity=Severity.ERROR, text=__doc__ or ""
)
