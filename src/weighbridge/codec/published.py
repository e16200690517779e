"""The JSON Schemas editors are given: a manifest over a template may leave out what that one says.

A manifest that extends a template is a merge patch: nothing in it is required, null takes a key
out, and `$remove` a member of a list. What is missing in the end, the validation tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.kinds import KINDS
from weighbridge.codec.layers import MEMBER_KEYS, REMOVE
from weighbridge.codec.schemas import DIALECT, release_schema, schema_of
from weighbridge.model.authoring import API_VERSION
from weighbridge.model.environment import Environment
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.release import ModelRelease
from weighbridge.model.rule_pack import RulePack
from weighbridge.model.template import ReleaseTemplate

if TYPE_CHECKING:
    from weighbridge.model.authoring.base import Section

MODELS: dict[str, type[Section]] = {
    model.__name__: model
    for model in (ModelRelease, ReleaseTemplate, PromotionPolicy, Environment, RulePack)
}
"""The class of every authored kind, by its name."""

_ABOUT = ("$schema", "$id", "$defs", "title")
_REFERENCE = "#/$defs/"
_PART = ".part"


def published_schema(name: str) -> dict[str, Any]:
    """Make the JSON Schema (2020-12) of an authored kind, as editors are given it.

    Args:
        name: The kind, such as `ModelRelease`.
    """
    if name == ModelRelease.__name__:
        return _release_schema()
    schema = schema_of(MODELS[name])
    if name == ReleaseTemplate.__name__:
        _, parts = _parts()
        spec = schema["$defs"]["Spec"]["properties"]["release"]
        schema["$defs"]["Spec"]["properties"]["release"] = {
            "description": spec["description"],
            "type": "object",
            "properties": {
                key: {"$ref": f"{_REFERENCE}{key.capitalize()}{_PART}"}
                for key in ("metadata", "spec")
            },
            "additionalProperties": False,
        }
        schema["$defs"].update(parts)
    return schema


def _release_schema() -> dict[str, Any]:
    """Make the schema of manifests: whole ones, and those that extend a template."""
    whole = release_schema()
    overlay, parts = _parts()
    own = {key: value for key, value in whole.items() if key not in _ABOUT}
    overlay["required"] = ["apiVersion", "kind", "extends"]
    return {
        "$schema": DIALECT,
        "$id": f"https://{API_VERSION}/{KINDS[ModelRelease.__name__].schema_file}",
        "title": ModelRelease.__name__,
        "if": {"type": "object", "required": ["extends"]},
        "then": {"$ref": f"{_REFERENCE}Overlay"},
        "else": {"$ref": f"{_REFERENCE}Whole"},
        "$defs": {"Whole": own, "Overlay": overlay, **whole["$defs"], **parts},
    }


def _parts() -> tuple[dict[str, Any], dict[str, Any]]:
    """Make the schema of a merge patch over a manifest, and the definitions it refers to."""
    whole = release_schema()
    overlay = {key: value for key, value in whole.items() if key not in _ABOUT}
    parts = {f"{name}{_PART}": _part(schema) for name, schema in whole["$defs"].items()}
    return _part(overlay), parts


def _part(node: Any) -> Any:
    """Turn the schema of a whole into that of a part of it."""
    if isinstance(node, list):
        return [_part(member) for member in node]
    if not isinstance(node, dict):
        return node
    part = {key: _part(value) for key, value in node.items() if key not in ("required", "minItems")}
    if isinstance(node.get("$ref"), str):
        part["$ref"] = node["$ref"] + _PART
    if isinstance(node.get("properties"), dict):
        fields = {key: _or_null(value) for key, value in part["properties"].items()}
        if any(key in fields for key in MEMBER_KEYS):
            fields[REMOVE] = {"const": True, "description": "Takes the member out."}
        part["properties"] = fields
    return part


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Let null stand there too: it takes the key out."""
    null = {"type": "null"}
    if "const" in schema:
        return schema
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], null]}
    notes: dict[str, Any] = {
        key: schema[key] for key in ("description", "default", "title") if key in schema
    }
    bare = {key: value for key, value in schema.items() if key not in notes}
    return {**notes, "anyOf": [bare, null]}
