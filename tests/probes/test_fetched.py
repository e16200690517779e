"""Revisions of repositories elsewhere: fetched whole or not at all, and never beyond a budget."""

from __future__ import annotations

import os
import sys
import tempfile
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.probes.repositories import git
from weighbridge.model.errors import UnreadableError
from weighbridge.probes.catalogues.fetched import FETCHED, fetched

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

BUDGET = 1 << 16
NOISE = b"".join(sha256(str(number).encode()).digest() for number in range(BUDGET // 8))
"""What no compression makes smaller."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    keep(folder, "policy.yaml", b"kind: PromotionPolicy\n")
    return folder


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have all that is fetched lie where it can be looked for."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def keep(repository: Path, name: str, data: bytes) -> None:
    (repository / name).write_bytes(data)
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=more")


def fetching(repository: Path, budget: int = BUDGET) -> AbstractContextManager[Path]:
    url = repository.as_uri()
    return fetched(url, "main", environ=os.environ, what="policy", budget=budget)


def test_a_revision_within_the_budget_is_there_as_long_as_it_is_needed(
    repository: Path, scratch: Path
) -> None:
    with fetching(repository) as folder:
        assert git(folder, "ls-tree", "--name-only", FETCHED) == "policy.yaml"
    assert list(scratch.iterdir()) == []


def test_a_repository_too_large_for_the_budget_is_refused_and_nothing_of_it_stays(
    repository: Path, scratch: Path
) -> None:
    keep(repository, "large.bin", NOISE)
    with (
        pytest.raises(UnreadableError, match="too large to be fetched") as caught,
        fetching(repository),
    ):
        pass
    (fault,) = caught.value.faults
    assert fault.wanted == "at most 65,536 bytes"
    assert any("clone the repository yourself" in step for step in fault.help)
    assert list(scratch.iterdir()) == []


def test_what_lies_in_the_history_alone_counts_for_nothing(repository: Path) -> None:
    keep(repository, "large.bin", NOISE)
    (repository / "large.bin").unlink()
    keep(repository, "small.bin", b"small")
    with fetching(repository) as folder:
        assert "small.bin" in git(folder, "ls-tree", "--name-only", FETCHED)


def test_what_unfolds_to_more_than_the_budget_stays_packed(repository: Path) -> None:
    keep(repository, "zeros.bin", bytes(64 * BUDGET))
    with fetching(repository) as folder:
        sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    assert max(sizes) < BUDGET


def test_many_small_files_are_too_large_together(repository: Path) -> None:
    for number in range(64):
        (repository / f"{number}.bin").write_bytes(NOISE[number * 4096 :][:4096])
    keep(repository, "last.bin", b"last")
    with pytest.raises(UnreadableError, match="too large to be fetched"), fetching(repository):
        pass


def test_where_nothing_bounds_what_git_writes_nothing_is_fetched(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    with pytest.raises(UnreadableError, match="cannot bound what git writes"), fetching(repository):
        pass
