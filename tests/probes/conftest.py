"""What the tests of probes stand on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.probes.repositories import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without anybody's git configuration; no repository above it is found."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    return home


@pytest.fixture
def repository(own_home: Path) -> Path:
    """A repository with one commit."""
    root = own_home.parent / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    (root / "train.py").write_text("print(1)\n")
    (root / "release.yaml").write_text("a: 1\n")
    (root / ".gitignore").write_text("*.tmp\n")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message=first")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a release folder with a neighbour nothing may lead to."""
    (tmp_path / "secret").write_text("secret")
    inside = tmp_path / "release"
    (inside / "model/.cache").mkdir(parents=True)
    (inside / "model/weights.bin").write_bytes(b"weights")
    (inside / "model/.hidden").write_bytes(b"hidden")
    (inside / "model/.cache/extra.bin").write_bytes(b"extra")
    (inside / "a.bin").write_bytes(b"a")
    return inside
