"""Too few people signed what has to be signed, or what they signed cannot be read or proven.

## What it checks

- Where `verify` asks for signatures: that `--threshold` different people with one of the `--role`s
  signed the release (or, with `--type`, a statement about it), and that the ledger's evidence of it
  can still be read.
- Of each signature, wherever one is given, kept or counted: that its key made it over these very
  bytes, that they are an in-toto statement of the type that was asked for, and that it is about
  this release. A keyless one must be proven by certificate and log.
- Of a model that was signed for others (`verify PATH --bundle FILE`): that its bundle can be read
  and holds exactly one signature, of the kind OpenSSF Model Signing makes.

The gate leaves out what does not count, and asks the same in the condition `signed-by-builder` and
in whatever evidence a policy demands. Nobody waives it.

## Why it matters

Without a signature that holds nobody is known to have made these bytes, or to stand for what is
said of them. Whoever can write to a disk could have put both there.

## How to fix

    weighbridge sign REF --key NAME
    weighbridge attest REF --predicate FILE --key NAME
    weighbridge verify REF

A signature of somebody else that does not hold is got from him again. Evidence that can no longer
be read is restored from a backup: `weighbridge registry fsck` names what is missing.

## Example

    weighbridge verify detector@1.4.0 --role builder --threshold 2

fails while one builder signed it, or one with two keys.

## References

- DSSE, signature envelope: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md
- in-toto attestation framework, statement v1: https://github.com/in-toto/attestation
- OpenSSF Model Signing: https://github.com/sigstore/model-transparency
- NIST SP 800-218 (SSDF) 1.1, PS.2.1, make integrity verifiable
- OWASP Machine Learning Security Top 10, ML06:2023, AI supply chain attacks
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="INT005",
    name="signature-missing-or-invalid",
    severity=Severity.ERROR,
    text=__doc__ or "",
    judged_by="verify",
)
