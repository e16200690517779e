"""A model holds code, or names code that runs when it is loaded or used.

## What it checks

What files hold or name beside the globals of pickles: classes and lambda layers of Keras, operators
of TensorFlow, TorchScript, ONNX, TFLite and others, types of skops, names in configurations that
are imported (`auto_map`, `_target_`), Python and native code inside archives. Each is on a list of
what its framework has and only computes, or known to run commands, write files or speak to other
machines, or neither.

## Why it matters

A format without pickles is not a format without code. A lambda layer is Python bytecode; a graph
can write files while it predicts; a `module` in a Keras configuration is imported whatever it is
called (CVE-2025-1550); a custom operator is a shared library somebody has to load.

## How to fix

If it is known to do harm, do not load the file; find out how it got there. Otherwise read the code
it names, and save the model without it: a registered class instead of a lambda layer, operators of
the framework instead of custom ones.

## Example

A `model.keras` with a `Lambda` layer whose bytecode names `os` and `system` fails, and so does a
`saved_model.pb` with the operator `WriteFile`. `Dense`, `Conv2D` and `Assert` pass.

## References

- Keras, `safe_mode`: https://keras.io/api/models/model_saving_apis/model_saving_and_loading/
- CVE-2025-1550 and CVE-2025-8747, Keras; CVE-2024-3660, lambda layers
- TensorFlow, using it securely: https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.structure import CodeUse, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Rule
from weighbridge.rules.security import (
    keras_trust,
    operator_trust,
    python_trust,
    tensorflow_operators,
    torchscript_trust,
)
from weighbridge.rules.security.code_found import Kind, judge_code

if TYPE_CHECKING:
    from weighbridge.rules.interface import Example

_OPERATOR: Final = "running {inside} would use the operator {name}"
KINDS: Final[dict[str, Kind]] = {
    "custom-operator": Kind(operator_trust.custom, _OPERATOR),
    "keras-class": Kind(keras_trust.opinion, "loading {inside} would use {name}"),
    "keras-lambda": Kind(keras_trust.bytecode, "the layer {name} of {inside} holds code"),
    "native-code": Kind(python_trust.native, "{inside} holds native code, {name}"),
    "onnx-operator": Kind(operator_trust.onnx, _OPERATOR),
    "python-file": Kind(python_trust.file, "{inside} brings Python with it, {name}"),
    "python-reference": Kind(python_trust.reference, "{inside} has {name} imported"),
    "skops-type": Kind(python_trust.skops, "loading {inside} would make {name}"),
    "tensorflow-operator": Kind(tensorflow_operators.opinion, _OPERATOR),
    "torchscript-operator": Kind(torchscript_trust.opinion, _OPERATOR),
}
"""The kinds of code this rule judges; the others are the business of other rules."""


def examples() -> list[Example]:
    """Show a harmless graph, an unknown and a harmful operator, a lambda layer, and no reading."""
    release = sample.release({"/spec/artifacts/0/format": "tf-saved-model"})

    def of(*code: CodeUse) -> Structure:
        return Structure(format="tf-saved-model", status="complete", code=code)

    plain = CodeUse(kind="tensorflow-operator", name="Assert")
    return sample.read_as(
        release,
        [
            ("operators that compute", of(plain), Verdict.PASS, ""),
            (
                "an operator that writes files",
                of(plain, CodeUse(kind="tensorflow-operator", name="WriteFile", offset=8)),
                Verdict.FAIL,
                "would use the operator WriteFile",
            ),
            (
                "an operator TensorFlow does not have",
                of(CodeUse(kind="tensorflow-operator", name="MyOp")),
                Verdict.FAIL,
                "a library of somebody else's has it",
            ),
            (
                "a lambda layer that runs a command",
                of(CodeUse(kind="keras-lambda", name="l", detail="bytecode that names os system")),
                Verdict.FAIL,
                "names os, system",
            ),
            (
                "native code in a wheel for its platform",
                of(CodeUse(kind="native-code", name="a.so", detail="1 file, in a wheel for it")),
                Verdict.FAIL,
                "holds native code, a.so",
            ),
            ("a file that was not read", Unavailable("not readable"), Verdict.INCONCLUSIVE, ""),
        ],
    )


RULE = Rule(
    code="SEC003",
    name="embedded-code",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge_code(
        KINDS,
        wanted="only what the framework itself has, and what computes",
        remediation="read the code it names, or save the model without it",
    ),
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
