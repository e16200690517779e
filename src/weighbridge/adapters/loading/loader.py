"""Load a model as its framework would: run inside the sandbox, by whichever Python was named.

    python -I loader.py LOADER FILE [MODULE…]

One line of JSON says what came of it. With `-` for the file a harmless object is written and loaded
instead, after the modules were imported: what that does is what any loading does. Nothing of
weighbridge is imported here, and nothing this program says is believed: the trace is.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import pickle
import sys
from pathlib import Path
from typing import Any

HARMLESS = "/tmp/harmless"  # noqa: S108 - inside the sandbox, gone with it


def by_pickle(path: str) -> None:
    """Load a pickle, and those that follow it in the file."""
    if path == "-":
        path = HARMLESS
        Path(path).write_bytes(pickle.dumps({"weight": [0.5, 0.25]}))
    with Path(path).open("rb") as file:
        while file.read(1):
            file.seek(-1, 1)
            pickle.load(file)  # noqa: S301, TID251 - what it does is what is to be seen


def by_joblib(path: str, joblib: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Load with joblib."""
    if path == "-":
        path = HARMLESS
        joblib.dump({"weight": [0.5, 0.25]}, path)
    joblib.load(path)


def by_numpy(path: str, numpy: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Load an array, pickled objects included."""
    if path == "-":
        path = f"{HARMLESS}.npy"
        numpy.save(path, numpy.array([{"weight": 0.5}], dtype=object), allow_pickle=True)
    found = numpy.load(path, allow_pickle=True)
    for name in getattr(found, "files", ()):
        found[name]


def by_torch(path: str, torch: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Load with torch, as it did by default for years."""
    if path == "-":
        path = HARMLESS
        torch.save({"weight": torch.zeros(2)}, path)
    torch.load(path, weights_only=False, map_location="cpu")


def by_torch_script(path: str, torch: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Load a TorchScript module."""
    if path != "-":
        torch.jit.load(path, map_location="cpu")


def by_keras(path: str, keras: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Load with Keras, lambdas included."""
    if path != "-":
        keras.models.load_model(path, compile=False, safe_mode=False)


def by_onnx(path: str, onnxruntime: Any) -> None:  # noqa: ANN401 - a module nobody need have
    """Open a session."""
    if path != "-":
        onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


LOADERS: dict[str, tuple[str, Any]] = {
    "joblib": ("joblib", by_joblib),
    "keras": ("keras", by_keras),
    "numpy": ("numpy", by_numpy),
    "onnxruntime": ("onnxruntime", by_onnx),
    "torch": ("torch", by_torch),
    "torch-script": ("torch", by_torch_script),
}
"""Name of a loader to its framework and what it does; `pickle` needs none."""


def main(what: str, path: str, *modules: str) -> dict[str, str]:
    """Load a file; return what came of it."""
    framework, load = LOADERS.get(what, ("", by_pickle))
    given = []
    if framework:
        try:
            given = [importlib.import_module(framework)]
        except ImportError:
            return {"missing": framework}
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    try:
        load(path, *given)
    except BaseException as error:  # noqa: BLE001 - the file may raise whatever it likes
        return {"failed": f"{type(error).__name__}: {error}"[:500]}
    return {"loaded": what}


if __name__ == "__main__":
    said = main(*sys.argv[1:])
    sys.stdout.write("\n" + json.dumps(said) + "\n")
