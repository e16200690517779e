from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import lay_out, manifest_text, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

KNOBS = """\
  parameters:
    count: {type: integer, value: 1}
    share: {type: number, value: 0.5}
    word: {type: string, value: "x"}
    flag: {type: boolean, value: true}
"""


@pytest.fixture
def knobs(run: Bench) -> Bench:
    """Run commands beside a manifest with a parameter of each type."""
    text = manifest_text().replace("  artifacts:\n", KNOBS + "  artifacts:\n")
    lay_out(run.folder, text)
    return run


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        ("metadata.owner.team", "ml", "team: house", "team: ml"),
        ("metadata.owner.team", "ml ops: x", "team: house", 'team: "ml ops: x"'),
        ("metadata.owner.team", "NO", "team: house", 'team: "NO"'),
        ("metadata.owner.team", "12", "team: house", 'team: "12"'),
        ("metadata.owner.team", "é", "team: house", 'team: "é"'),
        ("metadata.version", "1.10", '"1.0.0"', '"1.10"'),
        ("metadata.version", "010", '"1.0.0"', '"010"'),
        ("spec.parameters.count.value", "-7", "value: 1}", "value: -7}"),
        ("spec.parameters.count.value", "32", "value: 1}", "value: 32}"),
        ("spec.parameters.word.value", "32", '"x"', '"32"'),
        ("spec.parameters.flag.value", "false", "value: true", "value: false"),
        ("spec.artifacts.model.size", "76", "size: 75", "size: 76"),
        ("spec.artifacts.0.size", "77", "size: 75", "size: 77"),
        ("/spec/artifacts/0/size", "78", "size: 75", "size: 78"),
        ("spec.artifacts.labels.role", "code", "role: schema", "role: code"),
        ("spec.model.version", "v1", "license: MIT}", "license: MIT, version: v1}"),
    ],
)
def test_one_value_changes_and_no_other_byte(
    path: str, value: str, before: str, after: str, knobs: Bench
) -> None:
    manifest = knobs.folder / "release.yaml"
    text = manifest.read_text()
    assert before in text
    found = knobs("set", path, value)
    assert (found.code, found.out) == (0, "")
    assert manifest.read_text() == text.replace(before, after)
    assert found.err.startswith("--- a/release.yaml\n+++ b/release.yaml\n@@")


@pytest.mark.parametrize("value", ["0.25", "-0.25", "-.5", "-1e-5", "3"])
def test_numbers_are_taken_with_their_sign(value: str, knobs: Bench) -> None:
    assert knobs("set", "spec.parameters.share.value", value).code == 0
    shown = knobs("show", "--output-format", "json").json["manifest"]
    assert float(shown["spec"]["parameters"]["share"]["value"]) == float(value)


def test_a_misspelt_option_beside_a_number_is_no_value(knobs: Bench) -> None:
    before = knobs.files()
    assert knobs("set", "spec.parameters.count.value", "-7", "--dryrun").code == 2
    assert knobs("set", "spec.parameters.count.value", "--dryrun").code == 2
    assert knobs.files() == before


def test_windows_line_breaks_stay(knobs: Bench) -> None:
    manifest = knobs.folder / "release.yaml"
    before = manifest.read_bytes().replace(b"\n", b"\r\n")
    manifest.write_bytes(before)
    assert knobs("set", "metadata.owner.team", "ml").code == 0
    assert manifest.read_bytes() == before.replace(b"team: house", b"team: ml")
    assert knobs("set", "spec.rollout.strategy", "canary").code == 0
    assert b"\r\n  rollout: {strategy: canary}\r\n" in manifest.read_bytes()
    assert manifest.read_bytes().count(b"\n") == manifest.read_bytes().count(b"\r\n")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("metadata.version", "no such", "metadata.version is not of the form it must have"),
        ("metadata.name", "Upper", "metadata.name is not of the form it must have"),
        ("spec.artifacts.model.size", "many", "size is not an integer"),
        ("spec.artifacts.model.size", "-1", "size is not"),
        ("spec.artifacts.model.size", "1.5", "size is not an integer"),
        ("spec.artifacts.model.role", "wieghts", "role is not one of weights"),
        ("spec.artifacts.model.digest", "sha256:77", "digest is not of the form it must have"),
        ("spec.parameters.flag.value", "yes", "write true or false"),
        ("spec.parameters.count.value", "9007199254740993", "not of the parameter's type"),
        ("metadata.onwer", "x", "did you mean `owner`?"),
        ("metadata.owner.name", "x", "metadata.owner.name is not a key of the manifest"),
        ("spec.artifacts.weights.size", "1", "known: model, labels"),
        ("spec.artifacts", "x", "holds a collection; only single values "),
        ("metadata.name.first", "x", "metadata/name is not a mapping"),
        ("kind", "Other", "this is not a ModelRelease of weighbridge.dev/v1"),
    ],
)
def test_wrong_values_are_refused_in_the_manifests_own_words(
    path: str, value: str, said: str, knobs: Bench
) -> None:
    before = knobs.files()
    found = knobs("set", path, value)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
    assert knobs.files() == before


def test_a_dry_run_shows_the_change_and_makes_none(knobs: Bench) -> None:
    before = knobs.files()
    found = knobs("set", "metadata.owner.team", "ml", "--dry-run")
    assert found.code == 0
    assert knobs.files() == before
    assert knobs("set", "metadata.owner.team", "ml").err == found.err


def test_a_value_that_stands_already_is_no_change(knobs: Bench) -> None:
    manifest = knobs.folder / "release.yaml"
    before = manifest.stat().st_mtime_ns
    found = knobs("set", "metadata.owner.team", "house")
    assert (found.code, found.err) == (0, "metadata.owner.team is house already\n")
    assert manifest.stat().st_mtime_ns == before


def test_one_fault_of_many_can_be_mended(knobs: Bench) -> None:
    knobs.edit("role: schema", "role: wrong")
    knobs.edit("role: weights", "role: wrong")
    assert knobs("set", "spec.artifacts.model.role", "weights").code == 0
    assert knobs("show").code == 2
    assert knobs("set", "spec.artifacts.labels.role", "schema").code == 0
    assert knobs("show").code == 0


def test_the_manifest_can_be_named(knobs: Bench) -> None:
    (knobs.folder / "sub").mkdir()
    (knobs.folder / "release.yaml").rename(knobs.folder / "sub/other.yaml")
    found = knobs("set", "metadata.owner.team", "ml", "--manifest", "sub/other.yaml")
    assert found.code == 0
    assert found.err.startswith("--- a/sub/other.yaml\n")
    assert "team: ml" in (knobs.folder / "sub/other.yaml").read_text()


def test_permissions_and_links_of_the_manifest_stay(knobs: Bench) -> None:
    real = knobs.folder / "real.yaml"
    manifest = knobs.folder / "release.yaml"
    manifest.rename(real)
    manifest.symlink_to("real.yaml")
    real.chmod(0o640)
    assert knobs("set", "metadata.owner.team", "ml").code == 0
    assert manifest.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640


def test_what_is_shown_moves_no_cursor(knobs: Bench) -> None:
    knobs.edit("# quoted", "# \u202equoted")
    found = knobs("set", "metadata.version", "2")
    assert "\u202e" not in found.err
    assert "\\u202e" in found.err
    assert sha256(b"") not in found.err
