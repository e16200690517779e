from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.predicates.recognising import UnrecognisedError, recognise
from weighbridge.codec.predicates.rego import LISTED, MOST
from weighbridge.codec.predicates.table import shape_fault
from weighbridge.codec.subjects import is_report
from weighbridge.model.predicates import OURS, TEST_RESULT

PASSED = [{"filename": "manifest.json", "namespace": "main", "successes": 3}]
FAILED = [
    {
        "filename": "manifest.json",
        "namespace": "main",
        "successes": 1,
        "warnings": [{"msg": "no card"}],
        "failures": [{"msg": "no owner", "metadata": {"query": "data.main.deny"}}, {}],
        "exceptions": [{"msg": "known"}],
    }
]


def of_opa(text: str, value: object) -> dict[str, Any]:
    return {"result": [{"expressions": [{"value": value, "text": text, "location": {"row": 1}}]}]}


def read(tree: object) -> dict[str, Any]:
    document = recognise(json.dumps(tree).encode())
    assert document.predicate_type == TEST_RESULT
    assert document.kept == json.dumps(tree).encode()
    predicate: dict[str, Any] = json.loads(document.predicate)
    assert shape_fault(TEST_RESULT, predicate) == ""
    assert not is_report(TEST_RESULT, predicate)
    return predicate


def test_what_conftest_prints_is_counted() -> None:
    found = read(PASSED)
    assert (found["result"], found["failedTests"]) == ("PASSED", [])
    assert found[OURS]["rego"] | {"digest": ""} == {
        "digest": "",
        "exceptions": 0,
        "failures": 0,
        "names": ["main"],
        "passed": 3,
        "tool": "conftest",
        "warnings": 0,
    }


def test_failures_and_warnings_of_conftest_are_named() -> None:
    found = read(FAILED)
    assert found["result"] == "FAILED"
    assert found["failedTests"] == ["main: no owner", "main: (no message)"]
    assert found["warnedTests"] == ["main: no card"]
    assert (found[OURS]["rego"]["failures"], found[OURS]["rego"]["exceptions"]) == (2, 1)
    warned = [{**FAILED[0], "failures": []}]
    assert read(warned)["result"] == "WARNED"


@pytest.mark.parametrize(
    ("text", "value", "result"),
    [
        ("data.release.deny", [], "PASSED"),
        ("data.release.deny", {}, "PASSED"),
        ("data.release.deny", ["no owner"], "FAILED"),
        ("data.release.violation", [{"msg": "no owner"}], "FAILED"),
        ("data.release.violations", {"no owner": True}, "FAILED"),
        ("data.release.deny", True, "FAILED"),
        ("data.release.deny", False, "PASSED"),
        ("data.release.warn", ["no card"], "WARNED"),
        ("data.release.allow", True, "PASSED"),
        ("data.release.allow", False, "FAILED"),
    ],
)
def test_what_opa_prints_passes_by_what_was_asked(text: str, value: object, result: str) -> None:
    found = read(of_opa(text, value))
    assert (found["result"], found[OURS]["rego"]["tool"]) == (result, "opa")


def test_one_denial_among_several_expressions_fails() -> None:
    tree = of_opa("data.a.deny", [])
    tree["result"][0]["expressions"] += of_opa("data.b.deny", ["x"])["result"][0]["expressions"]
    assert read(tree)["failedTests"] == ["data.b.deny: x"]


@pytest.mark.parametrize(
    ("tree", "complaint"),
    [
        ({}, "not one of"),
        ({"result": []}, "undefined"),
        ({"result": [1]}, "no expressions"),
        ({"result": [{"expressions": []}]}, "no expressions"),
        ({"result": [{"expressions": [{"value": []}]}]}, "no text or no value"),
        ({"result": [{"expressions": [{"text": "data.a.deny"}]}]}, "no text or no value"),
        (of_opa("data.release.score", 7), "no meaning here"),
        (of_opa("data.release", {"deny": []}), "no meaning here"),
        (of_opa("data.release.allow", []), "no meaning here"),
        (of_opa("data.release.deny", "no"), "no meaning here"),
        ([{**PASSED[0], "successes": 0}], "nothing was decided"),
        ([{**PASSED[0], "successes": -1}], "no number"),
        ([{**PASSED[0], "successes": True}], "no number"),
        ([{**PASSED[0], "namespace": ""}], "under which namespace"),
        ([{**PASSED[0], "failures": "none"}], "no list"),
        (PASSED * (MOST + 1), "more than"),
        ([], "not a mapping"),
        ([1], "not a mapping"),
    ],
)
def test_what_was_not_decided_does_not_count(tree: object, complaint: str) -> None:
    with pytest.raises(UnrecognisedError, match=complaint):
        recognise(json.dumps(tree).encode())


def test_of_very_many_messages_the_rest_is_counted() -> None:
    tree = [{**PASSED[0], "failures": [{"msg": str(at)} for at in range(LISTED + 7)]}]
    found = read(tree)
    assert len(found["failedTests"]) == LISTED
    assert (found[OURS]["rego"]["failures"], found[OURS]["rego"]["unlisted"]) == (LISTED + 7, 7)


def test_a_document_of_another_type_is_not_read_so() -> None:
    with pytest.raises(UnrecognisedError):
        recognise(json.dumps(PASSED).encode(), "https://example.com/x")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["result", "expressions", "text", "value", "filename", "namespace"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(values)
def test_no_document_makes_it_break(tree: object) -> None:
    try:
        document = recognise(json.dumps(tree).encode())
    except UnrecognisedError:
        return
    assert document.predicate
