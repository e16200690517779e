"""JSON Schema 2020-12 of the authored kinds, for editors and other programs."""

from __future__ import annotations

from typing import Any

from weighbridge.model.release import API_VERSION, KIND, ModelRelease

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = "model-release.schema.json"


def release_schema() -> dict[str, Any]:
    """Make the JSON Schema of `ModelRelease`.

    Every scalar may also be the text `TODO`, as the validation has it; what only the validation
    can tell (normal form of text, versions by scheme, duplicate names) is not in the schema.
    """
    schema = ModelRelease.model_json_schema(by_alias=True)
    _allow_todo(schema)
    return {
        "$schema": DIALECT,
        "$id": f"https://{API_VERSION}/{SCHEMA_FILE}",
        **schema,
        "title": KIND,
    }


def _allow_todo(node: Any) -> None:
    """Let `TODO` stand where a scalar of a stricter form is wanted."""
    if isinstance(node, list):
        for member in node:
            _allow_todo(member)
    elif isinstance(node, dict):
        for name, member in node.get("properties", {}).items():
            node["properties"][name] = _with_todo(name, member)
        for member in node.values():
            _allow_todo(member)


_EXACT = frozenset({"apiVersion", "kind"})


def _with_todo(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    options = schema.get("anyOf", [schema])
    strict = [option for option in options if _is_strict_scalar(option)]
    if not strict or (name in _EXACT and "const" in schema):
        return schema
    notes = {key: schema[key] for key in ("title", "description", "default") if key in schema}
    bare = {key: value for key, value in schema.items() if key not in notes}
    return {**notes, "anyOf": [*bare.get("anyOf", [bare]), {"const": "TODO"}]}


def _is_strict_scalar(schema: dict[str, Any]) -> bool:
    if "enum" in schema or "const" in schema:
        return True
    kind = schema.get("type")
    return kind in ("integer", "boolean") or (kind == "string" and "pattern" in schema)
