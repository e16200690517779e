from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.probes.repositories import git, observed, unavailable
from weighbridge.model.fact import SourceState, Unavailable
from weighbridge.probes import git_command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("own_home")


def test_a_clean_checkout(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://user:secret@example.com/ranker.git")
    assert observed(repository) == SourceState(
        commit=git(repository, "rev-parse", "HEAD"),
        repo="https://example.com/ranker.git",
        ref="main",
        changed=(),
    )


def test_without_origin_there_is_no_address(repository: Path) -> None:
    git(repository, "remote", "add", "other", "https://example.com/ranker.git")
    assert observed(repository).repo == ""


def test_every_kind_of_change_counts(repository: Path) -> None:
    for name in ("gone", "moved", "staged", "mode", "odd\n name é"):
        (repository / name).write_text(f"{name}\n" * 9)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=second")
    (repository / "train.py").write_text("print(2)\n")
    (repository / "gone").unlink()
    git(repository, "mv", "moved", "there")
    (repository / "staged").write_text("x")
    git(repository, "add", "staged")
    (repository / "staged").write_text("staged\n" * 9)
    (repository / "mode").chmod(0o755)
    (repository / "odd\n name é").write_text("x")
    (repository / "new folder").mkdir()
    (repository / "new folder/new").write_text("x")
    (repository / "ignored.tmp").write_text("x")
    assert observed(repository).changed == (
        "gone",
        "mode",
        "moved",
        "new folder/new",
        "odd\n name é",
        "staged",
        "there",
        "train.py",
    )


def test_a_conflict_counts(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "-b", "other")
    (repository / "train.py").write_text("print(2)\n")
    git(repository, "commit", "--quiet", "--all", "--message=two")
    git(repository, "checkout", "--quiet", "main")
    (repository / "train.py").write_text("print(3)\n")
    git(repository, "commit", "--quiet", "--all", "--message=three")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "other")
    assert observed(repository).changed == ("train.py",)


def test_names_that_are_not_utf_8_are_shown(repository: Path) -> None:
    (repository / os.fsdecode(b"\xff.txt")).write_text("x")
    assert observed(repository).changed == ("\\xff.txt",)


def test_own_files_never_count(repository: Path) -> None:
    (repository / "release.yaml").write_text("a: 2\n")
    (repository / "weighbridge.toml").write_text("")
    assert observed(repository).changed == ()
    assert observed(repository, own=()).changed == ("release.yaml", "weighbridge.toml")


def test_pinned_files_do_not_count_unless_git_knows_them(repository: Path) -> None:
    (repository / "weights").mkdir()
    (repository / "weights/model.onnx").write_text("x")
    (repository / "weights.txt").write_text("x")
    (repository / "labels.json").write_text("x")
    (repository / "train.py").write_text("print(2)\n")
    pinned = ("./weights", "labels.json", "train.py")
    assert observed(repository, pinned=pinned).changed == ("train.py", "weights.txt")


def test_a_release_in_a_subfolder(repository: Path) -> None:
    root = repository / "models/ranker"
    root.mkdir(parents=True)
    for name in ("release.yaml", "model.onnx", "new"):
        (root / name).write_text("x")
    (repository / "release.yaml").write_text("a: 2\n")
    (repository / "models/above").write_text("x")
    changed = observed(root, pinned=("model.onnx",)).changed
    assert changed == ("../../release.yaml", "../above", "new")


def test_a_folder_reached_over_a_link(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository)
    (repository / "new").write_text("x")
    assert observed(tmp_path / "link").changed == ("new",)


