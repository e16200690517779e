from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from tests.codec.field_cases import FIELDS, cases, concrete
from tests.codec.samples import (
    EXAMPLE,
    MINIMAL,
    document_data,
    faults_of,
    full_data,
    place,
    with_value,
)
from weighbridge.codec import faults
from weighbridge.codec.manifest import read_release, validate_release
from weighbridge.codec.reading import scan_document
from weighbridge.model.errors import DocumentError
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL = full_data()


def paths_of(section: type[BaseModel], at: str = "") -> Iterator[str]:
    """Walk the model itself, so that a field nobody has cases for is noticed."""
    for name, field in section.model_fields.items():
        path = f"{at}{field.alias or name}"
        yield path
        annotation = str(field.annotation)
        inner = _section(field.annotation)
        if inner is not None:
            step = ".*." if "list[" in annotation or "dict[" in annotation else "."
            yield from paths_of(inner, path + step)


def _section(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part))), None)


def test_every_modelled_field_has_cases() -> None:
    assert sorted(FIELDS) == sorted(paths_of(ModelRelease))


def test_every_field_has_an_accepted_and_a_refused_value() -> None:
    for path, forms in FIELDS.items():
        assert any(form.refused or form.unseen for form in forms), path


def test_the_full_sample_has_a_value_in_every_field() -> None:
    for path in map(concrete, FIELDS.keys() - {"extends"}):
        node: Any = FULL
        for part in path.split("."):
            node = node[int(part)] if isinstance(node, list) else node[part]
        assert node is not None, path


def test_the_samples_are_valid() -> None:
    assert faults_of(MINIMAL) == ()
    assert faults_of(EXAMPLE) == ()
    assert faults_of(json.dumps(FULL)) == ()


@pytest.mark.parametrize(("path", "values"), cases("accepted"))
def test_what_is_legal_is_accepted(path: str, values: tuple[str, ...]) -> None:
    at = "/" + path.replace(".", "/")
    for written in values:
        _, document = read_release(with_value(FULL, path, written), "release.yaml")
        assert document.location(at).pointer == at
        if written == "TODO":
            assert document.todos == (at,)


@pytest.mark.parametrize(("path", "values"), cases("refused", "unseen"))
def test_what_is_not_is_refused_at_its_place(path: str, values: tuple[str, ...]) -> None:
    at = "/" + path.replace(".", "/")
    for written in values:
        found = faults_of(with_value(FULL, path, written))
        assert found, written
        for fault in found:
            assert fault.code.startswith("WB11")
            assert fault.message
            assert fault.location is not None
            assert fault.location.pointer.startswith(at), written
            assert fault.location.line > 1


@pytest.mark.parametrize("path", [path for path in map(concrete, FIELDS) if path != "spec"])
def test_a_misspelt_key_is_told_with_the_right_one(path: str) -> None:
    way, _, key = path.rpartition(".")
    if way in {"spec.parameters", "metadata.labels"}:
        way, key = f"{way}.max_batch_size", "adjustWhen"
    typo = key[:-1] + key[-1] * 2
    found = faults_of(with_value(FULL, f"{way}.{typo}".lstrip("."), "1"))
    assert [fault.code for fault in found] == [faults.UNKNOWN_KEY]
    assert found[0].seen == typo
    assert found[0].help == (f"did you mean `{key}`?",)
    assert found[0].message == f"{way}.{typo}".lstrip(".") + " is not a key of the manifest"


def test_a_key_like_no_other_is_answered_with_those_that_are_known() -> None:
    found = faults_of(MINIMAL.replace("  source: {}\n", "  source: {zzzzzzzz: 1}\n"))
    assert [fault.help for fault in found] == [("known here: commit, dirty, ref, repo",)]


def test_a_parameter_may_have_the_name_of_a_field() -> None:
    text = MINIMAL + "  parameters: {effects: {type: integer, adjustwhen: x}}\n"
    assert [fault.help for fault in faults_of(text)] == [("did you mean `adjustWhen`?",)]


