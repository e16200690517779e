from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.usecases.project import project_folders

if TYPE_CHECKING:
    from pathlib import Path


def test_a_project_reaches_up_to_the_top_of_its_repository(tmp_path: Path) -> None:
    (tmp_path / "top/.git").mkdir(parents=True)
    inner = tmp_path / "top/a/b"
    inner.mkdir(parents=True)
    assert list(project_folders(inner)) == [inner, tmp_path / "top/a", tmp_path / "top"]


def test_a_folder_everybody_may_write_to_is_nobodys_project(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    mine = shared / "mine/model"
    mine.mkdir(parents=True)
    shared.chmod(0o1777)
    assert list(project_folders(mine)) == [mine, shared / "mine"]
    # Whoever stands in it means it.
    assert next(iter(project_folders(shared))) == shared
