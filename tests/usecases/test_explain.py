from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from tests.usecases.workshop import manifest_text
from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.model import errors
from weighbridge.rules.catalogue import EXPLAINED, RESERVED

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

ERRORS = sorted(
    {
        member.code
        for member in vars(errors).values()
        if inspect.isclass(member) and issubclass(member, errors.WeighbridgeError)
        if member is not errors.WeighbridgeError
    }
)


@pytest.mark.parametrize("code", [rule.code for rule in EXPLAINED])
def test_every_rule_is_explained(code: str, run: Bench) -> None:
    found = run("explain", code)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"{code} ")
    assert "## How to fix" in found.out
    assert run("explain", code.lower()) == found
    shown = run("explain", code, "--output-format", "json").json
    assert list(shown) == ["schemaVersion", "code", "name", "severity", "meaning"]
    assert shown["code"] == code
    assert shown["severity"] in {"error", "warning", "note"}


@pytest.mark.parametrize("code", [*ERRORS, *DOCUMENT_FAULTS])
def test_every_error_is_explained(code: str, run: Bench) -> None:
    found = run("explain", code)
    assert (found.code, found.err) == (0, "")
    heading, _, text = found.out.partition("\n\n")
    assert heading == code
    assert len(text) > 30
    assert run("explain", code, "--output-format", "json").json["severity"] is None


@pytest.mark.parametrize("code", RESERVED)
def test_a_code_that_is_reserved_says_for_what(code: str, run: Bench) -> None:
    found = run("explain", code)
    assert (found.code, found.err) == (0, "")
    heading, _, said = found.out.rstrip("\n").split("\n")
    assert heading == f"{code} {RESERVED[code].name}"
    assert said.startswith("Reserved, nobody asks it yet: ")


def test_a_bug_is_not_explained_as_the_users_fault(run: Bench) -> None:
    assert "bug of ours" in run("explain", "WB001").out


@pytest.mark.parametrize(
    ("code", "said"), [("INT002x", "no release.yaml"), ("INT022", "INT002"), ("ZZZ999", "list")]
)
def test_no_such_code_names_what_is_near(code: str, said: str, run: Bench) -> None:
    found = run("explain", code)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


@pytest.mark.parametrize(
    ("path", "written", "place", "meaning"),
    [
        ("metadata.owner.team", "house", "7:17", "The responsible team."),
        ("spec.artifacts.model.size", "75", "20:13", "Size in bytes."),
        ("/spec/artifacts/1/role", "schema", "22:28", "What it is for."),
    ],
)
def test_a_value_is_explained(
    path: str, written: str, place: str, meaning: str, bench: Bench
) -> None:
    found = bench("explain", path)
    assert found.code == 0
    place = f"  from    release.yaml:{place}  (manifest)"
    lines = [f"{path} = {written}", place, f"  is      {meaning}", ""]
    assert found.out == "\n".join(lines)


def test_a_collection_is_shown_whole(bench: Bench) -> None:
    out = bench("explain", "metadata").out
    assert out.startswith("metadata\n  name           demo ")
    assert "\n  owner.team     house              release.yaml:7:17  (manifest)\n" in out


def test_a_value_is_explained_to_programs(bench: Bench) -> None:
    assert bench("explain", "metadata.name", "--output-format", "json").json == {
        "schemaVersion": 1,
        "path": "metadata.name",
        "value": "demo",
        "written": [
            {"path": "", "value": "demo", "place": "release.yaml:5:9", "layer": "manifest"}
        ],
        "place": "release.yaml:5:9",
        "meaning": "Name of the release, the same in every version.",
        "description": "",
        "effects": {},
        "adjustWhen": "",
    }


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("metadata.nam", "did you mean metadata.name"),
        ("qqqqqqqq", "weighbridge schema"),
        ("spec.artifacts.nobody.size", "known: model, labels"),
    ],
)
def test_no_such_value_names_what_is_near(path: str, said: str, bench: Bench) -> None:
    found = bench("explain", path)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_the_manifest_can_be_named(bench: Bench) -> None:
    (bench.folder / "release.yaml").rename(bench.folder / "other.yaml")
    out = bench("explain", "metadata.name", "--manifest", "other.yaml").out
    assert "from    other.yaml:5:9" in out


def test_the_schema_is_valid_and_takes_our_manifests(run: Bench) -> None:
    found = run("schema")
    assert found.code == 0
    assert found.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(found.json)
    manifest = yaml.safe_load(manifest_text())
    jsonschema.validate(manifest, found.json)
    del manifest["metadata"]["name"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest, found.json)
    assert run("schema", "ModelRelease", "--output-format", "json") == found


def test_the_rules_are_listed_with_what_they_check(run: Bench) -> None:
    found = run("rules", "list", "--output-format", "json").json
    assert list(found) == ["schemaVersion", "rules", "rulePacks"]
    assert [(entry["code"], entry["judgedBy"]) for entry in found["rules"]] == sorted(
        (rule.code, rule.judged_by) for rule in EXPLAINED
    )
    assert found["rulePacks"] == []
    assert list(found["rules"][0]) == ["code", "name", "severity", "judgedBy", "summary"]
    lines = run("rules", "list").out.splitlines()
    assert len(lines) == len(EXPLAINED)
    assert all(entry["summary"] in line for entry, line in zip(found["rules"], lines, strict=True))


PARAMETERS = """\
  parameters:
    batch:
      type: integer
      value: 32
      description: Requests scored in one call.
      effects: {latency: {direction: up, note: beyond 64}, throughput: {direction: up}}
      adjustWhen: throughput is short
"""


def test_a_value_of_a_parameter_is_explained_with_what_it_does(bench: Bench) -> None:
    path = bench.folder / "release.yaml"
    path.write_text(path.read_text() + PARAMETERS)
    out = bench("explain", "spec.parameters.batch.value").out
    assert out.splitlines()[2:] == [
        "  is      The value this release runs with.",
        "  does    Requests scored in one call.",
        "  change  throughput is short",
        "  raised  latency: up, beyond 64",
        "  raised  throughput: up",
    ]
    whole = bench("explain", "spec.parameters.batch").out
    assert "effects.latency.note" in whole
    assert "  does" not in whole


def test_a_value_of_a_template_says_so(bench: Bench) -> None:
    path = bench.folder / "release.yaml"
    path.write_text(
        path.read_text().replace("metadata:", "extends: vllm-generation@1\nmetadata:", 1)
    )
    found = bench("explain", "spec.model.family", "--output-format", "json").json
    assert found["value"] == "vllm-generation"
    assert found["written"][0]["layer"] == "template"
    assert found["place"].startswith("vllm-generation@1:")
    assert "release.yaml:" in bench("explain", "metadata.name").out
