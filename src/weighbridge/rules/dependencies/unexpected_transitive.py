"""A package came, went or changed that nobody asked for by name.

## What it checks

Where the policy has `dependencies.unexpectedTransitives`: the packages of the sealed runtime lock
against those of the release its name points to in the environment. What is new, gone or of another
version is told, with who brings it, unless the lock says that it was asked for itself. A lock that
does not record who needs whom is inconclusive as soon as anything changed, and so is one that
cannot be read or refers to another file. The first release of a name has nothing to be compared
with.

The condition is `dependencies:transitive`: it blocks with `block`, and lets the release through
and tells with `warn`.

## Why it matters

Attackers do not take over the package everybody looks at, but one it needs five levels down. And
nobody reads the whole lock: a change that was asked for hides those that came with it.

## How to fix

See who brings it, before you ask for a promotion:

    weighbridge graph REF --against NAME@ENV

If it is wanted, ask for the package where the lock is made from, so that it is somebody's choice.
If not, lock what was there before. Lock in a format that says who needs whom: `uv.lock`, or what
`pip-compile` writes.

Where the policy lets somebody answer for it until a day:

    weighbridge waive DEP011 REF --to ENV --reason WHY --expires 30d

## Example

`pandas` went from 2.2.2 to 2.2.3, as was asked, and `six` came with it: told, as `added six 1.17.0
(pandas==2.2.3 -> six==1.17.0)`.

## References

- OWASP Top 10 CI/CD Security Risks, CICD-SEC-3, dependency chain abuse:
  https://owasp.org/www-project-top-10-ci-cd-security-risks/
- NIST SP 800-218 (SSDF) 1.1, PW.4.4, verify acquired components through their life cycles
- SLSA 1.0, threats, dependency threats: https://slsa.dev/spec/v1.0/threats
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="DEP011", name="unexpected-transitive", severity=Severity.WARNING, text=__doc__ or ""
)
