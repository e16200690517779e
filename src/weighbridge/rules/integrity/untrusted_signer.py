"""Somebody signed whose signature does not count, or did not count at the time he signed.

## What it checks

Who made a signature that is sound in itself, at the time the ledger has it at: that owners trust
his key or identity, that it has one of the roles that are asked for, that its time had begun and
not ended, that it was not revoked by then, and that a key of its kind can be relied on. A keyless
signature needs a root that owners published. Of a model that was signed for others: that the
signature is of the key that was named, or that a path leads from its certificate to a trusted one,
each valid at the stated time.

The trust is today's: a key that is revoked as of last month takes with it whatever was signed
since. The gate counts no such signature, and `verify` tells why it does not. Nobody waives it.

## Why it matters

Anybody can sign. A signature says something only if somebody decided beforehand whose it has to be,
and took that back where a key got lost.

## How to fix

If the key is right, owners trust it, then the statement is signed again:

    weighbridge key trust PEM --person P --role ROLE
    weighbridge sign REF --key NAME

If it is not, find out who signed, and have it signed by somebody whose word counts. `weighbridge
registry status` lists who is trusted, and as what.

## Example

`verify detector@1.4.0` names a signature of 3 May whose key is revoked as of 1 May: it does not
count, though it was made before anybody knew.

## References

- SLSA 1.0, verifying artifacts: https://slsa.dev/spec/v1.0/verifying-artifacts
- The Update Framework, roles and thresholds: https://theupdateframework.github.io/specification/
- NIST SP 800-57 Part 1 Rev. 5, 5.3, cryptoperiods, and 8.3.5, revocation
- RFC 5280, 6.1, certification path validation
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="INT006",
    name="untrusted-signer",
    severity=Severity.ERROR,
    text=__doc__ or "",
    judged_by="verify",
)
