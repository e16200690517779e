from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.attacks.hands import Hands
from tests.usecases.cast import Clock, all_keys, staged
from tests.usecases.conftest import committed, run
from tests.usecases.promoted import FIRST, SECOND, Promoted
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["all_keys", "committed", "run", "staged"]


@pytest.fixture(scope="session")
def arrived_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Bring two releases to staging; the first is approved for production, and there."""
    folder = tmp_path_factory.mktemp("attacked") / "project"
    shutil.copytree(staged, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.set_up()
    story.sign(FIRST)
    story.check(FIRST)
    assert story.promote(FIRST, "staging")
    story.approve(FIRST, "cat", "dora")
    story.seal_next()
    story.sign(SECOND)
    assert story.promote(SECOND, "staging")
    story.registry.close()
    return folder


@pytest.fixture
def hands(tmp_path: Path, arrived_folder: Path, all_keys: Path) -> Iterator[Hands]:
    """Give a copy of that registry into an attacker's hands, a month later."""
    folder = tmp_path / "attacked"
    shutil.copytree(arrived_folder, folder)
    attacker = Hands(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    assert attacker.audited() == []
    yield attacker
    attacker.registry.close()
