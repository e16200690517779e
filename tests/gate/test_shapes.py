from __future__ import annotations

import pytest

from weighbridge.codec.schemas import release_schema
from weighbridge.gate.shapes import (
    ANY,
    BOOLEAN,
    INTEGER,
    TEXT,
    ListOf,
    MapOf,
    Record,
    Shape,
    shape_of_schema,
    shape_of_value,
)


def at(shape: Shape, *path: str) -> Shape:
    """Go down by field; `*` is a member of a list or map."""
    for step in path:
        if step == "*":
            assert isinstance(shape, ListOf | MapOf)
            shape = shape.member
        else:
            assert isinstance(shape, Record)
            shape = shape.fields[step]
    return shape


@pytest.mark.parametrize(
    ("schema", "shape"),
    [
        ({"type": "string"}, TEXT),
        ({"type": "integer"}, INTEGER),
        ({"type": "boolean"}, BOOLEAN),
        ({"type": "number"}, ANY),
        ({"type": "null"}, ANY),
        ({}, ANY),
        ({"const": "v1"}, TEXT),
        ({"const": True}, BOOLEAN),
        ({"enum": ["low", "high"]}, TEXT),
        ({"enum": [1, 2, None]}, INTEGER),
        ({"enum": [1, "two"]}, ANY),
        ({"enum": [1.5]}, ANY),
        ({"type": ["string", "null"]}, TEXT),
        ({"type": ["string", "integer"]}, ANY),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}, {"const": "TODO"}]}, INTEGER),
        ({"oneOf": [{"type": "string"}, {"pattern": "x", "type": "string"}]}, TEXT),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, ANY),
        ({"anyOf": [{"type": "null"}]}, ANY),
        ({"type": "array", "items": {"type": "string"}}, ListOf(TEXT)),
        ({"type": "array"}, ListOf(ANY)),
        ({"type": "object"}, MapOf(ANY)),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, MapOf(INTEGER)),
        (
            {
                "type": "object",
                "patternProperties": {"^x": {"type": "string"}},
                "additionalProperties": False,
            },
            MapOf(TEXT),
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            Record({"a": TEXT}),
        ),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "additionalProperties": True,
            },
            MapOf(ANY),
        ),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"type": "integer"}}}, INTEGER),
        ({"$ref": "#/$defs/Gone", "$defs": {}}, ANY),
        ({"$ref": "#/$defs/A", "$defs": 1}, ANY),
    ],
)
def test_shape_of_schema(schema: dict[str, object], shape: Shape) -> None:
    assert shape_of_schema(schema) == shape


def test_a_definition_inside_itself_is_anything() -> None:
    node = {"type": "object", "properties": {"child": {"$ref": "#/$defs/Node"}}}
    assert shape_of_schema({"$ref": "#/$defs/Node", "$defs": {"Node": node}}) == Record(
        {"child": ANY}
    )


def test_a_definition_used_twice_is_one_shape() -> None:
    fields = {"a": {"$ref": "#/$defs/P"}, "b": {"$ref": "#/$defs/P"}}
    shape = shape_of_schema(
        {"type": "object", "properties": fields, "$defs": {"P": {"type": "object"}}}
    )
    assert at(shape, "a") is at(shape, "b")


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (("metadata", "name"), TEXT),
        (("metadata", "risk"), TEXT),
        (("metadata", "labels"), MapOf(TEXT)),
        (("spec", "source", "dirty"), BOOLEAN),
        (("spec", "artifacts", "*", "size"), INTEGER),
        (("spec", "artifacts", "*", "digest"), TEXT),
        (("spec", "parameters", "*", "value"), ANY),
        (("spec", "parameters", "*", "unit"), TEXT),
        (("spec", "governance", "approvers", "min"), INTEGER),
    ],
)
def test_the_manifest_has_shapes(path: tuple[str, ...], shape: Shape) -> None:
    assert at(shape_of_schema(release_schema()), *path) == shape


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("a", TEXT),
        (1, INTEGER),
        (True, BOOLEAN),
        (["a", "b"], ListOf(TEXT)),
        (["a", 1], ListOf(ANY)),
        ([], ListOf(ANY)),
        ([[1]], ListOf(ListOf(INTEGER))),
        ({"a": 1}, MapOf(ANY)),
    ],
)
def test_a_threshold_is_of_the_shape_of_its_default(value: object, shape: Shape) -> None:
    assert shape_of_value(value) == shape
