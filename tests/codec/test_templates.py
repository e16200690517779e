"""Templates read, and manifests put over them: what is refused, and where it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.codec.manifest import read_release
from weighbridge.codec.templates import extended, read_template
from weighbridge.model.errors import DocumentError

if TYPE_CHECKING:
    from weighbridge.model.document import Document
    from weighbridge.model.release import ModelRelease

HEAD = """\
apiVersion: weighbridge.dev/v1
kind: ReleaseTemplate
metadata: {name: t, version: "1", title: A test}
spec:
"""
CANARY = "{strategy: canary, analysis: [{name: a, query: x}, {name: b, query: y}]}"
MANIFEST = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
extends: t@1
metadata: {name: demo, version: "1.0.0", owner: {team: house}}
spec:
  source: {repo: "https://git.example.com/demo"}
  model: {name: demo}
  environment: {runtime: {implementation: cpython, version: "3.11.7"}}
  dependencies: {runtime: {lock: requirements.lock, format: requirements}}
  artifacts: [{name: model, role: weights, path: model.onnx}]
"""


def template(*spec: str, hooks: str = "") -> bytes:
    """Write a template; each line of `spec` starts below `spec.release.spec`."""
    lines = "".join(f"      {line}\n" for line in spec)
    release = f"  release:\n    spec:\n{lines}" if spec else "  release: {}\n"
    return (HEAD + (f"  hooks:\n    - {hooks}\n" if hooks else "") + release).encode()


def put_over(given: bytes, *spec: str) -> tuple[ModelRelease, Document]:
    """Put a manifest with more lines below `spec` over a template."""
    found, document = read_template(given, "t@1.yaml")
    text = MANIFEST + "".join(f"  {line}\n" for line in spec)
    return read_release(
        text.encode(), "release.yaml", prepare=lambda over: extended(over, found, document)
    )


def told(given: bytes, *spec: str) -> list[str]:
    """List the faults of a template or of a manifest over it: place and message."""
    with pytest.raises(DocumentError) as caught:
        put_over(given, *spec)
    return [f"{fault.location} {fault.message}" for fault in caught.value.faults]


def names(release: ModelRelease) -> list[str]:
    assert release.spec.rollout is not None
    return [f"{one.name}={one.query}" for one in release.spec.rollout.analysis or ()]


def test_members_are_matched_by_name_added_and_taken_out() -> None:
    given = template(f"rollout: {CANARY}")
    release, document = put_over(
        given,
        "rollout: {analysis: [{name: c, query: z}, {name: b, query: w}, {name: a, $remove: true}]}",
    )
    assert names(release) == ["b=w", "c=z"]
    assert document.location("/spec/rollout/strategy").file == "t@1.yaml"
    assert document.location("/spec/rollout/analysis/0/query").file == "release.yaml"


def test_null_takes_a_key_out_and_an_empty_list_is_one() -> None:
    given = template(f"rollout: {CANARY}", "parameters: {a: {type: integer, value: 1}}")
    release, _ = put_over(given, "rollout: null", "parameters: {a: {value: null}}")
    assert release.spec.rollout is None
    assert (release.spec.parameters or {})["a"].value is None
    assert names(put_over(given, "rollout: {analysis: []}")[0]) == []


def test_lists_without_names_are_replaced_whole() -> None:
    given = template("rollout: {strategy: canary, steps: [{weight: 5}, {weight: 100}]}")
    release, _ = put_over(given, "rollout: {steps: [{weight: 100}]}")
    assert release.spec.rollout is not None
    assert [step.weight for step in release.spec.rollout.steps or ()] == [100]


def test_what_a_template_leaves_to_be_said_is_the_manifests_to_say() -> None:
    _, document = put_over(template("rollout: {strategy: TODO}"))
    assert document.todos == ("/spec/rollout/strategy",)
    assert document.location("/spec/rollout/strategy").file == "t@1.yaml"


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (
            "rollout: {analysis: [{name: c, $remove: true}]}",
            "release.yaml:11:24 removes c, which is not there",
        ),
        (
            "rollout: {analysis: [{name: a, query: z, $remove: true}]}",
            "release.yaml:11:34 removes a, and says more of it",
        ),
        (
            "rollout: {analysis: [{name: a, $remove: false}]}",
            "release.yaml:11:34 spec.rollout.analysis.0.$remove is not a key of the manifest",
        ),
        (
            "rollout: {analysis: [{name: a, query: x}, {name: a, query: y}]}",
            "release.yaml:11:23 spec.rollout.analysis has two members with the name 'a'",
        ),
        (
            "rollout: {strategy: null}",
            "release.yaml:11:3 spec.rollout.strategy is missing",
        ),
        ("rollout: {analysis: 3}", "release.yaml:11:23 spec.rollout.analysis is not a list"),
    ],
)
def test_a_manifest_that_does_not_fit_is_told_in_its_own_file(over: str, said: str) -> None:
    assert said in told(template(f"rollout: {CANARY}"), over)


def test_a_parameter_is_taken_out_by_null_and_that_is_said() -> None:
    given = template("parameters: {a: {type: integer, value: 1}}")
    with pytest.raises(DocumentError) as caught:
        put_over(given, "parameters: {a: {$remove: true}}")
    assert "a key is taken out by null" in caught.value.faults[0].help[0]


def test_a_value_that_no_longer_fits_is_told_where_it_stands() -> None:
    given = template("parameters: {a: {type: integer, value: 1}}")
    assert told(given, "parameters: {a: {type: string}}") == [
        "t@1.yaml:7:46 spec.parameters.a.value is not of the parameter's type string"
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            HEAD.encode() + b"  release: {sepc: {}}\n",
            "t@1.yaml:5:13 spec.release.sepc is not a part of a template",
        ),
        (
            HEAD.encode() + b"  release: {extends: x@1}\n",
            "t@1.yaml:5:13 spec.release.extends is not a part of a template",
        ),
        (
            template("model: {family: 3}"),
            "t@1.yaml:7:23 spec.model.family is not text",
        ),
        (
            template(
                "model: {family: f}", hooks="{name: h, at: spec.signatur, description: What.}"
            ),
            "t@1.yaml:6:21 spec.signatur is not a field of the manifest",
        ),
        (HEAD.encode() + b"  hooks: []\n", "t@1.yaml:4:1 spec.release is missing"),
        (HEAD.encode() + b"  release: []\n", "t@1.yaml:5:12 spec.release is not a mapping"),
    ],
)
def test_a_template_that_is_wrong_is_told_in_its_own_file(given: bytes, said: str) -> None:
    assert told(given) == [said]


@pytest.mark.parametrize("missing", ["", "processing: {}", "processing: {pre: []}"])
def test_what_a_hook_requires_must_be_there(missing: str) -> None:
    hooks = "{name: h, at: spec.processing.pre, description: Steps., required: true}"
    given = template("model: {family: f}", hooks=hooks)
    assert told(given, *filter(None, [missing])) == [
        "release.yaml:3:10 t asks for spec.processing.pre, and it is missing"
    ]
    release, _ = put_over(given, "processing: {pre: [{name: cut}]}")
    assert release.spec.model.family == "f"


def test_a_required_hook_may_wait_to_be_said() -> None:
    hooks = "{name: h, at: spec.processing.pre, description: Steps., required: true}"
    given = template("model: {family: f}", hooks=hooks)
    _, document = put_over(given, "processing: {pre: TODO}")
    assert document.todos == ("/spec/processing/pre",)


def test_a_template_that_gives_nothing_changes_nothing() -> None:
    release, _ = put_over(template())
    assert release.spec.model.family is None
