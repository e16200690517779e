"""From what sources know to one document that reads as a manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.manifest import read_release
from weighbridge.model.errors import DocumentError
from weighbridge.usecases.proposing.completing import complete
from weighbridge.usecases.proposing.partial import overlay
from weighbridge.usecases.proposing.settling import settle
from weighbridge.usecases.proposing.values import slug, text, version

if TYPE_CHECKING:
    from collections.abc import Mapping

ARTIFACT = {
    "name": "model",
    "role": "weights",
    "path": "model.onnx",
    "digest": "sha256:" + "0" * 64,
}
RUNTIME = {"environment": {"runtime": {"implementation": "cpython", "version": "3.11.7"}}}
LOCK = {"dependencies": {"runtime": {"lock": "TODO", "format": "TODO"}}}


def whole(*documents: Mapping[str, Any]) -> dict[str, Any]:
    known = {"spec": {**RUNTIME, **LOCK}}
    return complete([*documents, known], name="m", artifacts=[ARTIFACT])


def test_the_first_document_that_has_a_value_has_the_say() -> None:
    first = {"a": {"x": 1, "empty": ""}, "list": [1], "scalar": "s"}
    second = {"a": {"x": 2, "y": 3, "empty": "said"}, "list": [2, 3], "scalar": {"z": 1}, "b": None}
    merged = {"a": {"x": 1, "empty": "said", "y": 3}, "list": [1], "scalar": "s"}
    assert overlay([first, second]) == merged


def test_overlaying_leaves_the_documents_alone() -> None:
    first: dict[str, Any] = {"a": {"x": 1}}
    overlay([{"a": {"y": 2}}, first, {"a": {"z": 3}}])
    assert first == {"a": {"x": 1}}


def test_what_nobody_says_is_to_do() -> None:
    _, read, refused = settle(whole())
    todo = ["metadata/owner/team", "metadata/owner/contact", "spec/model/task"]
    todo += ["spec/model/license", "spec/dependencies/runtime/lock"]
    todo += ["spec/dependencies/runtime/format"]
    assert read.todos == tuple(f"/{at}" for at in todo)
    assert refused == ()


def test_the_version_of_another_framework_is_not_taken() -> None:
    known = {"spec": {"model": {"framework": "onnx"}}}
    bytes_say = {"spec": {"model": {"framework": "pytorch", "frameworkVersion": "2.1.0"}}}
    assert "frameworkVersion" not in whole(known, bytes_say)["spec"]["model"]
    assert whole(bytes_say, known)["spec"]["model"]["frameworkVersion"] == "2.1.0"
    unnamed = {"spec": {"model": {"framework": "", "format": "onnx"}}}
    assert whole(unnamed, bytes_say)["spec"]["model"]["frameworkVersion"] == "2.1.0"


@pytest.mark.parametrize(
    ("number", "scheme"), [("1.2.3", "semver"), ("2026.1", None), ("o5smnagbncigycvj", None)]
)
def test_the_scheme_is_said_where_it_is_plain(number: str, scheme: str | None) -> None:
    document = whole({"metadata": {"version": number}})
    assert document["metadata"].get("versioning") == scheme
    assert f'version: "{number}"' in settle(document)[0]


def test_the_card_has_the_digest_of_its_file() -> None:
    document = whole({"spec": {"card": {"path": "model.onnx"}}})
    assert document["spec"]["card"] == {"path": "model.onnx", "digest": ARTIFACT["digest"]}
    assert whole({"spec": {"card": {"path": "x"}}})["spec"]["card"] == {"path": "x"}
    assert "card" not in whole({"spec": {"card": {}}})["spec"]


def test_a_template_may_say_what_it_extends() -> None:
    document = whole({"extends": "onnx-classifier@1", "spec": {"model": {"family": "x"}}})
    assert document["extends"] == "onnx-classifier@1"
    assert document["spec"]["model"]["family"] == "x"


def test_sections_stand_in_the_order_of_the_model() -> None:
    text_, _, _ = settle(
        whole({"spec": {"card": {"path": "x"}, "lineage": {"baseModel": {"ref": "x"}}}})
    )
    lines = [line for line in text_.splitlines() if line.startswith("  ") and line[2] != " "]
    keys = [line.strip(" :").partition(":")[0] for line in lines]
    assert keys[:4] == ["name", "version", "versioning", "owner"]
    assert keys[4:] == [
        "source",
        "model",
        "environment",
        "dependencies",
        "artifacts",
        "- name",
        "lineage",
        "card",
    ]


@pytest.mark.parametrize(
    ("spec", "at", "value"),
    [
        ({"model": {"task": ""}}, "model.task", "TODO"),
        ({"model": {"frameworkVersion": "not a version"}}, "model.frameworkVersion", "TODO"),
        (
            {"environment": {"image": {"ref": "UPPER:case", "digest": "x"}}},
            "environment.image.ref",
            "TODO",
        ),
        (
            {"signature": {"inputs": [{"name": "a", "dtype": "tensor"}]}},
            "signature.inputs.0.dtype",
            "TODO",
        ),
        (
            {"signature": {"inputs": [{"name": "a", "dtype": "int8", "shape": ["x"]}]}},
            "signature.inputs.0",
            {"name": "a", "dtype": "int8"},
        ),
        ({"parameters": {"a": {"type": "number", "default": "x"}}}, "parameters.a.default", "TODO"),
        ({"parameters": {"größe": {"type": "number"}}}, "parameters", None),
        ({"unheard": {"of": "it"}}, "unheard", None),
        ({"model": {"unheard": ["of", "it"]}}, "model.unheard", None),
    ],
)
def test_what_a_manifest_does_not_take_becomes_to_do_or_goes(
    spec: dict[str, Any], at: str, value: object
) -> None:
    text_, _, refused = settle(whole({"spec": spec}))
    found: Any = yaml.safe_load(text_)["spec"]
    for part in at.split("."):
        found = found[int(part)] if isinstance(found, list) else found.get(part)
    assert found == value
    assert bool(refused) is (spec != {"model": {"task": ""}})
    assert all(line.endswith(" (not a value a manifest takes)") for line in refused)


def test_faults_of_several_members_of_a_list_are_all_mended() -> None:
    inputs = [{"name": f"a{n}", "dtype": "int8", "shape": ["x"], "more": n} for n in range(5)]
    text_, _, refused = settle(whole({"spec": {"signature": {"inputs": inputs}}}))
    left = [{"name": f"a{n}", "dtype": "int8"} for n in range(5)]
    assert yaml.safe_load(text_)["spec"]["signature"]["inputs"] == left
    assert len(refused) == 10


def test_what_cannot_be_mended_is_an_error() -> None:
    document = whole()
    del document["spec"]["artifacts"]
    with pytest.raises(DocumentError, match="artifacts"):
        settle(document)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["1e3", "0o7", "~", "NO"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(values, st.sampled_from(["model", "lineage", "signature", "evaluation", "card", "x"]))
def test_whatever_a_source_says_what_is_written_reads(value: object, section: str) -> None:
    said = value if isinstance(value, dict) else {"name": value}
    try:
        written, _, _ = settle(whole({"spec": {section: said}}))
    except DocumentError:
        pytest.fail("it was not mended")
    read_release(written.encode(), "release.yaml")


@given(st.text())
def test_text_of_others_is_one_clean_line(line: str) -> None:
    found = text(line)
    assert "\n" not in found
    document = whole({"spec": {"model": {"task": found}}})
    written, read, refused = settle(document)
    assert refused == ()
    assert read.data["spec"]["model"]["task"] == (found or "TODO")  # type: ignore[index,call-overload]
    assert written.count("task:") == 1


@pytest.mark.parametrize("value", [None, True, [], {}, 1.5, "a\nb", "x" * 501, "\ud800", "\x1b[0m"])
def test_what_is_no_line_is_nothing(value: object) -> None:
    assert (text(value), version(value)) == ("", "")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("My Model!", "my-model"), ("ß", "model"), ("..", "model"), ("a" * 200, "a" * 100)],
)
def test_a_name_is_made_of_what_names_are_made_of(name: str, wanted: str) -> None:
    assert slug(name) == wanted
