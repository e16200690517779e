from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.usecases.workshop import LOCK, WEIGHTS, commit, lay_out, run_apart, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")
WARNING = """\
  parameters:
    threshold: {type: number, value: 0.5}
"""


def break_weights(bench: Bench) -> None:
    """Change one byte of the weights: an error."""
    path = bench.folder / "weights/model.safetensors"
    path.write_bytes(WEIGHTS[:-1] + b"\x01")
    commit(bench.folder)


def forget_description(bench: Bench) -> None:
    """Describe no parameter: a warning."""
    bench.edit("  artifacts:\n", WARNING + "  artifacts:\n")


def lose_git(bench: Bench) -> None:
    """Take the repository away: inconclusive."""
    (bench.folder / ".git").rename(bench.folder / "was-git")


def break_manifest(bench: Bench) -> None:
    bench.edit("kind: ModelRelease", "kind: ModelRelaese")


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize(
    ("troubles", "words", "code"),
    [
        ((), (), 0),
        ((break_weights,), (), 1),
        ((forget_description,), (), 0),
        ((forget_description,), ("--fail-on", "warning"), 1),
        ((lose_git,), (), 3),
        ((break_weights, lose_git), (), 1),
        ((break_manifest,), (), 2),
    ],
    ids=["pass", "error", "warning", "fail-on", "inconclusive", "both", "invalid"],
)
def test_the_exit_code_is_that_of_the_verdict_in_every_format(
    troubles: tuple[object, ...],
    words: tuple[str, ...],
    code: int,
    output_format: str,
    bench: Bench,
) -> None:
    for trouble in troubles:
        assert callable(trouble)
        trouble(bench)
    found = bench("check", "--output-format", output_format, *words)
    assert found.code == code
    assert bool(found.out) is (code != 2)


def test_a_whole_release_passes(bench: Bench) -> None:
    found = bench("check")
    rules = sum(line.split()[2] == "check" for line in bench("rules", "list").out.splitlines())
    assert found.out.startswith("note[GOV007]: the release has no model card\n")
    assert found.out.endswith(f"\n\npass: 1 note ({rules} rules)\n")
    assert found.err == ""


def test_the_json_has_the_shape_of_the_design(bench: Bench) -> None:
    head = commit(bench.folder)
    break_weights(bench)
    found = bench("check", "--output-format", "json", "--ignore", "CFG", "--select", "INT,CFG").json
    assert head
    assert list(found) == [
        "schemaVersion",
        "release",
        "verdict",
        "ruleSet",
        "findings",
        "skipped",
        "inputs",
        "summary",
    ]
    assert found["schemaVersion"] == 1
    assert found["release"] == {"name": "demo", "version": "1.0.0", "digest": None}
    assert found["verdict"] == "fail"
    assert list(found["ruleSet"]) == ["version", "digest"]
    assert found["ruleSet"]["digest"].startswith("sha256:")
    (finding,) = (entry for entry in found["findings"] if entry["code"] == "INT001")
    assert finding == {
        "code": "INT001",
        "name": "digest-mismatch",
        "severity": "error",
        "verdict": "fail",
        "subject": "weights/model.safetensors",
        "message": "digest of weights/model.safetensors differs from the manifest",
        "seen": finding["seen"],
        "wanted": f"{sha256(WEIGHTS)} (75 B)",
        "cause": finding["cause"],
        "location": {
            "file": "release.yaml",
            "line": 21,
            "column": 15,
            "pointer": "/spec/artifacts/0/digest",
        },
        "threat": None,
        "remediation": finding["remediation"],
        "waivedBy": None,
    }
    assert {"code": "CFG001", "reason": "ignored", "by": "--ignore"} in found["skipped"]
    assert {"code": "SEC001", "reason": "not selected", "by": "--select"} in found["skipped"]
    names = [entry["name"] for entry in found["inputs"]]
    assert names == [
        "labels.json",
        "release.yaml",
        "requirements.lock",
        "weights/model.safetensors",
    ]
    lock = {"name": "requirements.lock", "digest": sha256(LOCK.encode()), "cached": False}
    assert lock in found["inputs"]
    assert found["summary"]["errors"] == len(found["findings"])
    assert list(found["summary"]) == ["errors", "warnings", "notes", "inconclusive", "waived"]


def test_a_path_has_the_digest_it_is_sealed_under(bench: Bench) -> None:
    digest = bench("seal", "--output-format", "json").json["digest"]
    assert bench("check", "--output-format", "json").json["release"]["digest"] == digest
    bench.edit("1.0.0", "1.0.1")
    assert bench("check", "--output-format", "json").json["release"]["digest"] is None


