from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.field_cases import FIELDS, concrete
from tests.codec.samples import EXAMPLE, MINIMAL, digest_of, full_data, with_value
from tests.codec.scalar_strategies import LARGEST
from tests.codec.strategies import RELEASES, written
from weighbridge.codec.canonical import (
    NotCanonicalError,
    canonical_bytes,
    digest,
    section_digests,
)
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import release_digest, resolved, sealed_bytes, set_keys
from weighbridge.codec.sections import SECTIONS
from weighbridge.model.release import ModelRelease, Spec

FULL = full_data()

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=30,
)


@given(VALUES)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:  # noqa: ANN401 - JSON
    seen = canonical_bytes(value)
    assert seen == rfc8785.dumps(value)
    assert (
        seen
        == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )


@pytest.mark.parametrize(
    "value",
    [1.0, 0.5, float("nan"), 2**53, -(2**53), Decimal(1), b"x", (1,), {1: 2}, {"é": 1},
     {"a": [{"b": 2**53}]}, [[1.5]], "\ud800", {"a": "\udc00"}, {"\ud800": 1}, {None: 1}, object()],
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(NotCanonicalError) as raised:
        canonical_bytes(value)
    assert str(raised.value)


def test_values_too_deep_to_be_written_are_refused() -> None:
    value: list[Any] = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(NotCanonicalError):
        canonical_bytes(value)


def test_a_digest_names_its_algorithm() -> None:
    empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest(b"") == empty


def test_each_section_has_a_digest_of_its_own() -> None:
    """What the example does not have has none."""
    release, _ = read_release(EXAMPLE.encode(), "f")
    sections = section_digests(resolved(release))
    assert list(sections) == sorted(set(SECTIONS) - {"build", "lineage", "card"})
    assert sections["model"] == digest(
        canonical_bytes({"model": resolved(release)["spec"]["model"]})
    )
    other, _ = read_release(EXAMPLE.replace("risk: medium", "risk: high").encode(), "f")
    changed = section_digests(resolved(other))
    assert [name for name in sections if sections[name] != changed[name]] == ["metadata"]


def test_equal_values_under_other_names_have_other_digests() -> None:
    sections = section_digests({"metadata": {}, "spec": {"a": {"x": 1}, "b": {"x": 1}}})
    assert len(set(sections.values())) == 3


@given(st.data())
def test_the_way_of_writing_does_not_change_the_digest(data: st.DataObject) -> None:
    release = data.draw(RELEASES)
    reference = digest_of(json.dumps(release))
    text = data.draw(written(release))
    assert digest_of(text) == reference
    assert digest_of(text.replace("\n", "\r\n")) == reference
    assert digest_of("\ufeff" + text) == reference


@given(st.data())
def test_the_order_of_a_set_does_not_change_the_digest(data: st.DataObject) -> None:
    release = data.draw(RELEASES)
    reference = digest_of(json.dumps(release))
    for path in set_keys(ModelRelease):
        *way, last = path.split("/")[1:]
        node = release
        for part in way:
            node = node.get(part, {})
        if last in node:
            node[last] = data.draw(st.permutations(node[last]))
    assert digest_of(json.dumps(release)) == reference


@given(RELEASES)
def test_sealed_bytes_read_back_to_themselves(data: dict[str, Any]) -> None:
    release, _ = read_release(json.dumps(data).encode(), "f")
    sealed = sealed_bytes(release)
    again, document = read_release(sealed, "manifest.json")
    assert sealed_bytes(again) == sealed
    assert document.data == resolved(again)
    assert release_digest(again) == digest(sealed)


@pytest.mark.parametrize("path", [path for path in FIELDS if path not in {"apiVersion", "kind"}])
def test_a_changed_value_changes_the_digest(path: str) -> None:
    at = concrete(path)
    legal = [value for form in FIELDS[path] for value in form.accepted if value != "TODO"]
    digests = [digest_of(with_value(FULL, at, value)) for value in legal]
    base = digest_of(json.dumps(FULL))
    assert not legal or len({base, *digests}) > 1


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("spec.rollout.steps", "[{weight: 1}, {weight: 2}]", "[{weight: 2}, {weight: 1}]"),
        ("spec.governance.creators", "[a, b]", "[b, a]"),
        ("spec.parameters.max_batch_size.enum", "[1, 2]", "[2, 1]"),
        ("metadata.labels", "{a: e\u0301}", "{a: é}"),
        ("metadata.labels", '{a: ""}', "{}"),
        ("spec.artifacts.0.path", "e\u0301", "é"),
        ("spec.source.dirty", "false", "null"),
        ("spec.artifacts.0.size", "0", "null"),
        ("spec.parameters.x", "{type: array, value: []}", "{type: array}"),
        ("spec.parameters.x", "{type: string, value: ''}", "{type: string}"),
        ("spec.parameters.x", "{type: object, value: {a: null}}", "{type: object, value: {}}"),
        ("spec.parameters.x", "{type: string, value: '1'}", "{type: number, value: '1'}"),
        ("spec.parameters.x", "{type: array, value: [1]}", "{type: array, value: ['1']}"),
        ("spec.parameters.x", "{type: array, value: [1]}", "{type: array, value: [true]}"),
    ],
)
def test_what_differs_in_meaning_differs_in_digest(path: str, first: str, second: str) -> None:
    assert digest_of(with_value(FULL, path, first)) != digest_of(with_value(FULL, path, second))


