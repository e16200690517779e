from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from weighbridge.model.fact import SourceState, Unavailable
from weighbridge.probes import git_command
from weighbridge.probes.git import observe_source

if TYPE_CHECKING:
    from pathlib import Path

OWN = ("release.yaml", "weighbridge.toml")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "train.py").write_text("print(1)\n")
    (root / "release.yaml").write_text("a: 1\n")
    (root / ".gitignore").write_text("*.tmp\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=first")
    return root


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


def observed(
    root: Path, *, own: tuple[str, ...] = OWN, pinned: tuple[str, ...] = ()
) -> SourceState:
    found = observe_source(root, own_files=own, pinned=pinned)
    assert isinstance(found, SourceState), found
    return found


def unavailable(root: Path) -> Unavailable:
    found = observe_source(root, own_files=OWN, pinned=())
    assert isinstance(found, Unavailable), found
    return found


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
