"""Data types of other formats in the manifest's words."""

from __future__ import annotations

from typing import Final

from weighbridge.model.authoring.base import TODO

MOST_DIMENSIONS = 32
LARGEST_DIMENSION = 1 << 40

MLFLOW: Final = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "string",
    "binary": "bytes",
    "datetime": "datetime",
}
"""MLflow's column types (mlflow.types.DataType)."""

ONNX: Final = {
    "FLOAT": "float32",
    "UINT8": "uint8",
    "INT8": "int8",
    "UINT16": "uint16",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "STRING": "string",
    "BOOL": "bool",
    "FLOAT16": "float16",
    "DOUBLE": "float64",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "BFLOAT16": "bfloat16",
}
"""ONNX's element types, as far as a manifest has a word for them."""

_NUMPY: Final = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)


def numpy(word: str) -> str:
    """Translate the name of a NumPy data type; TODO for one the manifest has no word for."""
    if word in _NUMPY:
        return word
    for start, known in (("str", "string"), ("bytes", "bytes"), ("datetime64", "datetime")):
        if word.startswith(start):
            return known
    return TODO


def shape(dimensions: object) -> dict[str, list[int]]:
    """Take a shape, as the entry of a tensor; nothing for a scalar, or for what is no shape."""
    if not isinstance(dimensions, list | tuple) or not 0 < len(dimensions) <= MOST_DIMENSIONS:
        return {}
    if not all(type(size) is int and -1 <= size <= LARGEST_DIMENSION for size in dimensions):
        return {}
    return {"shape": list(dimensions)}
