"""JSON Schema 2020-12 of the authored kinds, for editors and other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.kinds import kind_of
from weighbridge.model.authoring import API_VERSION
from weighbridge.model.authoring.base import TODO
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from weighbridge.model.authoring.base import Section

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMA_FILE = kind_of(ModelRelease).schema_file

_NOTES = frozenset({"title", "description", "default"})
_NULL = {"type": "null"}


def release_schema() -> dict[str, Any]:
    """Make the JSON Schema of `ModelRelease`."""
    return schema_of(ModelRelease)


def schema_of(model: type[Section]) -> dict[str, Any]:
    """Make the JSON Schema of an authored kind.

    `TODO` may stand where the validation lets it; what only the validation can tell (normal form
    of text, versions by scheme, values by their parameter's type, duplicate names, keys that do
    not go together) is not in it.
    """
    kind = kind_of(model)
    schema = model.model_json_schema(by_alias=True)
    _adapt(schema, drafts=kind.drafts)
    return {
        "$schema": DIALECT,
        "$id": f"https://{API_VERSION}/{kind.schema_file}",
        **schema,
        "title": kind.name,
    }


def _adapt(node: Any, *, drafts: bool) -> None:
    """Say what pydantic leaves out: where `TODO` may stand, and that other keys are refused."""
    if isinstance(node, list):
        for member in node:
            _adapt(member, drafts=drafts)
    elif isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for name, member in node.get("properties", {}).items():
            if drafts and _wants_todo(member):
                node["properties"][name] = _with_todo(member)
        for member in node.values():
            _adapt(member, drafts=drafts)


def _wants_todo(schema: dict[str, Any]) -> bool:
    """Tell whether `TODO` is legal there and not yet allowed: only what must be there is not.

    What has one value only (`apiVersion`, `kind`) says which schema this is.
    """
    options = schema.get("anyOf", [schema])
    if "const" in schema or any(_takes_any_text(option) for option in options):
        return False
    return _NULL in options or not any(_holds_members(option) for option in options)


def _takes_any_text(schema: dict[str, Any]) -> bool:
    if schema.keys() & {"$ref", "const", "enum", "pattern", "format"}:
        return False
    return bool(schema.get("type", "string") == "string")


def _holds_members(schema: dict[str, Any]) -> bool:
    return "$ref" in schema or schema.get("type") in ("array", "object")


def _with_todo(schema: dict[str, Any]) -> dict[str, Any]:
    todo = {"const": TODO}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], todo]}
    notes = {key: value for key, value in schema.items() if key in _NOTES}
    bare = {key: value for key, value in schema.items() if key not in _NOTES}
    return {**notes, "anyOf": [bare, todo]}
