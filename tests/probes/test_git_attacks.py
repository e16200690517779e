"""Repositories that would have git run a program of theirs: the program leaves a marker."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.probes.repositories import git, observed, unavailable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that comes to be if anything of the repository is run."""
    return tmp_path / "marker"


@pytest.fixture
def attack(tmp_path: Path, marker: Path) -> Path:
    program = tmp_path / "attack.sh"
    program.write_text(f"#!/bin/sh\ntouch '{marker}'\n")
    program.chmod(0o755)
    return program


def dirty_in_place(repository: Path) -> None:
    """Change a file without its size, so that git must read it to tell."""
    (repository / "train.py").write_text("print(2)\n")


def test_the_file_system_monitor_is_not_run(repository: Path, attack: Path, marker: Path) -> None:
    git(repository, "config", "core.fsmonitor", str(attack))
    dirty_in_place(repository)
    assert observed(repository).changed == ("train.py",)
    assert not marker.exists()
    git(repository, "status")
    assert marker.exists()  # the attack would have worked


@pytest.mark.parametrize("where", ["config", "include", "worktree"])
@pytest.mark.parametrize("kind", ["clean", "process"])
def test_filters_of_the_repository_are_not_run(
    repository: Path, attack: Path, marker: Path, *, kind: str, where: str
) -> None:
    arguments: tuple[str, ...] = ()
    if where == "include":
        included = repository / ".git/included"
        git(repository, "config", "include.path", str(included))
        arguments = ("--file", str(included))
    if where == "worktree":
        git(repository, "config", "extensions.worktreeConfig", "true")
        arguments = ("--worktree",)
    git(repository, "config", *arguments, f"filter.Evil one.{kind}", str(attack))
    git(repository, "config", *arguments, "filter.Evil one.required", "true")
    git(repository, "config", *arguments, "filter.x.required", "true")
    git(repository, "config", *arguments, f"filter.x.{kind}", str(attack))
    attributes = '*.py filter=x\nrelease.yaml filter="Evil one"\n'
    (repository / ".git/info/attributes").write_text(attributes)
    dirty_in_place(repository)
    assert observed(repository).changed == ("train.py",)
    assert not marker.exists()


def test_a_filter_would_have_been_run(repository: Path, attack: Path, marker: Path) -> None:
    git(repository, "config", "filter.x.clean", str(attack))
    (repository / ".git/info/attributes").write_text("*.py filter=x\n")
    dirty_in_place(repository)
    git(repository, "status")
    assert marker.exists()


def test_a_filter_that_cannot_be_switched_off(repository: Path, attack: Path, marker: Path) -> None:
    git(repository, "config", "filter.a=b.clean", str(attack))
    (repository / ".git/info/attributes").write_text("*.py filter=a=b\n")
    dirty_in_place(repository)
    reason = "the git repository has a filter that cannot be switched off"
    assert unavailable(repository).reason == reason
    assert not marker.exists()


def test_filters_of_the_user_keep_working(repository: Path, attack: Path, marker: Path) -> None:
    git(repository, "config", "--global", "filter.upper.clean", "tr a-z A-Z")
    (repository / ".gitattributes").write_text("*.txt filter=upper\n")
    (repository / "a.txt").write_text("abc")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=second")
    git(repository, "config", "filter.upper.clean", str(attack))
    git(repository, "config", "filter.upper.required", "true")
    (repository / "a.txt").write_text("aBc")
    assert observed(repository).changed == ()
    assert not marker.exists()


@pytest.mark.parametrize("inside", [".git/hooks", "hooks"])
def test_hooks_are_not_run(repository: Path, attack: Path, marker: Path, inside: str) -> None:
    folder = repository / inside
    folder.mkdir(exist_ok=True)
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(attack, folder / name)
    if inside == "hooks":
        git(repository, "config", "core.hooksPath", "hooks")
    git(repository, "update-index", "--assume-unchanged", "release.yaml")
    marker.unlink(missing_ok=True)
    dirty_in_place(repository)
    assert "train.py" in observed(repository).changed
    assert not marker.exists()


def test_submodules_are_not_entered(
    repository: Path, tmp_path: Path, attack: Path, marker: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(repository, source)
    allow = ("-c", "protocol.file.allow=always")
    git(repository, *allow, "submodule", "--quiet", "add", str(source), "inner")
    git(repository, "commit", "--quiet", "--message=second")
    inner = repository / "inner"
    git(inner, "config", "core.fsmonitor", str(attack))
    git(inner, "config", "filter.x.clean", str(attack))
    (inner / "train.py").write_text("print(2)\n")
    (repository / ".git/modules/inner/info").mkdir(exist_ok=True)
    (repository / ".git/modules/inner/info/attributes").write_text("*.py filter=x\n")
    assert observed(repository).changed == ()
    assert not marker.exists()
    git(inner, "-c", "core.fsmonitor=false", "commit", "--quiet", "--allow-empty", "-m", "third")
    marker.unlink(missing_ok=True)
    assert observed(repository).changed == ("inner",)
    assert not marker.exists()


def test_nothing_is_fetched(repository: Path, tmp_path: Path, attack: Path, marker: Path) -> None:
    # A partial clone: git would fetch the missing tree of HEAD with a program of the remote's.
    (repository / "train.py").write_text("print(2)\n")
    git(repository, "commit", "--quiet", "--all", "--message=second")
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    (repository / f".git/objects/{tree[:2]}/{tree[2:]}").unlink()
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": str(tmp_path),
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(attack),
        "protocol.allow": "always",
        "protocol.file.allow": "always",
    }.items():
        git(repository, "config", key, value)
    assert unavailable(repository).reason
    assert not marker.exists()
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "status")
    assert marker.exists()  # the attack would have worked


def test_a_git_beside_the_release_is_not_run(
    repository: Path, attack: Path, marker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(attack, repository / "git")
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert observed(repository).changed == ("git",)
    assert not marker.exists()
