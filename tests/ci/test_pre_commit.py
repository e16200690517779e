"""The hooks for pre-commit: their entries are run as it runs them, with files behind them."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts import warm
from tests.ci.pipeline import ROOT
from tests.usecases.workshop import EVIL_PICKLE, Ran, clean_environ, commit, git, lay_out

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"id", "name", "description", "entry", "language", "files", "require_serial"}


def hooks() -> dict[str, dict[str, Any]]:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return {hook["id"]: hook for hook in found}


def run(hook: str, folder: Path, *files: str) -> Ran:
    """Run a hook: its entry is split as a shell would, and run without one."""
    environ = clean_environ()
    environ["PATH"] = f"{warm.folder()}:{environ['PATH']}"
    words = [*shlex.split(hooks()[hook]["entry"]), *files]
    done = subprocess.run(
        words, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_the_hooks_are_of_the_shape_pre_commit_reads() -> None:
    assert set(hooks()) == {"weighbridge-check", "weighbridge-scan"}
    for hook in hooks().values():
        assert set(hook) <= KEYS
        assert hook["language"] == "python"
        re.compile(hook["files"])


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("release.yaml", ["weighbridge-check"]),
        ("models/a/release.yaml", ["weighbridge-check"]),
        ("my-release.yaml", []),
        ("release.yaml.txt", []),
        ("weights/model.safetensors", ["weighbridge-scan"]),
        ("MODEL.PKL", ["weighbridge-scan"]),
        ("pkl", []),
        ("train.py", []),
    ],
)
def test_a_hook_is_asked_about_its_own_files(file: str, found: list[str]) -> None:
    asked = [name for name, hook in hooks().items() if re.search(hook["files"], file)]
    assert asked == found


def test_a_manifest_about_to_be_committed_is_weighed(tmp_path: Path) -> None:
    lay_out(tmp_path)
    commit(tmp_path)
    path = tmp_path / "release.yaml"
    (tmp_path / "note.txt").write_text("x")
    path.write_text(path.read_text().replace("team: house", "team: other"))
    git(tmp_path, "add", "--all")
    assert run("weighbridge-check", tmp_path, "release.yaml").code == 0
    path.write_text(path.read_text().replace("house@example.com", "TODO"))
    found = run("weighbridge-check", tmp_path, "release.yaml")
    assert found.code == 1
    assert "error[CFG009]" in found.out


def test_each_of_several_manifests_is_weighed_whatever_it_is_called(tmp_path: Path) -> None:
    names = ["a", "-x $(touch owned)", "c@1"]
    for name in names:
        lay_out(tmp_path / name)
    bad = tmp_path / "a/release.yaml"
    bad.write_text(bad.read_text().replace("house@example.com", "TODO"))
    commit(tmp_path)
    found = run("weighbridge-check", tmp_path, *(f"{name}/release.yaml" for name in names))
    assert found.code == 1
    assert found.out.count("\npass: ") == 2
    assert found.out.count("\nfail: ") == 1
    assert not list(tmp_path.rglob("owned"))


def test_model_files_are_scanned(tmp_path: Path) -> None:
    lay_out(tmp_path)
    assert run("weighbridge-scan", tmp_path, "weights/model.safetensors").code == 0
    (tmp_path / "--help.pkl").write_bytes(EVIL_PICKLE)
    found = run("weighbridge-scan", tmp_path, "weights/model.safetensors", "--help.pkl")
    assert found.code == 1
    assert "system" in found.out
