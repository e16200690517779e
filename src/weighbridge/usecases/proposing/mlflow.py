"""An MLflow model directory: the file `MLmodel` and what it names.

Format: mlflow.models.Model.to_dict, read without MLflow. Pickles it names are listed, not loaded.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.base import TODO
from weighbridge.usecases.proposing import mlflow_signature
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import mapping, patch_level, text, version
from weighbridge.usecases.surveying import companion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.usecases.proposing.folder import Folder

MODEL = "MLmodel"
_PYTHON = "python_function"
# A flavour is called after a module; these distributions are called otherwise.
_DISTRIBUTIONS = {
    "pytorch": "torch",
    "sentence_transformers": "sentence-transformers",
    "sklearn": "scikit-learn",
}
_VERSIONS = {"lightgbm": "lgb_version", "xgboost": "xgb_version"}
_TEXTS = (".json", ".md", ".txt", ".yaml", ".yml")
_ANNOTATIONS = ("run_id", "model_uuid", "model_id", "mlflow_version")


def recognise(folder: Folder) -> Partial | None:
    """Read an MLflow model directory; None if it is none."""
    model = folder.mapping(MODEL) if folder.kind(MODEL) == "file" else {}
    flavors = mapping(model.get("flavors"))
    if not flavors:
        return None
    declared = mapping(model.get("signature"))
    interface = mlflow_signature.signature(folder, MODEL, declared)
    parameters = mlflow_signature.parameters(folder, MODEL, declared)
    document = {
        "metadata": {"annotations": _annotations(model)},
        "spec": {
            "model": _framework(flavors),
            "signature": interface,
            "environment": {"runtime": _runtime(mapping(flavors.get(_PYTHON)))},
            "parameters": parameters,
        },
    }
    return Partial(
        looks_like="an MLflow model",
        document=document,
        found=tuple(_found(folder, model, interface, parameters)),
        roles={**dict(_files(folder, flavors)), folder.at(MODEL): "schema"},
    )


def _annotations(model: dict[str, Any]) -> dict[str, str]:
    return {f"mlflow.org/{key}": text(model[key]) for key in _ANNOTATIONS if model.get(key)}


def _framework(flavors: dict[str, Any]) -> dict[str, str]:
    """Name the framework by the flavour beside `python_function`; several say nothing."""
    own = [name for name in flavors if name != _PYTHON]
    if len(own) != 1:
        return {}
    name = own[0]
    flavor = mapping(flavors[name])
    key = _VERSIONS.get(name, f"{name}_version")
    return {
        "framework": text(_DISTRIBUTIONS.get(name, name)),
        "frameworkVersion": version(flavor.get(key)),
    }


def _runtime(python: dict[str, Any]) -> dict[str, str]:
    """Say the Python the model was logged under; what is not said to the patch is to do."""
    if not python.get("python_version"):
        return {}
    return {"version": patch_level(python["python_version"]) or TODO}


def _found(
    folder: Folder, model: dict[str, Any], interface: dict[str, Any], parameters: dict[str, Any]
) -> Iterator[str]:
    if interface:
        yield f"signature: {folder.at(MODEL)}"
    if parameters:
        yield f"parameters: {folder.at(MODEL)}"
    example = text(mapping(model.get("saved_input_example_info")).get("artifact_path"))
    if example and folder.kind(example) == "file":
        yield f"input example: {folder.at(example)}; without its answer it is no golden input"


def _files(folder: Folder, flavors: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List the files the flavours name, and those below the folders they name."""
    for flavor in map(mapping, flavors.values()):
        for key, name in _named(flavor):
            kind = folder.kind(name)
            if kind == "directory":
                for path in folder.files(name):
                    yield path, _role(key, path)
            elif kind == "file":
                # A file that is named is what it is named as, whatever it is called.
                is_code = key == "code" or name.endswith(".py")
                yield folder.at(name), "code" if is_code else "weights"


def _named(flavor: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """List the values that may be paths: data, code, what a Python model carries, tokenizers."""
    yield from ((key, text(value)) for key, value in flavor.items() if isinstance(value, str))
    for entry in mapping(flavor.get("artifacts")).values():
        yield "artifact", text(mapping(entry).get("path"))
    if flavor.get("components"):
        yield "components", "components"


def _role(key: str, path: str) -> str:
    if key == "code" or path.endswith(".py"):
        return "code"
    known = companion(posixpath.basename(path))
    return known or ("schema" if path.lower().endswith(_TEXTS) else "weights")