@pytest.mark.parametrize("key", ["select", "ignore"])
def test_skipping_by_flag_is_listed(key: str, bench: Bench) -> None:
    skipped = bench("check", f"--{key}", "INT", "--output-format", "json").json["skipped"]
    assert skipped
    assert {entry["by"] for entry in skipped} == {f"--{key}"}
    assert all(entry["code"].startswith("INT") is (key == "ignore") for entry in skipped)


@pytest.mark.parametrize("key", ["select", "ignore"])
def test_skipping_by_variable_is_listed(
    key: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"WEIGHBRIDGE_{key.upper()}"
    monkeypatch.setenv(variable, "INT001, DEP")
    skipped = bench("check", "--output-format", "json").json["skipped"]
    assert {entry["by"] for entry in skipped} == {variable}
    assert ("INT001" in {entry["code"] for entry in skipped}) is (key == "ignore")


def test_skipping_by_file_is_listed_with_its_line(bench: Bench) -> None:
    (bench.folder / "weighbridge.toml").write_text('# ours\nignore = ["INT001"]\n')
    skipped = bench("check", "--output-format", "json").json["skipped"]
    by = f"{bench.folder}/weighbridge.toml:2"
    assert skipped == [{"code": "INT001", "reason": "ignored", "by": by}]


def test_the_text_says_what_was_skipped(bench: Bench) -> None:
    found = bench("check", "--ignore", "INT001")
    assert "\n\nskipped[INT001]: ignored (--ignore)\n\npass: " in found.out
    assert found.out.endswith(", 1 skipped)\n") or "(1 skipped)" in found.out


def test_flags_come_before_variables_before_the_file(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "weighbridge.toml").write_text('fail-on = "note"\n')
    forget_description(bench)
    assert bench("check").code == 1
    monkeypatch.setenv("WEIGHBRIDGE_FAIL_ON", "error")
    assert bench("check").code == 0
    assert bench("check", "--fail-on", "warning").code == 1


@pytest.mark.parametrize("source", ["flag", "variable", "file"])
def test_a_code_that_matches_nothing_is_an_error(
    source: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--ignore", "XYZ") if source == "flag" else ()
    if source == "variable":
        monkeypatch.setenv("WEIGHBRIDGE_IGNORE", "XYZ")
    if source == "file":
        (bench.folder / "weighbridge.toml").write_text('ignore = ["XYZ"]\n')
    found = bench("check", *words)
    assert (found.code, found.out) == (2, "")
    assert "error[WB101]: `XYZ` of" in found.err
    assert "matches no rule" in found.err


def test_a_code_in_small_letters_is_nearly_right(bench: Bench) -> None:
    found = bench("check", "--select", "int001")
    assert found.code == 2
    assert "did you mean `INT001`?" in found.err


def test_paths_are_shown_from_where_the_user_stands(run: Bench) -> None:
    other = lay_out(run.folder / "deep/er")
    (other / "weights/model.safetensors").unlink()
    commit(run.folder)
    found = run("check", "deep/er")
    assert "  --> deep/er/release.yaml:" in found.out
    assert str(run.folder) not in found.out
    same = run("check", "deep/er/release.yaml")
    assert same == found


def test_a_manifest_above_is_found_from_below(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bench.folder / "weights")
    found = bench("check")
    assert found.code == 0
    bench.edit("size: 75", "size: 76")
    assert f"--> {bench.folder}/release.yaml:" in bench("check").out


def test_settings_of_the_folder_that_is_checked_are_in_force(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bench.folder / "weighbridge.toml").write_text('ignore = ["INT001"]\n')
    monkeypatch.chdir(bench.folder.parent)
    assert "skipped[INT001]" in bench("check", "project").out


def test_the_project_file_and_the_registry_change_no_verdict(bench: Bench) -> None:
    (bench.folder / "weighbridge.toml").write_text('fail-on = "error"\n')
    assert bench("seal").code == 0
    assert bench("check").code == 0


def test_checking_writes_nothing(bench: Bench) -> None:
    before = bench.files()
    assert bench("check").code == 0
    assert bench.files() == before
    assert not (bench.folder / ".weighbridge").exists()


def test_the_same_release_gives_the_same_bytes(bench: Bench) -> None:
    forget_description(bench)
    first = run_apart(bench.folder, "check", "--output-format", "sarif")
    seeded = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    again = run_apart(bench.folder, "check", "--output-format", "sarif", environ=seeded)
    assert first.out == again.out != ""


def test_a_json_manifest_is_a_manifest(bench: Bench) -> None:
    tree = yaml.safe_load((bench.folder / "release.yaml").read_text())
    (bench.folder / "other.json").write_text(json.dumps(tree))
    commit(bench.folder)
    assert bench("check", "other.json").code == 0
