"""Load a model with its framework and answer in JSON lines: run by whichever Python was named.

    python -I program.py RUNNER MODEL [DTYPES | ENTRYPOINT FOLDER]

DTYPES, which scikit-learn gets, is a JSON object of the types of inputs, by name.

A request is `{"id": n, "inputs": {name: values}}`, an answer `{"id": n, "outputs": {…}, "by": …}`,
or `{"id": n, "missing": MODULE}`, or `{"id": n, "failed": WHY}`. Nothing of weighbridge is imported
here, and nothing this program says is believed but as the answer of the model.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Answering = Callable[[Mapping[str, Any]], Mapping[str, Any]]

DTYPES = {
    "tensor(bool)": "bool",
    "tensor(double)": "float64",
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(int8)": "int8",
    "tensor(string)": "object",
    "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32",
    "tensor(uint64)": "uint64",
    "tensor(uint8)": "uint8",
}
"""Types of ONNX Runtime, in NumPy's words."""

NUMERIC = frozenset(DTYPES.values()) - {"object"}
"""Types a table is made an array of."""


def with_onnxruntime(path: str, onnxruntime: Any) -> Answering:  # noqa: ANN401 - a module nobody need have
    """Open a session on the processor; outputs have the names the graph gives them."""
    numpy = importlib.import_module("numpy")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    dtypes = {one.name: DTYPES.get(one.type) for one in session.get_inputs()}
    names = [one.name for one in session.get_outputs()]

    def answer(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {name: numpy.array(value, dtype=dtypes.get(name)) for name, value in inputs.items()}
        return dict(zip(names, session.run(None, given), strict=True))

    return answer


class Estimator:
    """What joblib loaded; its one input is a table of rows.

    Attributes:
        by: The package its class is of, with its version: that is what answers, not joblib.
    """

    def __init__(self, loaded: Any, dtypes: Mapping[str, str]) -> None:  # noqa: ANN401 - any class
        """Say what was loaded, and the types of its inputs, by name."""
        self._loaded = loaded
        self._dtypes = dtypes
        package = type(loaded).__module__.partition(".")[0]
        version = getattr(sys.modules.get(package), "__version__", None)
        self.by = f"{package} {version}" if version else ""

    def __call__(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer with labels, and with probabilities if it has any."""
        table = _table(inputs)
        (dtype,) = (self._dtypes.get(name) for name in inputs)
        # Lists become float64; some estimators take nothing but the type they were trained on.
        if dtype in NUMERIC:
            table = importlib.import_module("numpy").array(table, dtype=dtype)
        found = {"label": self._loaded.predict(table)}
        if hasattr(self._loaded, "predict_proba"):
            found["probabilities"] = self._loaded.predict_proba(table)
        return found


def with_joblib(path: str, joblib: Any, dtypes: str = "{}") -> Answering:  # noqa: ANN401 - a module nobody need have
    """Load an estimator."""
    return Estimator(joblib.load(path), json.loads(dtypes))


def with_xgboost(path: str, xgboost: Any) -> Answering:  # noqa: ANN401 - a module nobody need have
    """Load a booster; its one input is a table of rows."""
    numpy = importlib.import_module("numpy")
    booster = xgboost.Booster(model_file=path)

    def answer(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        table = xgboost.DMatrix(numpy.array(_table(inputs), dtype="float32"))
        return {"predictions": booster.predict(table, validate_features=False)}

    return answer


def with_lightgbm(path: str, lightgbm: Any) -> Answering:  # noqa: ANN401 - a module nobody need have
    """Load a booster; its one input is a table of rows."""
    numpy = importlib.import_module("numpy")
    booster = lightgbm.Booster(model_file=path)

    def answer(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"predictions": booster.predict(numpy.array(_table(inputs), dtype="float64"))}

    return answer


def with_entrypoint(path: str, entrypoint: str, folder: str) -> Answering:
    """Have the release's own code load the model: a function that returns one that answers."""
    sys.path.insert(0, folder)
    module, _, name = entrypoint.partition(":")
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            # The release promised it; no other Python would have it.
            raise ImportError(f"{module} is not in the release") from error
        raise
    for part in name.split("."):
        found = getattr(found, part)
    answering: Answering = found(path)
    return answering


def _table(inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - rows of whatever there is
    if len(inputs) != 1:
        raise ValueError(f"it takes one input, a table of rows, and was given {len(inputs)}")
    (table,) = inputs.values()
    return table


FRAMEWORKS: dict[str, tuple[str, Callable[..., Answering]]] = {
    "lightgbm": ("lightgbm", with_lightgbm),
    "onnxruntime": ("onnxruntime", with_onnxruntime),
    "scikit-learn": ("joblib", with_joblib),
    "xgboost": ("xgboost", with_xgboost),
}
"""Name of a runner to the module it needs, and what it does."""


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a model answers
    """Turn what a model answers into plain values."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value


def loaded(runner: str, path: str, *more: str) -> tuple[Answering | None, dict[str, str]]:
    """Load a model; return who answers, and what every answer says beside that."""
    try:
        if runner == "entrypoint":
            return with_entrypoint(path, *more), {"by": f"entrypoint {more[0]}"}
        name, load = FRAMEWORKS[runner]
        try:
            module = importlib.import_module(name)
        except ImportError:
            return None, {"missing": name}
        answering = load(path, module, *more)
        by = getattr(answering, "by", ""), f"{name} {getattr(module, '__version__', '?')}"
        return answering, {"by": ", ".join(filter(None, by))}
    except BaseException as error:  # noqa: BLE001 - the model may raise whatever it likes
        return None, _told(error)


def _told(error: BaseException) -> dict[str, str]:
    """Say that a module is missing, which is no fault of the model's; or what it fails with."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return {"missing": error.name}
    return {"failed": f"{type(error).__name__}: {error}"[:500]}


def answered(
    answering: Answering | None, said: dict[str, str], request: Mapping[str, Any]
) -> dict[str, Any]:
    """Answer one request."""
    if answering is None:
        return {"id": request["id"], **said}
    try:
        outputs = {str(key): plain(value) for key, value in answering(request["inputs"]).items()}
    except BaseException as error:  # noqa: BLE001 - the model may raise whatever it likes
        return {"id": request["id"], **_told(error)}
    return {"id": request["id"], "outputs": outputs, **said}


def main(*words: str) -> None:
    """Answer until nobody asks; what the model prints goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    answering, said = loaded(*words)
    for line in sys.stdin:
        answer = answered(answering, said, json.loads(line))
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
