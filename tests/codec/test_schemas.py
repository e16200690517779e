from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from jsonschema_rs import Draft202012Validator as FastValidator

from tests.codec.field_cases import FIELDS, cases, concrete
from tests.codec.samples import (
    EXAMPLE,
    MINIMAL,
    data_with_value,
    document_data,
    faults_of,
    full_data,
    with_value,
)
from tests.codec.strategies import RELEASES
from weighbridge.codec.schemas import release_schema

SCHEMA = release_schema()
VALIDATOR = FastValidator(SCHEMA)  # asked thousands of times
FULL = full_data()


def accepts(data: object) -> bool:
    return VALIDATOR.is_valid(_as_json(data))


def _as_json(value: Any) -> Any:  # noqa: ANN401 - a tree
    """Bring a document's values into those a JSON reader would have."""
    if isinstance(value, dict):
        return {key: _as_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_json(member) for member in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "https://weighbridge.dev/v1/model-release.schema.json"
    assert SCHEMA["title"] == "ModelRelease"


def test_it_is_the_same_every_time() -> None:
    assert release_schema() == SCHEMA
    assert list(release_schema()) == list(SCHEMA)


def test_it_accepts_the_samples() -> None:
    slow = Draft202012Validator(SCHEMA)
    for text in (MINIMAL, EXAMPLE):
        assert accepts(document_data(text))
        assert slow.is_valid(_as_json(document_data(text)))
    assert accepts(FULL)


@pytest.mark.parametrize(("path", "values"), cases("accepted"))
def test_it_accepts_what_the_validation_accepts(path: str, values: tuple[str, ...]) -> None:
    for written in values:
        assert accepts(data_with_value(FULL, path, written)), written


# A JSON reader knows neither the difference of `1` and `1.0` nor text before its normal form.
@pytest.mark.parametrize(("path", "values"), cases("refused"))
def test_it_refuses_what_the_validation_refuses(path: str, values: tuple[str, ...]) -> None:
    for written in values:
        assert not accepts(data_with_value(FULL, path, written)), written


@pytest.mark.parametrize("path", [concrete(path) for path in FIELDS if "." in path])
def test_it_refuses_typos(path: str) -> None:
    way, _, key = path.rpartition(".")
    if way in {"spec.parameters", "metadata.labels"}:
        way, key = f"{way}.max_batch_size", "adjustWhen"
    assert not accepts(data_with_value(FULL, f"{way}.{key}x", "1"))


@pytest.mark.slow
@given(RELEASES)
def test_it_accepts_every_release(data: dict[str, Any]) -> None:
    assert accepts(data)


def test_every_field_is_described() -> None:
    sections = [SCHEMA, *SCHEMA["$defs"].values()]
    for section in sections:
        assert section["additionalProperties"] is False
        assert section["description"].endswith((".", "…"))
        for name, field in section["properties"].items():
            # Where it would say the same as the section it refers to, that one says it.
            assert field.get("description") or "$ref" in field, name


def test_sets_are_marked() -> None:
    assert SCHEMA["$defs"]["Spec"]["properties"]["artifacts"]["x-set"] == "name"
    assert SCHEMA["$defs"]["Rollout"]["properties"]["analysis"]["x-set"] == "name"


@pytest.mark.parametrize("path", ["apiVersion", "kind"])
def test_what_names_the_document_cannot_be_todo(path: str) -> None:
    data = with_value(FULL, path, "TODO")
    assert not accepts(document_data(data))
    assert faults_of(data)
