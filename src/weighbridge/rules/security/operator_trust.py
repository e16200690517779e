"""How far an operator can be trusted that is not of its format's own standard.

Each of them is native code, or Python, that whoever runs the model has loaded beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.rules.security import tensorflow_operators
from weighbridge.rules.security.code_trust import ALLOWED, Opinion, malicious, review

if TYPE_CHECKING:
    from weighbridge.model.structure import CodeUse

_DOMAINS: Final = frozenset(
    {
        "ai.onnx",
        "ai.onnx.ml",
        "ai.onnx.preview",
        "ai.onnx.preview.training",
        "ai.onnx.training",
        "com.microsoft",
        "com.microsoft.dml",
        "com.microsoft.experimental",
        "com.microsoft.mlfeaturizers",
        "com.microsoft.nchwc",
        "com.ms.internal.nhwc",
        "org.pytorch.aten",
    }
)
"""Domains whose operators ONNX defines, or ONNX Runtime has without a library."""

_PYTHON: Final = ("PyCustomOp", "PyOp", "PythonOp")
"""How operators are called that run Python (onnxruntime-extensions, ONNX Runtime for training)."""

_COMPILED: Final = frozenset({"com.microsoft::EPContext"})
_TFLITE: Final = """
    Atan2 AudioSpectrogram AvgPool3D Cumsum Irfft2d MaxPool3D Mfcc Multinomial NumericVerify
    RandomStandardNormal RandomUniform Roll Sign TFLite_Detection_PostProcess
"""
_KNOWN: Final = frozenset(_TFLITE.split())
_FLEX: Final = "Flex"


def onnx(use: CodeUse) -> Opinion:
    """Say what is known of an operator of another domain than ONNX's own."""
    domain, _, name = use.name.rpartition("::")
    if name.startswith(_PYTHON):
        return malicious("it runs Python")
    if use.name in _COMPILED:
        return review("it is compiled code of an accelerator")
    if domain in _DOMAINS:
        return ALLOWED
    return review("it is of a domain that ONNX Runtime does not have: a library brings it")


def custom(use: CodeUse) -> Opinion:
    """Say what is known of an operator that TFLite, OpenVINO or Core ML do not have themselves."""
    if use.detail == "TFLite" and use.name in _KNOWN:
        return ALLOWED
    if use.detail == "TFLite" and use.name.startswith(_FLEX):
        return tensorflow_operators.named(use.name.removeprefix(_FLEX))
    return review(f"{use.detail} does not have it: a library brings it")
