"""A release says that it runs somewhere, and nobody has shown that.

## What it checks

Where the policy has `targets`: each of `spec.compatibility.targets` (`all-validated`), or one of
them (`any-validated`), needs a signed report that was made for it. It must be as good as the
policy's `evidence` of type `report` demands: by that role, by so many, not too old, and with
nothing above `noneAbove` but what is waived. The newest report for a target counts, whatever one
for another target says. What is missing is *inconclusive*, and blocks in the condition `targets`;
it is not waived, for nobody knows what would be.

## Why it matters

A model that was tried on one machine is promised for four. The other three are found out about in
production, each by another user.

## How to fix

Weigh it for the target that is named, and sign that:

    weighbridge check REF --for-target NAME --sign --key NAME

Or take the target out of the manifest, and seal: what is not promised needs no evidence.

## Example

    targets:
      - {name: gpu, os: linux, arch: x86_64}
      - {name: mac, os: macos, arch: aarch64}

is denied under `targets: {required: all-validated}` while all reports are `--for-target gpu`.

## References

- NIST SP 800-218 (SSDF) 1.1, PW.8, test executable code
- EU AI Act, Regulation (EU) 2024/1689, Article 15, accuracy, robustness and cybersecurity
- ISO/IEC 25010:2023, flexibility: adaptability and installability
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="CMP007", name="unvalidated-target", severity=Severity.ERROR, text=__doc__ or ""
)
