"""Tensors of the Open Inference Protocol in JSON, to arrays and back.

Whatever stands in a request is untrusted: each value is looked at before NumPy converts it.
"""

from __future__ import annotations

import math
from typing import Any, Final

from weighbridge.adapters.serving.reference.problems import RefusedError

DATATYPES: Final = {
    "tensor(bool)": "BOOL",
    "tensor(double)": "FP64",
    "tensor(float)": "FP32",
    "tensor(float16)": "FP16",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(int8)": "INT8",
    "tensor(string)": "BYTES",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(uint8)": "UINT8",
}
"""Types of ONNX Runtime, in the protocol's words."""

_DTYPES: Final = {
    "BOOL": "bool",
    "BYTES": "object",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "INT8": "int8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "UINT8": "uint8",
}
_DEEPEST: Final = 32
"""Dimensions a tensor may have."""
_LARGEST: Final = 2**63


def shape_of(value: object, name: str) -> list[int]:
    """Read a shape.

    Raises:
        RefusedError: It is none.
    """
    if not isinstance(value, list) or len(value) > _DEEPEST:
        raise RefusedError(f"the shape of {name} is no list of at most {_DEEPEST} integers")
    for one in value:
        # A bool is an int in Python, and no size.
        if type(one) is not int or not 0 <= one < _LARGEST:
            raise RefusedError(f"the shape of {name} holds what is no size of a dimension")
    return value


def flat(data: object, shape: list[int], name: str) -> list[Any]:
    """Return the values of a tensor in order (row-major), whether they came flat or nested.

    Args:
        data: What stands in the request.
        shape: What it says of the shape.
        name: What the tensor is called, for messages.

    Raises:
        RefusedError: They do not have that shape.
    """
    if not isinstance(data, list):
        raise RefusedError(f"the data of {name} is no list")
    sizes = [len(data)]
    values = data
    while len(sizes) < len(shape) and values and isinstance(values[0], list):
        lengths = {len(one) if isinstance(one, list) else -1 for one in values}
        if len(lengths) > 1:
            raise RefusedError(f"the lists in the data of {name} are not all of one length")
        sizes.append(lengths.pop())
        values = [inner for one in values for inner in one]
    if len(sizes) > 1 and sizes != shape[: len(sizes)]:
        raise RefusedError(f"the data of {name} is nested as {sizes}, its shape is {shape}")
    if len(values) != math.prod(shape):
        raise RefusedError(f"{name} has {len(values)} values, its shape {shape} another number")
    return values


def array(values: list[Any], shape: list[int], datatype: str, name: str, numpy: Any) -> Any:  # noqa: ANN401 - NumPy is imported late
    """Make an array of values.

    Args:
        values: In order, as many as the shape says.
        shape: Its shape.
        datatype: Its type, in the protocol's words.
        name: What the tensor is called, for messages.
        numpy: The module.

    Raises:
        RefusedError: A value is not of that type, or does not fit it.
    """
    _check_types(values, datatype, name)
    try:
        made = _converted(values, datatype, name, numpy)
        return made.reshape(shape)
    # A number of 400 digits is no float, and half a surrogate pair no text.
    except (OverflowError, ValueError) as error:
        raise RefusedError(f"a value of {name} does not fit {datatype}") from error


def _check_types(values: list[Any], datatype: str, name: str) -> None:
    wanted: set[type]
    if datatype == "BOOL":
        wanted = {bool}
    elif datatype == "BYTES":
        wanted = {str}
    elif datatype.startswith("FP"):
        wanted = {int, float}
    else:
        wanted = {int}
    if not wanted.issuperset(map(type, values)):
        raise RefusedError(f"a value of {name} is not of type {datatype}")


def _converted(values: list[Any], datatype: str, name: str, numpy: Any) -> Any:  # noqa: ANN401 - NumPy is imported late
    if datatype == "BYTES":
        for one in values:
            one.encode()
        # Else NumPy makes texts of one length.
        made = numpy.empty(len(values), dtype="object")
        made[:] = values
        return made
    dtype = numpy.dtype(_DTYPES[datatype])
    if datatype.startswith("FP"):
        # Overflow is looked for below, and nobody reads warnings.
        with numpy.errstate(over="ignore"):
            made = numpy.array(values, dtype="float64").astype(dtype)
        if not numpy.isfinite(made).all():
            raise RefusedError(f"a value of {name} does not fit {datatype}")
        return made
    if datatype != "BOOL" and values:
        limits = numpy.iinfo(dtype)
        if min(values) < limits.min or max(values) > limits.max:
            raise RefusedError(f"a value of {name} does not fit {datatype}")
    return numpy.array(values, dtype=dtype)


def tensor(name: str, datatype: str, made: Any, numpy: Any) -> dict[str, Any]:  # noqa: ANN401 - NumPy is imported late
    """Write an array as the protocol has it, flat; NaN and infinity, unknown to JSON, are null."""
    values = made.ravel()
    data = values.tolist()
    if datatype.startswith("FP") and not numpy.isfinite(values).all():
        data = [one if math.isfinite(one) else None for one in data]
    return {"name": name, "shape": list(made.shape), "datatype": datatype, "data": data}