def test_the_tag_of_a_detached_head(repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    assert observed(repository).ref == ""
    git(repository, "tag", "v2")
    git(repository, "tag", "--annotate", "--message=x", "v1")
    assert observed(repository).ref == "v1"


def test_a_repository_within_is_shown_as_a_folder(repository: Path) -> None:
    (repository / "inner").mkdir()
    git(repository / "inner", "init", "--quiet")
    (repository / "inner/file").write_text("x")
    assert observed(repository).changed == ("inner/",)


def test_what_git_was_told_to_overlook_is_seen(repository: Path) -> None:
    for name in ("one", "two", "three", "four"):
        (repository / name).write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=second")
    git(repository, "update-index", "--assume-unchanged", "one", "three")
    git(repository, "update-index", "--skip-worktree", "two", "three", "four")
    index = (repository / ".git/index").read_bytes()
    for name in ("one", "two", "three"):
        (repository / name).write_text("another")
    (repository / "four").unlink()  # as in a sparse checkout
    assert observed(repository).changed == ("one", "three", "two")
    assert (repository / ".git/index").read_bytes() == index


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status.showUntrackedFiles", "no"),
        ("status.renames", "copies"),
        ("status.relativePaths", "false"),
        ("core.quotePath", "true"),
        ("core.checkStat", "minimal"),
        ("color.ui", "always"),
        ("status.branch", "false"),
    ],
)
def test_settings_of_the_repository_hide_nothing(repository: Path, key: str, value: str) -> None:
    git(repository, "config", key, value)
    (repository / "new").write_text("x")
    assert observed(repository).changed == ("new",)


def test_replaced_objects_do_not_count(repository: Path) -> None:
    first = git(repository, "rev-parse", "HEAD")
    (repository / "train.py").write_text("print(2)\n")
    git(repository, "commit", "--quiet", "--all", "--message=second")
    second = git(repository, "rev-parse", "HEAD")
    git(repository, "reset", "--quiet", "--soft", first)
    git(repository, "replace", first, second)
    assert git(repository, "status", "--porcelain") == ""
    assert (observed(repository).commit, observed(repository).changed) == (first, ("train.py",))


def test_variables_of_a_hook_do_not_lead_elsewhere(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other/index"))
    assert observed(repository).ref == "main"


def test_a_work_tree_elsewhere_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    git(repository, "config", "core.worktree", str(tmp_path / "elsewhere"))
    reason = "the git repository around the manifest has its work tree elsewhere"
    assert unavailable(repository).reason == reason


def test_no_repository(tmp_path: Path) -> None:
    found = unavailable(tmp_path)
    assert found.reason == "the manifest does not lie in a git repository"
    assert "git init" in found.hint


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert unavailable(tmp_path).reason == "the git repository has no commit yet"


def test_no_work_tree(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare", "bare.git")
    assert unavailable(tmp_path / "bare.git").reason == "the git repository has no work tree"


def test_no_git(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unavailable(repository) == Unavailable("git is not installed", "install git")


def test_no_folder(tmp_path: Path) -> None:
    reason = "git cannot be run: No such file or directory"
    assert unavailable(tmp_path / "nowhere").reason == reason


def test_somebody_elses_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # git's own way to test its check of the owner, which root cannot fail otherwise.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    found = unavailable(repository)
    assert found.reason == "git does not trust the repository: it belongs to another user"
    assert "safe.directory" in found.hint


def test_other_failures_are_told(repository: Path) -> None:
    (repository / ".git/index").write_bytes(b"broken")
    assert unavailable(repository).reason.startswith("`git ls-files` failed: ")


@pytest.mark.parametrize("program", ["exit 3", "echo >&2; exit 3"])
def test_silent_failures_are_told(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    stub = tmp_path / "bin/git"
    stub.parent.mkdir()
    stub.write_text(f"#!/bin/sh\n{program}\n")
    stub.chmod(0o755)
    monkeypatch.setenv("PATH", str(stub.parent), prepend=os.pathsep)
    assert unavailable(repository).reason == "`git rev-parse` failed: it does not say why"


def test_a_git_that_hangs_is_not_waited_for(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A configuration that is a pipe is how a repository can make git wait.
    os.mkfifo(tmp_path / "pipe")
    git(repository, "config", "include.path", str(tmp_path / "pipe"))
    monkeypatch.setattr(git_command, "TIMEOUT", 0.2)
    assert unavailable(repository).reason == "`git rev-parse` took longer than 0 s"
