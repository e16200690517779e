from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.bundle.test_bundle import make
from weighbridge.codec.bundle import BundleError, bundle_bytes, bundle_digest, read_bundle
from weighbridge.codec.bundle.speech import read_speech, speech_tree
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.policy.shapes import (
    ANY,
    BOOLEAN,
    INTEGER,
    TEXT,
    ListOf,
    MapOf,
    Record,
    Shape,
    common,
    common_fields,
)

NAMES = st.sampled_from(["a", "b", "c"])
SHAPES = st.recursive(
    st.sampled_from([ANY, BOOLEAN, INTEGER, TEXT]),
    lambda inner: st.one_of(
        st.builds(ListOf, inner),
        st.builds(MapOf, inner),
        st.builds(Record, st.dictionaries(NAMES, inner, max_size=3)),
    ),
    max_leaves=8,
)
SPEECH = {"release": Record({"size": INTEGER}), "now": TEXT}


def test_what_expressions_were_checked_against_is_part_of_the_digest() -> None:
    made = make(speech=SPEECH)
    assert read_bundle(bundle_bytes(made)) == made
    assert len({bundle_digest(one) for one in (made, make(), make(speech={"now": TEXT}))}) == 3


def test_a_bundle_of_old_does_not_say_it() -> None:
    assert "speech" not in json.loads(bundle_bytes(make()))
    assert read_bundle(bundle_bytes(make())).speech == {}


@given(st.dictionaries(NAMES, SHAPES, max_size=3))
def test_shapes_are_read_as_they_were_written(speech: dict[str, Shape]) -> None:
    assert read_speech(json.loads(json.dumps(speech_tree(speech)))) == speech


@pytest.mark.parametrize(
    "speech",
    [
        [],
        "text",
        {"now": "txt"},
        {"now": None},
        {"now": ["text", "text"]},
        {"now": []},
        {"now": {"*": "text", "a": "text"}},
        {"now": {"a": {"b": 1}}},
    ],
)
def test_what_is_no_shape_is_refused(speech: Any) -> None:  # noqa: ANN401 - any plain values
    tree = json.loads(bundle_bytes(make(speech=SPEECH)))
    with pytest.raises(BundleError):
        read_bundle(canonical_bytes({**tree, "speech": speech}))


def test_shapes_are_not_nested_for_ever() -> None:
    deep: Any = "text"
    for _ in range(40):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        read_speech({"now": deep})


@given(SHAPES, SHAPES)
def test_what_two_shapes_have_in_common_is_in_both(one: Shape, other: Shape) -> None:
    found = common(one, other)
    assert common(one, one) == one
    assert found == common(other, one)
    if found is not None:
        assert common(found, one) == found == common(found, other)


def test_a_field_of_another_kind_is_in_neither() -> None:
    before: dict[str, Shape] = {
        "a": TEXT,
        "b": ListOf(Record({"c": TEXT, "d": TEXT})),
        "e": MapOf(TEXT),
        "f": TEXT,
    }
    now: dict[str, Shape] = {
        "a": INTEGER,
        "b": ListOf(Record({"c": TEXT, "g": TEXT})),
        "e": MapOf(INTEGER),
    }
    assert common_fields(before, now) == {"b": ListOf(Record({"c": TEXT}))}
