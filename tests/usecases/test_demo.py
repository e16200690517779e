from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.usecases.workshop import run_apart
from weighbridge.usecases.demo.stage import Output, Stage
from weighbridge.usecases.demo.story import CAST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench


@pytest.mark.slow
def test_the_story_is_told_and_kept(run: Bench, tmp_path: Path) -> None:
    foreign = {
        "WEIGHBRIDGE_HOME": str(tmp_path / "foreign-home"),
        "WEIGHBRIDGE_KEYS": str(tmp_path / "foreign-keys"),
        "WEIGHBRIDGE_IGNORE": "INT001",
        "GIT_DIR": str(tmp_path / "foreign-git"),
        "TMPDIR": str(tmp_path),
    }
    told = run_apart(run.folder, "demo", "--keep", "kept", environ=foreign)
    assert (told.code, told.err) == (0, "")
    chapters = re.findall(r"^(\d+)\. ", told.out, re.MULTILINE)
    assert chapters == [str(number) for number in range(1, len(chapters) + 1)]
    assert "\x1b" not in told.out
    assert "error[INT001]: digest of model.onnx differs from the manifest" in told.out
    assert not list(tmp_path.glob("foreign*"))
    assert not list(tmp_path.glob("weighbridge-*"))
    kept = run.folder / "kept"
    assert [path for path in kept.rglob("*") if path.name.startswith(".")] == []
    assert list(kept.rglob("release.yaml")) == [kept / "release.yaml"]
    text = (kept / "release.yaml").read_text()
    assert yaml.safe_load(text)["metadata"]["version"] == "0.2.0"
    assert text.count("{") <= 3  # what `set` wrote anew
    assert (kept / "registry/registry.db").is_file()
    assert [path.stem for path in sorted((kept / "keys").glob("*.key"))] == sorted(CAST)
    assert {path.stat().st_mode & 0o777 for path in (kept / "keys").glob("*.key")} == {0o600}
    (pack,), (key,) = kept.rglob("*.tar"), kept.rglob("log.pub")
    assert run("evidence", "verify", str(pack), "--key", str(key)).code == 0
    assert run("log", "verify", "--deep", "--registry", "kept/registry").code == 0
    assert run("registry", "fsck", "--registry", "kept/registry").code == 0
    shown = told.out.splitlines()[-1].split()[1:]
    assert run(*shown).code == 0
    for version in ("0.1.0", "0.2.0"):
        name = f"file-type-detector@{version}"
        checked = run("check", name, "--registry", "kept/registry", "--image", "kept/image")
        assert checked.code == 0
    digests = re.findall(r"^  (sha256:[0-9a-f]{64})  file-type", told.out, re.MULTILINE)
    assert len(set(digests)) == 2
    assert run("demo", "--keep", "kept").code == 2


@pytest.mark.parametrize("kind", ["file", "full folder"])
def test_nothing_of_the_users_is_written_over(kind: str, run: Bench) -> None:
    place = run.folder / "mine"
    if kind == "file":
        place.write_text("x")
    else:
        place.mkdir()
        (place / "file").write_text("x")
    before = run.files()
    found = run("demo", "--keep", "mine")
    assert (found.code, found.out) == (2, "")
    assert "holds something already\n" in found.err
    assert run.files() == before


HOOK = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "{name}":
            raise ModuleNotFoundError("No module named {name}", name="{name}")
sys.meta_path.insert(0, Missing())
"""


@pytest.mark.parametrize("name", ["magika", "onnxruntime"])
def test_a_missing_extra_is_said_with_the_command_to_install_it(name: str, run: Bench) -> None:
    (run.folder / "sitecustomize.py").write_text(HOOK.format(name=name))
    found = run_apart(run.folder, "demo", environ={"PYTHONPATH": str(run.folder)})
    assert found.code == 3
    assert "error[WB150]" in found.err
    assert '   = help:  pip install "weighbridge[demo]"\n' in found.err


def test_a_missing_git_is_said(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(run.folder))
    found = run("demo")
    assert found.code == 3
    assert "git is not installed" in found.err


def test_a_command_that_ends_otherwise_stops_the_story(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "weighbridge", lambda *_, **__: Output("all is lost\n", 9))
    found = run("demo", "--color", "always")
    assert found.code == 3
    assert "the demo stopped: `weighbridge scan model.onnx` ended otherwise than told" in found.err
    assert "wanted  exit 0\n   | seen    exit 9" in re.sub("\x1b\\[[0-9;]*m", "", found.err)
    assert "\x1b[1m1. A model" in found.out
    assert "  all is lost\n" in found.out