def test_all_faults_come_at_once_and_in_document_order() -> None:
    text = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: Bad Name
  version: 1.10
  vresion: "1"
  owner: {}
spec:
  source: {dirty: 010, dirty: true}
  model: {name: !x m}
  environment:
    runtime: {implementation: jython, version: "3.11"}
  dependencies: {runtime: {lock: "", format: requirements}}
  artifacts:
    - {name: a, role: weights, path: x, size: -1}
    - {name: a, role: code}
"""
    assert [(fault.code, place(fault)) for fault in faults_of(text)] == [
        (faults.WRONG_VALUE, "4:9 /metadata/name"),
        (faults.WRONG_VALUE, "5:12 /metadata/version"),
        (faults.UNKNOWN_KEY, "6:3 /metadata/vresion"),
        (faults.MISSING_KEY, "7:3 /metadata/owner/team"),
        (faults.AMBIGUOUS, "9:19 /spec/source/dirty"),
        (faults.DUPLICATE_KEY, "9:24 /spec/source/dirty"),
        (faults.SYNTAX, "10:17 /spec/model/name"),
        (faults.WRONG_VALUE, "12:31 /spec/environment/runtime/implementation"),
        (faults.WRONG_VALUE, "13:34 /spec/dependencies/runtime/lock"),
        (faults.WRONG_VALUE, "15:47 /spec/artifacts/0/size"),
        (faults.WRONG_VALUE, "16:7 /spec/artifacts/1"),
    ]


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("1.10", ('quote it: "1.10"',)),
        ("12", ('quote it: "12"',)),
        ("true", ('quote it: "true"',)),
        ("0x1f", ('quote it: "0x1f"',)),
        ("", ("remove the key, or say something",)),
        ("[1.10]", ()),
    ],
)
def test_text_that_was_not_quoted_gets_quotes_as_advice(
    written: str, help_: tuple[str, ...]
) -> None:
    found = faults_of(MINIMAL.replace('"1.4.0"', written))
    assert [(fault.message, fault.wanted) for fault in found] == [
        ("metadata.version is not text", "text")
    ]
    assert found[0].help == help_
    assert place(found[0]).startswith("5:1")


@pytest.mark.parametrize(
    ("path", "written", "message", "wanted", "seen"),
    [
        (
            "metadata.risk",
            "huge",
            "metadata.risk is not one of low, medium or high",
            "one of low, medium or high",
            "huge",
        ),
        (
            "spec.rollout.steps.0.weight",
            "101",
            "spec.rollout.steps.0.weight is not at most 100",
            "at most 100",
            "101",
        ),
        (
            "spec.artifacts.0.size",
            "-1",
            "spec.artifacts.0.size is not at least 0",
            "at least 0",
            "-1",
        ),
        (
            "spec.artifacts",
            "[]",
            "spec.artifacts is not a list of at least 1 member",
            "a list of at least 1 member",
            "[]",
        ),
        ("spec.source.dirty", "yes", "spec.source.dirty is not true or false", None, "yes"),
        ("metadata.labels", "{é: x}", None, "printable ASCII without blanks", "é"),
        ("metadata.owner", "TODO", "metadata.owner is not a mapping", "a mapping", "TODO"),
        (
            "spec.model.name",
            '"e\u0301"',
            "spec.model.name is text that is not in Unicode normal form C",
            "é",
            '"e\u0301"',
        ),
        (
            "spec.dependencies.runtime.lock",
            "null",
            "spec.dependencies.runtime.lock is not text",
            "text",
            "null",
        ),
    ],
)
def test_a_fault_says_what_was_seen_and_wanted(
    path: str, written: str, message: str | None, wanted: str | None, seen: str
) -> None:
    found = faults_of(with_value(FULL, path, written))
    assert len(found) == 1
    assert message is None or found[0].message == message
    assert wanted is None or found[0].wanted == wanted
    assert found[0].seen == seen


def test_of_a_wrong_key_the_key_is_shown() -> None:
    found = faults_of(MINIMAL.replace("  owner:", "  labels:\n    a b: x\n  owner:"))
    assert [(place(fault), fault.message) for fault in found] == [
        ("7:5 /metadata/labels/a b", "the key metadata.labels.a b is not of the form it must have")
    ]


def test_a_long_wrong_value_is_shown_in_part() -> None:
    text = MINIMAL.replace('version: "1.4.0"', "version: [" + "abc, " * 100 + "x]")
    (found,) = faults_of(text)
    assert len(found.seen) == 80
    assert found.seen.startswith('["abc", "abc"')
    assert found.seen.endswith("…")


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ("kind: ModelRelease", "kind: Deployment", "kind: Deployment"),
        ("kind: ModelRelease\n", "", "no kind"),
        ("weighbridge.dev/v1", "weighbridge.dev/v9", "apiVersion: weighbridge.dev/v9"),
        ("apiVersion: weighbridge.dev/v1\n", "", "no apiVersion"),
    ],
)
def test_another_kind_of_document_is_told_before_its_fields(
    before: str, after: str, seen: str
) -> None:
    found = faults_of(MINIMAL.replace(before, after).replace("spec:", "spce:"))
    assert [(fault.code, fault.seen) for fault in found] == [(faults.WRONG_KIND, seen)]
    assert found[0].help


@pytest.mark.parametrize(
    "missing",
    ["metadata", "spec", "metadata.name", "metadata.version", "metadata.owner",
     "metadata.owner.team", "spec.source", "spec.model", "spec.model.name", "spec.environment",
     "spec.environment.runtime", "spec.dependencies", "spec.dependencies.runtime",
     "spec.artifacts"],
)  # fmt: skip
def test_what_must_be_there_is_missed(missing: str) -> None:
    data = document_data(MINIMAL)
    *way, last = missing.split(".")
    node: Any = data
    for part in way:
        node = node[part]
    del node[last]
    found = faults_of(json.dumps(data))
    assert [fault.message for fault in found] == [f"{missing} is missing"]
    assert found[0].code == faults.MISSING_KEY
    assert found[0].wanted.endswith(".")


@pytest.mark.parametrize("path", ["metadata.owner.contact", "spec.rollout", "spec.parameters"])
def test_null_is_as_good_as_nothing(path: str) -> None:
    assert faults_of(with_value(FULL, path, "~")) == ()


def test_todo_is_recorded_wherever_it_stands() -> None:
    text = MINIMAL.replace("content-safety", "&todo TODO") + (
        "  rollout: {strategy: TODO, steps: [{weight: TODO}]}\n"
        '  governance: {creators: [a, "TODO"], audit: *todo}\n'
        "  parameters: {x: {type: TODO, value: 0.50, enum: [TODO]}}\n"
    )
    release, document = read_release(text.encode(), "release.yaml")
    assert document.todos == (
        "/metadata/owner/team",
        "/spec/rollout/strategy",
        "/spec/rollout/steps/0/weight",
        "/spec/governance/creators/1",
        "/spec/governance/audit",
        "/spec/parameters/x/type",
        "/spec/parameters/x/enum/0",
    )
    assert release.metadata.owner.team == "TODO"
    assert release.spec.governance is not None
    assert release.spec.governance.audit is None
    assert (release.spec.parameters or {})["x"].value == "0.5"


def test_validating_a_document_alone_finds_the_same_faults() -> None:
    document, found = scan_document(MINIMAL.replace("name: model,", "nme: x,").encode(), "f")
    assert found == []
    with pytest.raises(DocumentError) as raised:
        validate_release(document)
    assert [fault.code for fault in raised.value.faults] == [
        faults.MISSING_KEY,
        faults.UNKNOWN_KEY,
    ]


def test_an_alias_is_pointed_at_where_it_is_used() -> None:
    text = MINIMAL.replace("source: {}", "source: {ref: &x [main], repo: *x}")
    assert [place(fault) for fault in faults_of(text)] == [
        "9:17 /spec/source/ref",
        "9:34 /spec/source/repo",
    ]
