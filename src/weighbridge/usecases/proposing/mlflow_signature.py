"""An MLflow signature: schemas of columns or tensors, as JSON text inside the YAML of MLmodel.

Format: mlflow.types.schema (`ColSpec`, `TensorSpec`, `ParamSpec`), read without MLflow.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.model.authoring.base import TODO
from weighbridge.usecases.proposing import tensors
from weighbridge.usecases.proposing.values import mapping, text

if TYPE_CHECKING:
    from weighbridge.usecases.proposing.folder import Folder

MOST_ENTRIES = 2_000
_PARAMETERS = {
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "string": "string",
    "datetime": "string",
}
_LARGEST = 2**53 - 1


def signature(folder: Folder, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Translate inputs and outputs; names and types MLflow leaves open are TODO."""
    sides = {side: _entries(folder, name, found.get(side)) for side in ("inputs", "outputs")}
    return {side: list(map(_tensor, entries)) for side, entries in sides.items() if entries}


def parameters(folder: Folder, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Translate the parameters of inference: their types and their defaults."""
    translated: dict[str, Any] = {}
    for entry in _entries(folder, name, found.get("params")):
        key = text(entry.get("name"))
        kind = _PARAMETERS.get(text(entry.get("type") or entry.get("dtype")), "")
        if not key or not (key.isascii() and " " not in key):
            continue
        if entry.get("shape") is not None:
            kind = "array"
        default = _plain(entry.get("default"))
        translated[key] = {
            "kind": "inference",
            "type": kind or TODO,
            # It runs with the default until somebody says otherwise, and nothing is implicit.
            **({"value": default, "default": default} if default is not None else {}),
        }
    return translated


def _entries(folder: Folder, name: str, value: object) -> list[dict[str, Any]]:
    """Read one schema; older releases of MLflow write lists, newer ones JSON text."""
    listed = folder.json(value, name) if isinstance(value, str) else value
    if not isinstance(listed, list):
        return []
    if len(listed) > MOST_ENTRIES:
        folder.note(name, f"{len(listed) - MOST_ENTRIES} more inputs or outputs are left out")
    entries = [entry for entry in listed[:MOST_ENTRIES] if isinstance(entry, dict)]
    names = [text(entry.get("name")) for entry in entries]
    if len({name for name in names if name}) < len([name for name in names if name]):
        folder.note(name, "two inputs or outputs have the same name")
        return []
    return entries


def _tensor(entry: dict[str, Any]) -> dict[str, Any]:
    named = text(entry.get("name")) or TODO
    inner = mapping(entry.get("tensor-spec"))
    if inner:
        shape = tensors.shape(inner.get("shape"))
        return {"name": named, "dtype": tensors.numpy(text(inner.get("dtype"))), **shape}
    # A column has a value a row; of an array, every level adds a dimension.
    kind, rank = entry, 1
    while text(kind.get("type")) == "array" and rank < tensors.MOST_DIMENSIONS:
        kind, rank = mapping(kind.get("items")), rank + 1
    dtype = tensors.MLFLOW.get(text(kind.get("type")))
    if dtype is None:
        return {"name": named, "dtype": TODO}
    return {"name": named, "dtype": dtype, "shape": [-1] * rank}


def _plain(value: object) -> object:
    """Keep a default a manifest can hold; decimals are text there."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else None
    if isinstance(value, list):
        kept = [_plain(member) for member in value]
        return None if None in kept else kept
    return text(value) or None
