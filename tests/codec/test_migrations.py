"""Documents of `v1alpha1`: a case may be added to `v1alpha1/`, none may change or go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.codec.samples import MINIMAL, faults_of, place
from weighbridge.codec import edits, faults
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.manifest import read_release
from weighbridge.codec.migrations import as_today, migrated, newer_forms
from weighbridge.codec.reading import read_document
from weighbridge.codec.resolved import resolved
from weighbridge.model.errors import UsageError

FOLDER = Path(__file__).parent / "v1alpha1"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
FULL = (FOLDER / "full.yaml").read_text(encoding="utf-8")
ALIASES = (FOLDER / "aliases.yaml").read_text(encoding="utf-8")
SMALL = (FOLDER / "minimal.yaml").read_text(encoding="utf-8")


def read(text: str) -> tuple[dict[str, Any], Any]:
    release, document = read_release(text.encode(), "release.yaml")
    return resolved(release), document


def place_of(text: str, needle: str, after: str = "") -> tuple[int, int]:
    """Find line and column of a text."""
    index = text.index(needle, text.index(after))
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_reads_as_it_always_did(name: str) -> None:
    release, document = read_release((FOLDER / f"{name}.yaml").read_bytes(), name)
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert resolved(release) == expected
    assert document.schema == "weighbridge.dev/v1alpha1"


def test_every_golden_file_has_its_other_half() -> None:
    assert {"aliases", "full", "minimal"} <= set(NAMES)
    assert sorted(file.stem for file in FOLDER.glob("*.json")) == NAMES


def test_what_it_reads_as_is_a_document_of_today() -> None:
    expected = (FOLDER / "full.json").read_bytes()
    release, document = read_release(expected, "full.json")
    assert resolved(release) == json.loads(expected)
    assert (document.schema, dict(document.origins)) == ("", {})


def test_a_document_of_today_is_left_alone() -> None:
    for text in (MINIMAL, SMALL.replace("kind: ModelRelease", "kind: Environment")):
        document = read_document(text.encode(), "f")
        assert migrated(document) is document
    once = migrated(read_document(FULL.encode(), "f"))
    assert migrated(once) is once


def test_reading_changes_neither_the_document_nor_its_text() -> None:
    document = read_document(ALIASES.encode(), "f")
    before = repr(document.data)
    assert migrated(document).text == ALIASES
    assert repr(document.data) == before


@pytest.mark.parametrize(
    ("at", "written", "needle", "after"),
    [
        ("/spec/environment/runtime", "/spec/environment/python", '"3.11.7"', ""),
        ("/spec/environment/runtime/version", "/spec/environment/python", '"3.11.7"', ""),
        ("/spec/environment/resources/requests/cpu", "/spec/environment/resources/cpu", "500m", ""),
        ("/spec/environment/resources/requests/accelerators/0/count",
         "/spec/environment/resources/accelerators/0/count", "1, memory: 16Gi", ""),
        ("/spec/processing/pre/0/parameters/block", "/spec/processing/pre/0/params/block",
         "1024", "params"),
        ("/spec/compatibility/targets", "/spec/dependencies/compatibility", "- {python", ""),
        ("/spec/compatibility/targets/0/arch", "/spec/dependencies/compatibility/0/arch",
         "x86_64", ""),
        ("/spec/compatibility/targets/0/cuda", "/spec/dependencies/compatibility/0/cuda",
         '"12.4"', ""),
        ("/spec/compatibility/targets/0/cuda/toolkit", "/spec/dependencies/compatibility/0/cuda",
         '"12.4"', ""),
        ("/spec/compatibility/targets/0/cuda/driver", "/spec/dependencies/compatibility/0/driver",
         '"550.54.14"', ""),
        ("/spec/compatibility/targets/2/cuda/driver", "/spec/dependencies/compatibility/2/driver",
         '"535.104.05"', ""),
        ("/spec/model/license", "/spec/card/license", "Apache-2.0", "card:"),
        ("/spec/card/path", "/spec/card/ref", "docs/card.md", ""),
        ("/spec/model/name", "/spec/model/name", "file-type-detector", "model:"),
        ("/spec/artifacts/0/name", "/spec/artifacts/0/name", "model,", "artifacts:"),
    ],
)  # fmt: skip
def test_a_value_that_moved_is_where_it_was_written(
    at: str, written: str, needle: str, after: str
) -> None:
    _, document = read(FULL)
    where = document.location(at)
    assert (where.line, where.column) == place_of(FULL, needle, after)
    assert where.pointer == document.written_at(at) == written


def test_a_key_that_moved_is_where_it_was_written() -> None:
    _, document = read(FULL)
    for at, key in {
        "/spec/environment/runtime/version": "python:",
        "/spec/card/path": "ref: docs",
        "/spec/compatibility/targets/0/cuda/driver": 'driver: "550',
    }.items():
        where = document.location(at, key=True)
        assert (where.line, where.column) == place_of(FULL, key, "environment:")


@pytest.mark.parametrize(
    ("before", "after", "found", "message"),
    [
        ('python: "3.11.7"', "python: 3.11", "3.11\n",
         "spec.environment.python is not text"),
        ('python: "3.11.7"', 'python: "3/11"', '"3/11"',
         "spec.environment.python is not of the form"),
        ("cpu: 500m", "cpu: lots", "lots",
         "spec.environment.resources.cpu is not an amount of processor time"),
        ("cpu: 500m", "cpus: 500m", "cpus",
         "spec.environment.resources.cpus is not a key of the manifest"),
        ("params: {block: 1024}", "params: 7", "7\n",
         "spec.processing.pre.0.params is not a mapping"),
        ("params: {block: 1024}", "params: {block: 0.5}", "{block",
         "spec.processing.pre.0.params holds an unquoted decimal"),
        ('cuda: "12.4"', "cuda: 12.4", "12.4,",
         "spec.dependencies.compatibility.0.cuda is not text"),
        ('cuda: "12.4"', "cuda: [1]", "[1]",
         "spec.dependencies.compatibility.0.cuda is not text"),
        ('driver: "550.54.14"', "driver: {a: 1}", "{a: 1}",
         "spec.dependencies.compatibility.0.driver is not text"),
        (', arch: x86_64}\n      - {python: "3.11"', '}\n      - {python: "3.11"', "{python",
         "spec.dependencies.compatibility.0.arch is missing"),
        ('arch: aarch64}\n      - {python: "3.12', 'arch: arm}\n      - {python: "3.12', "arm}",
         "spec.dependencies.compatibility.1.arch is not one of"),
        ("ref: docs/card.md", "ref: 1", "1, license", "spec.card.ref is not text"),
        ("license: Apache-2.0", "license: ''", "''", "spec.card.license is empty text"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_the_words_of_its_author(
    before: str, after: str, found: str, message: str
) -> None:
    assert before in FULL
    text = FULL.replace(before, after, 1)
    (fault,) = faults_of(text)
    line, column = place_of(text, found, FULL[: FULL.index(before)].rpartition("\n")[2])
    assert fault.message.startswith(message)
    assert place(fault).startswith(f"{line}:{column} /spec/")
    assert place(fault).split()[1].replace("/", ".")[1:] == message.partition(" ")[0]


@pytest.mark.parametrize(
    ("before", "after", "at"),
    [
        ('python: "3.11.7"',
         'python: "3.11.7"\n    runtime: {implementation: cpython, version: "3"}',
         "/spec/environment/python"),
        ("{cpu: 500m", "{requests: {cpu: 500m}, cpu: 500m", "/spec/environment/resources/cpu"),
        ("params: {block: 1024}", "params: {}\n        parameters: {block: 1024}",
         "/spec/processing/pre/0/params"),
        ("  parameters:\n", "  compatibility: {targets: []}\n  parameters:\n",
         "/spec/dependencies/compatibility"),
        ('cuda: "12.4",', "cuda: {toolkit: '12.4'},", "/spec/dependencies/compatibility/0/driver"),
        ("ref: docs/card.md", "ref: a, path: a", "/spec/card/ref"),
        ("task: classification}", "task: classification, license: MIT}", "/spec/card/license"),
    ],
)  # fmt: skip
def test_two_forms_of_one_thing_are_a_fault_at_the_older(before: str, after: str, at: str) -> None:
    text = FULL.replace(before, after, 1)
    assert text != FULL
    told = [fault for fault in faults_of(text) if fault.code == faults.UNKNOWN_KEY]
    assert at in {fault.location.pointer for fault in told if fault.location}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  environment:", "  environment: 1\n  environments:"),
        ("spec:", "spec: []\nspecs:"),
        ("    compatibility:", "    compatibility: {a: 1}\n    compatible:"),
        ("    compatibility:\n", "    compatibility:\n      - 7\n      - []\n"),
        ("  card: {", "  card: []\n  cards: {"),
        ("  processing:", "  processing: [pre]\n  processings:"),
        ("    resources: {", "    resources: []\n    resource: {"),
        ("  dependencies:", "  dependencies: TODO\n  dependency:"),
        ("  model: {", "  model: 1\n  models: {"),
        ("      effects:", "      effects: 1\n      effect:"),
    ],
)
def test_a_document_of_another_shape_is_refused_and_nothing_breaks(before: str, after: str) -> None:
    text = FULL.replace(before, after, 1)
    assert text != FULL
    assert {fault.code for fault in faults_of(text)} <= {
        faults.UNKNOWN_KEY, faults.WRONG_VALUE, faults.MISSING_KEY
    }  # fmt: skip
    assert faults_of(text)


def test_what_is_wrong_in_the_text_is_told_once_and_in_order() -> None:
    text = FULL.replace('python: "3.11.7"', "python: 010").replace("cpu: 500m", "cpu: x")
    found = faults_of(text)
    assert [fault.code for fault in found] == [faults.AMBIGUOUS, faults.WRONG_VALUE]
    assert [place(fault).split()[1] for fault in found] == [
        "/spec/environment/python", "/spec/environment/resources/cpu",
    ]  # fmt: skip


def test_todo_moves_along_and_nothing_is_named_by_it() -> None:
    _, document = read(ALIASES)
    assert document.todos == (
        "/spec/environment/runtime/version",
        "/spec/environment/resources/requests/memory",
        "/spec/dependencies/runtime/lock",
        "/spec/parameters/depth/value",
        "/spec/card/path",
    )
    row = '{python: "3.12", arch: x86_64}'
    tree, _ = read(ALIASES.replace(row, "{python: TODO, arch: x86_64}"))
    assert [one["name"] for one in tree["spec"]["compatibility"]["targets"]] == [
        "linux-x86_64", "linux-x86_64-2",
    ]  # fmt: skip


def test_a_name_made_of_values_is_a_name_whatever_they_are() -> None:
    row = '{python: "3.11", arch: aarch64}'
    for value in ('"' + "9" * 100 + '"', '"3.11+Ü x"', '"3.11."'):
        found = faults_of(FULL.replace(row, row.replace('"3.11"', value)))
        assert all("name" not in fault.message for fault in found)


def test_its_older_and_newer_words_can_be_listed() -> None:
    _, document = read(SMALL.replace("artifacts:", "card: {ref: a}\n  artifacts:"))
    assert newer_forms(document) == [
        ("/spec/card/ref", "/spec/card/path"),
        ("/spec/environment/python", "/spec/environment/runtime"),
    ]


def test_what_has_no_place_any_more_is_named() -> None:
    _, document = read(FULL)
    effects = "/spec/parameters/max_batch_size/effects"
    assert document.dropped == tuple(
        f"{effects}/{name}/evidence" for name in ("latency", "throughput", "quality")
    )
    assert read(SMALL)[1].dropped == ()


def test_sealed_values_are_read_as_todays_and_stay_what_they_are() -> None:
    sealed = read_document(FULL.encode(), "f").data
    expected = read_document((FOLDER / "full.json").read_bytes(), "f").data
    before = repr(sealed)
    today: Any = as_today(sealed)
    assert today["spec"]["environment"]["runtime"]["version"] == "3.11.7"
    assert today["apiVersion"] == "weighbridge.dev/v1"
    assert repr(sealed) == before
    assert as_today(expected) == expected


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        ("/spec/environment/runtime/version", 'python: "3.11.7"', 'python: "3.11.9"'),
        ("/spec/environment/python", 'python: "3.11.7"', 'python: "3.11.9"'),
        ("/spec/environment/resources/requests/cpu", "cpu: 500m", "cpu: 3.11.9"),
        ("/spec/environment/resources/requests/more", "memory: 16Gi}]}",
         "memory: 16Gi}], more: 3.11.9}"),
        ("/spec/processing/pre/0/parameters/block", "block: 1024", "block: 3.11.9"),
        ("/spec/processing/pre/0/params/block", "block: 1024", "block: 3.11.9"),
        ("/spec/compatibility/targets/0/cuda/driver", '"550.54.14"', '"3.11.9"'),
        ("/spec/compatibility/targets/1/libc", 'arch: aarch64}\n      - {python: "3.12"',
         'arch: aarch64, libc: 3.11.9}\n      - {python: "3.12"'),
        ("/spec/model/license", "license: Apache-2.0", "license: 3.11.9"),
        ("/spec/card/path", "ref: docs/card.md", "ref: 3.11.9"),
        ("/spec/artifacts/0/format", "format: onnx,\n       media",
         "format: 3.11.9,\n       media"),
    ],
)  # fmt: skip
def test_an_edit_lands_on_the_key_its_author_wrote(at: str, before: str, after: str) -> None:
    document = read_document(FULL.encode(), "release.yaml")
    assert edits.set_value(migrated(document), at, "3.11.9").text == FULL.replace(before, after, 1)


def test_what_an_older_schema_cannot_say_is_not_written_into_it() -> None:
    document = read_document(FULL.encode(), "release.yaml")
    with pytest.raises(UsageError, match="is not a mapping"):
        edits.set_value(migrated(document), "/spec/environment/runtime/implementation", "pypy")


def test_canonical_bytes_of_it_read_as_the_document_does() -> None:
    data = json.dumps(
        read_document(SMALL.encode(), "f").data, sort_keys=True, separators=(",", ":")
    ).encode()
    assert canonical_bytes(json.loads(data)) == data
    release, document = read_release(data, "file-type-detector@1.4.0")
    assert resolved(release) == json.loads((FOLDER / "minimal.json").read_bytes())
    assert document.text.encode() == data
