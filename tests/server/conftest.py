from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.certificates import local_certificate
from tests.server.doors import Guarded, opened
from tests.usecases.cast import Clock, all_keys, staged
from tests.usecases.conftest import committed
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.doors import Door

__all__ = ["all_keys", "committed", "staged"]


@pytest.fixture(scope="session")
def guarded_folder(tmp_path_factory: pytest.TempPathFactory, staged: Path, all_keys: Path) -> Path:
    """Promote releases that run in images."""
    folder = tmp_path_factory.mktemp("guarded") / "project"
    shutil.copytree(staged, folder)
    story = Guarded(folder, KeyFolder(all_keys), Clock("2026-02-01T00:00:00Z"))
    story.tell()
    story.registry.close()
    return folder


@pytest.fixture
def guarded(tmp_path: Path, guarded_folder: Path, all_keys: Path) -> Iterator[Guarded]:
    """Give a copy of that registry, a month later."""
    folder = tmp_path / "guarded"
    shutil.copytree(guarded_folder, folder)
    story = Guarded(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    yield story
    story.registry.close()


@pytest.fixture
def door(guarded: Guarded) -> Iterator[Door]:
    """Answer for production, over HTTP."""
    with opened(guarded.folder, "--admission", "production") as found:
        yield found


@pytest.fixture(scope="session")
def story(
    tmp_path_factory: pytest.TempPathFactory, guarded_folder: Path, all_keys: Path
) -> Guarded:
    """Give a copy of that registry to tests that only ask."""
    folder = tmp_path_factory.mktemp("still") / "guarded"
    shutil.copytree(guarded_folder, folder)
    return Guarded(folder, KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))


@pytest.fixture(scope="session")
def still(story: Guarded) -> Iterator[Door]:
    """Answer for production where nothing changes, over HTTP."""
    with opened(story.folder, "--admission", "production") as found:
        yield found


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate of 127.0.0.1, with its key in the same file."""
    return local_certificate(tmp_path_factory.mktemp("certificate"))
