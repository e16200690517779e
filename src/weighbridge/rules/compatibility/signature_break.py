"""Whoever calls the release now there could not call this one, or not read its answers.

## What it checks

Where the policy has `signature`: `spec.signature` of the release against that of the one its name
points to in the environment, input by input and output by output. Each must still be there, of the
same `dtype`. A shape is compared axis by axis: an axis of an input may become free (`-1`), one of
an output fixed; nothing else may change, the number of axes neither. A new output hurts nobody; a
new input is one that nobody gives. What was declared and is no longer, or cannot be read, is
inconclusive. The first release of a name has nothing to be compared with.

The condition is `signature:compatible`. With `breaking: warn` it lets the release through, and
tells.

## Why it matters

Callers are deployed apart from models. A float that became a double, or a batch that became one
row, is no error in any test of the model, and one in every call.

## How to fix

Keep the signature. If it has to change, serve the model under another release name, move callers
there, and retire the old one. What would break is shown before anybody asks:

    weighbridge diff NAME@ENV REF

A signature that is missing is filled in by `weighbridge capture --update`.

## Example

    signature:
      inputs: [{name: pixels, dtype: float32, shape: [-1, 3, 224, 224]}]

is denied where the release now there says `uint8`.

## References

- ONNX, operator and model versioning: https://onnx.ai/onnx/repo-docs/Versioning.html
- KServe, open inference protocol, model metadata:
  https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
- Semantic Versioning 2.0.0, 8, incompatible changes: https://semver.org
"""

from __future__ import annotations

from weighbridge.model.finding import Severity
from weighbridge.rules.interface import GateRule

GATE_RULE = GateRule(
    code="CMP010", name="signature-break", severity=Severity.ERROR, text=__doc__ or ""
)
