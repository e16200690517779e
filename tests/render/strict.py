"""Schemas of custom kinds made strict: as published they close nothing, and a typo passes.

Kubernetes' API server drops what a schema does not name. Here an object with properties takes no
others, unless its schema says that it keeps what it does not know.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEEPS = "x-kubernetes-preserve-unknown-fields"
EITHER = "x-kubernetes-int-or-string"
ABOUT = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"},
        "namespace": {"type": "string"},
        "labels": {
            "type": "object",
            "additionalProperties": {
                "type": "string",
                "maxLength": 63,
                "pattern": r"^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$",
            },
        },
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
"""What objects say of themselves (ObjectMeta), which schemas of custom kinds leave open."""


def closed(schema: object) -> object:
    """Close every object of a schema that names properties and does not say it takes others."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        key: {name: closed(one) for name, one in value.items()}
        if key in ("properties", "patternProperties")
        else closed(value)
        for key, value in schema.items()
    }
    if "properties" in made and not made.get(KEEPS):
        made.setdefault("additionalProperties", False)
    if made.get(EITHER):
        made.pop("type", None)
    return made


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Make the published schema of a kind strict."""
    made = closed(schema)
    assert isinstance(made, dict)
    return {**made, "properties": {**made["properties"], "metadata": ABOUT}}


@functools.cache
def schemas() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the strict schemas of the acceptance cases, by API and kind; none without them."""
    folder = Path(os.environ.get("WEIGHBRIDGE_CASES", "/nonexistent")) / "crds"
    found = {}
    for path in sorted(folder.glob("*/*.json")):
        kind, version = path.stem.split("_")
        schema = json.loads(path.read_text(encoding="utf-8"))
        found[f"{path.parent.name}/{version}", kind] = strict(schema)
    return found


def complaints(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with an object."""
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        yield f"{document['kind']}{error.json_path.removeprefix('$')}: {error.message}"