def test_the_smallest_manifest_seals_to_these_bytes() -> None:
    release, _ = read_release(MINIMAL.encode(), "f")
    assert sealed_bytes(release) == (
        b'{"apiVersion":"weighbridge.dev/v1","kind":"ModelRelease",'
        b'"metadata":{"name":"file-type-detector","owner":{"team":"content-safety"},'
        b'"version":"1.4.0"},"spec":{"artifacts":[{"name":"model","path":"model.onnx",'
        b'"role":"weights"}],"dependencies":{"runtime":{"format":"requirements",'
        b'"lock":"requirements.lock"}},"environment":{"runtime":{"implementation":"cpython",'
        b'"version":"3.11.7"}},"model":{"name":"file-type-detector"}}}'
    )


def test_the_sets_are_these() -> None:
    assert set_keys(ModelRelease) == {
        "/spec/artifacts": "name",
        "/spec/build/environment": "name",
        "/spec/build/seeds": "name",
        "/spec/compatibility/targets": "name",
        "/spec/dependencies/sources": "name",
        "/spec/environment/os/packages": "name",
        "/spec/environment/system/sysctls": "name",
        "/spec/environment/system/ulimits": "name",
        "/spec/externalServices": "name",
        "/spec/failureModes": "id",
        "/spec/lineage/datasets": "ref",
        "/spec/lineage/parents": "ref",
        "/spec/observability/alerts": "alert",
        "/spec/observability/metrics/expected": "name",
        "/spec/observability/slos": "name",
        "/spec/rollout/analysis": "name",
    }


# RFC 8785, sections 3.2.2 and 3.2.3: its own examples, and what it prints of them.
RFC_STRING = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
RFC_RESULT = bytes.fromhex(
    "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333"
    "333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22"
    "e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
)
RFC_KEYS = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]


def test_the_examples_of_the_standard_have_its_bytes() -> None:
    """But for the two parts a manifest cannot have: floats, and keys beyond ASCII."""
    numbers = [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27]
    whole: dict[str, Any] = {
        "numbers": numbers,
        "string": RFC_STRING,
        "literals": [None, True, False],
    }
    assert rfc8785.dumps(whole) == RFC_RESULT
    with pytest.raises(NotCanonicalError, match="float"):
        canonical_bytes(whole)
    del whole["numbers"]
    start, end = RFC_RESULT.index(b',"numbers"'), RFC_RESULT.index(b',"string"')
    assert canonical_bytes(whole) == RFC_RESULT[:start] + RFC_RESULT[end:]
    for key in RFC_KEYS:
        if key.isascii():
            assert canonical_bytes({key: "x"}) == rfc8785.dumps({key: "x"})
        else:
            with pytest.raises(NotCanonicalError, match="not ASCII"):
                canonical_bytes({key: "x"})


def test_the_sections_are_those_of_the_classes() -> None:
    fields = [field.alias or name for name, field in Spec.model_fields.items()]
    assert list(SECTIONS) == ["metadata", *fields]
