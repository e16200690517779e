from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import all_keys, cast, ownerless, staged
from tests.usecases.image_release import imaged
from tests.usecases.repacked import layout, packed_forms
from tests.usecases.stage import set_up, stage
from tests.usecases.tried import sandbox_on_path
from tests.usecases.workshop import Bench, commit, lay_out

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "all_keys",
    "cast",
    "imaged",
    "layout",
    "ownerless",
    "packed_forms",
    "sandbox_on_path",
    "set_up",
    "stage",
    "staged",
]

FOREIGN = ("NO_COLOR", "VIRTUAL_ENV", "TERM")


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Bench:
    """Run commands in an empty folder, whatever the machine's own settings are."""
    for name in os.environ:
        if name.startswith("WEIGHBRIDGE") or name in FOREIGN:
            monkeypatch.delenv(name)
    # A process a reading would cost more than all else a test does; `run_apart` has them.
    monkeypatch.setenv("WEIGHBRIDGE_ENGINE", "here")
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Bench(folder, capsys)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository that holds a whole release, to be copied."""
    folder = lay_out(tmp_path_factory.mktemp("committed") / "project")
    commit(folder)
    return folder


@pytest.fixture
def bench(run: Bench, committed: Path) -> Bench:
    """Run commands in a repository that holds a whole, committed release."""
    shutil.copytree(committed, run.folder, dirs_exist_ok=True)
    return run
