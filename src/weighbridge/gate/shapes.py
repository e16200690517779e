"""What expressions may speak of: the shapes of the values they are given.

A shape says less than a schema: which fields there are, and which of them are text, integers or
booleans. It never judges a value; that is the schema's work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.policy.shapes import (
    ANY,
    BOOLEAN,
    INTEGER,
    TEXT,
    ListOf,
    MapOf,
    Record,
    Scalar,
    Shape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "ANY",
    "BOOLEAN",
    "INTEGER",
    "TEXT",
    "ListOf",
    "MapOf",
    "Record",
    "Scalar",
    "Shape",
    "shape_of_schema",
]

_SCALARS: dict[object, Shape] = {"boolean": BOOLEAN, "integer": INTEGER, "string": TEXT}
_REFERENCE = "#/$defs/"
_TODO = "TODO"


def shape_of_schema(json_schema: Mapping[str, object]) -> Shape:
    """Read the shape out of a JSON Schema 2020-12, as far as our own schemas use it.

    `null` and the placeholder `TODO` add nothing: a field that is not there is asked for by
    `has()`, and a sealed manifest holds no `TODO`. What may be of several shapes is `ANY`, and so
    is a definition inside itself. An object that allows other keys than it names is `MapOf(ANY)`.
    """
    definitions = json_schema.get("$defs", {})
    return _Reading(definitions if isinstance(definitions, dict) else {}).shape(json_schema)


class _Reading:
    """One schema being read; each definition is read once, so that it stays one shape."""

    def __init__(self, definitions: Mapping[str, object]) -> None:
        self._definitions = definitions
        self._known: dict[str, Shape] = {}

    def shape(self, schema: object) -> Shape:
        match schema:
            case {"$ref": str(reference)}:
                found = self._referenced(reference)
            case {"anyOf": list(options)} | {"oneOf": list(options)}:
                found = self._one_of(options)
            case {"const": value}:
                found = _shape_of_values([value])
            case {"enum": list(values)}:
                found = _shape_of_values(values)
            case {"type": list(kinds), **rest}:
                found = self._one_of([{**rest, "type": kind} for kind in kinds])
            case {"type": "array", **rest}:
                found = ListOf(self.shape(rest.get("items")))
            case {"type": "object", **rest}:
                found = self._object(rest)
            case {"type": kind}:
                found = _SCALARS.get(kind, ANY)
            case _:
                found = ANY
        return found

    def _referenced(self, reference: str) -> Shape:
        name = reference.removeprefix(_REFERENCE)
        if name not in self._known:
            self._known[name] = ANY  # what it is inside itself
            self._known[name] = self.shape(self._definitions.get(name))
        return self._known[name]

    def _one_of(self, options: Sequence[object]) -> Shape:
        shapes = [self.shape(option) for option in options if not _adds_nothing(option)]
        return shapes[0] if shapes and all(shape == shapes[0] for shape in shapes) else ANY

    def _object(self, schema: Mapping[object, object]) -> Shape:
        match schema:
            case {"properties": dict(fields)} if not schema.get("additionalProperties"):
                return Record({name: self.shape(field) for name, field in fields.items()})
            case {"properties": _}:
                return MapOf(ANY)
            case _:
                return MapOf(self._one_of(list(_member_schemas(schema))))


def _member_schemas(schema: Mapping[object, object]) -> Iterator[object]:
    patterns = schema.get("patternProperties")
    if isinstance(patterns, dict):
        yield from patterns.values()
    others = schema.get("additionalProperties", True)
    if others is not False:
        yield others


def _adds_nothing(option: object) -> bool:
    return option in ({"type": "null"}, {"const": _TODO})


def _shape_of_values(values: Sequence[object]) -> Shape:
    kinds: dict[type, Shape] = {bool: BOOLEAN, int: INTEGER, str: TEXT}
    shapes = {kinds.get(type(value), ANY) for value in values if value is not None}
    return shapes.pop() if len(shapes) == 1 else ANY


def shape_of_value(value: object) -> Shape:
    """Say what the shape of a value is, for what is to be of the same: a threshold."""
    if isinstance(value, list):
        members = [shape_of_value(member) for member in value]
        alike = bool(members) and all(member == members[0] for member in members)
        return ListOf(members[0] if alike else ANY)
    if isinstance(value, dict):
        return MapOf(ANY)
    return _shape_of_values([value])
