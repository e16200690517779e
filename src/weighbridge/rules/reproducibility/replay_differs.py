"""The release was made again from its record, and came out different.

## What it checks

What `weighbridge replay` says of a release, where a policy asks for it: each output the build
made again is as near to the recorded one as the policy's `atLeast` wants. Nearest is the same
bytes; then what differs by what a named stabiliser lets differ; then equal tensors; then
predictions and metrics within `spec.build.tolerance`.

A finding names the output, the first tensor that differs, and how far its numbers are off. Who did
not make the release may explain it, by `weighbridge replay REF --explain`; whether that is enough,
the policy says (`explained: allow`). An explanation that is about another difference than there is
now, a smaller one or none at all, is a finding, too.

## Why it matters

What cannot be made again cannot be shown to come from the data and code it is said to come from. A
model that was altered after it was trained looks, in all its papers, like one that was not.

## How to fix

    weighbridge replay REF --perturb

names what the outputs depend on. Mend that, build and seal again. Where it cannot be mended, and is
harmless, have it explained:

    weighbridge replay REF --explain PATH --tensor T --reason R --bound B --key NAME

## Example

`weights/model.safetensors` has the tensor `layer.3.weight` off by up to 2.6e-06 in 7,167 of 8,296
numbers: the machine that trained it had another kernel of linear algebra.

## References

- Reproducible Builds: https://reproducible-builds.org/docs/definition/
- SLSA 1.0, provenance: https://slsa.dev/spec/v1.0/provenance
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="REP002", name="replay-differs", severity=Severity.ERROR, text=__doc__ or ""
)
