"""The model: an ONNX file, and requests of the Open Inference Protocol to it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.serving.reference.problems import ModelFailedError, RefusedError
from weighbridge.adapters.serving.reference.tensors import (
    DATATYPES,
    array,
    flat,
    shape_of,
    tensor,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET: Final = 4
"""ONNX Runtime logs only what is fatal; the rest is raised, and logged once by us."""
_SAID: Final = 400
"""Characters of a message of ONNX Runtime that are passed on."""


class Model:
    """A loaded model.

    Attributes:
        name: What it is asked by.
        version: Its version; empty if it has none.
        left_out: Outputs that are no tensors (maps, sequences), which the protocol cannot hold.
    """

    def __init__(self, path: str, *, name: str, version: str, threads: int, batch: int) -> None:
        """Load it; everything that is not the standard library is imported here.

        Args:
            path: The ONNX file.
            name: What it is asked by.
            version: Its version; empty if it has none.
            threads: Threads one request may use; 0 for as many as there are cores.
            batch: The largest first dimension where the model leaves that open; 0 for any.

        Raises:
            ModelFailedError: It cannot be loaded, or not be asked by the protocol.
        """
        self.name, self.version, self._batch = name, version, batch
        try:
            self._numpy = import_module("numpy")
            self._session = _session(path, threads)
        except Exception as error:
            raise ModelFailedError(f"cannot load {path}: {_words(error)}") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        for one in inputs:
            if one.type not in DATATYPES:
                message = f"cannot serve {path}: the input {one.name} is a {one.type}"
                raise ModelFailedError(message)
        self._inputs = {one.name: (DATATYPES[one.type], _sizes(one.shape)) for one in inputs}
        self._outputs = {
            one.name: (DATATYPES[one.type], _sizes(one.shape))
            for one in outputs
            if one.type in DATATYPES
        }
        self.left_out = [one.name for one in outputs if one.name not in self._outputs]
        if not self._outputs:
            raise ModelFailedError(f"cannot serve {path}: none of its outputs is a tensor")

    def described(self) -> dict[str, Any]:
        """Return the metadata of the model."""
        return {
            "name": self.name,
            "versions": [self.version] if self.version else [],
            "platform": "onnxruntime_onnx",
            "inputs": _described(self._inputs),
            "outputs": _described(self._outputs),
        }

    def infer(self, request: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON held
        """Answer a request.

        Raises:
            RefusedError: It is not of the protocol, or not what the model takes.
            ModelFailedError: The model raised.
        """
        if not isinstance(request, dict):
            raise RefusedError("a request is an object")
        # Clients write a member they do not use as null.
        id_ = request.get("id")
        if id_ is not None and not isinstance(id_, str):
            raise RefusedError("id is no text")
        names = self._wanted(request.get("outputs"))
        inputs = self._given(request.get("inputs"))
        try:
            made = self._session.run(names, inputs)
        except Exception as error:
            raise ModelFailedError(f"the model failed: {_words(error)}") from error
        versioned = {"model_version": self.version} if self.version else {}
        told = {} if id_ is None else {"id": id_}
        outputs = [
            tensor(name, self._outputs[name][0], made[at], self._numpy)
            for at, name in enumerate(names)
        ]
        return {"model_name": self.name, **versioned, **told, "outputs": outputs}

    def _wanted(self, asked: object) -> list[str]:
        """Return the outputs that are asked for; all if none is named."""
        if asked is None:
            return list(self._outputs)
        names = [_name(one, "an output") for one in _objects(asked, "outputs")]
        for name in names:
            if name not in self._outputs:
                raise RefusedError(f"the model has no output {name!r:.100}")
        if len(set(names)) < len(names):
            raise RefusedError("an output is asked for twice")
        return names or list(self._outputs)

    def _given(self, given: object) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for one in _objects(given, "inputs"):
            name = _name(one, "an input")
            if name not in self._inputs:
                raise RefusedError(f"the model has no input {name!r:.100}")
            if name in inputs:
                raise RefusedError(f"the input {name} is given twice")
            inputs[name] = self._array(name, one)
        missing = [name for name in self._inputs if name not in inputs]
        if missing:
            raise RefusedError(f"the input {missing[0]} is missing")
        return inputs

    def _array(self, name: str, given: dict[str, Any]) -> Any:  # noqa: ANN401 - NumPy is imported late
        datatype, sizes = self._inputs[name]
        if given.get("datatype") != datatype:
            raise RefusedError(f"the input {name} is not given as {datatype}, which it is")
        shape = shape_of(given.get("shape"), name)
        fits = len(shape) == len(sizes) and all(
            wanted in {-1, shape[at]} for at, wanted in enumerate(sizes)
        )
        # A shape of no dimensions is also how a graph says nothing of it; a scalar passes as well.
        if sizes and not fits:
            raise RefusedError(f"the input {name} has the shape {sizes}, not {shape}")
        if self._batch and sizes and sizes[0] == -1 and shape[0] > self._batch:
            message = f"the input {name} holds {shape[0]}, and max_batch_size is {self._batch}"
            raise RefusedError(message)
        values = flat(given.get("data"), shape, name)
        return array(values, shape, datatype, name, self._numpy)


def _session(path: str, threads: int) -> Any:  # noqa: ANN401 - ONNX Runtime is imported late
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = _QUIET
    options.intra_op_num_threads = threads
    # Idle threads that spin take the cores of the release beside this one.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _sizes(shape: Sequence[Any] | None) -> list[int]:
    """Return the sizes of dimensions, -1 for those that are open."""
    return [one if isinstance(one, int) else -1 for one in shape or ()]


def _described(tensors: dict[str, tuple[str, list[int]]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "datatype": datatype, "shape": sizes}
        for name, (datatype, sizes) in tensors.items()
    ]


def _objects(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise RefusedError(f"{name} is no list of objects")
    return value


def _name(value: dict[str, Any], what: str) -> str:
    name = value.get("name")
    if not isinstance(name, str):
        raise RefusedError(f"{what} has no name")
    return name


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:_SAID]
