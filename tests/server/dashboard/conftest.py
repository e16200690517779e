from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.forest import grow
from tests.server.team import served, team_app, team_client
from tests.usecases.cast import Clock
from tests.usecases.promoted import Promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.login.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

__all__ = ["promoted_folder"]

NOW = "2026-03-01T00:00:00Z"


@pytest.fixture(scope="session")
def told_story(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, all_keys: Path
) -> Promoted:
    """Give a copy of a registry with two promoted releases to tests that only look."""
    folder = tmp_path_factory.mktemp("looked-at") / "project"
    shutil.copytree(promoted_folder, folder)
    return Promoted(folder, KeyFolder(all_keys), Clock(NOW))


@pytest.fixture(scope="session")
def grown_story(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, all_keys: Path
) -> Promoted:
    """Give another copy, with releases that have much in them."""
    folder = tmp_path_factory.mktemp("grown") / "project"
    shutil.copytree(promoted_folder, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-02-20T00:00:00Z"))
    grow(story)
    return story


@pytest.fixture(scope="session")
def grown(grown_story: Promoted) -> Iterator[httpx.Client]:
    """Ask the pages over it."""
    browser = Browser("http://127.0.0.1")
    app = team_app(grown_story.registry, lambda: NOW, routers=(dashboard_routes(browser),))
    with served(app) as address, team_client(address) as client:
        yield client


@pytest.fixture(scope="session")
def pages(told_story: Promoted) -> Iterator[httpx.Client]:
    """Ask the pages over it."""
    browser = Browser("http://127.0.0.1")
    app = team_app(told_story.registry, lambda: NOW, routers=(dashboard_routes(browser),))
    with served(app) as address, team_client(address) as client:
        yield client
