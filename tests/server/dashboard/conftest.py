from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.desk import OwnKeys, desk_of
from tests.server.dashboard.forest import grow
from tests.server.team import served, team_app, team_client
from tests.usecases.cast import STORE, Clock
from tests.usecases.promoted import Promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.server.dashboard.contents import dashboard_routes
from weighbridge.server.login.browser import Browser

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.server.dashboard.desk import Desk

__all__ = ["promoted_folder"]

NOW = "2026-03-01T12:00:00Z"
SIGNS = ("ann", "ben", "cat", "dora", "max", "carl", "bea")


def keys_of(story: Promoted) -> OwnKeys:
    return OwnKeys(story.key, {one: story.keys.public(one).spki_digest for one in SIGNS})


@pytest.fixture(scope="session")
def still(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, all_keys: Path
) -> Iterator[Promoted]:
    """Give the registry to tests that only look."""
    folder = tmp_path_factory.mktemp("still") / "promoted"
    shutil.copytree(promoted_folder, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock(NOW))
    yield story
    story.registry.close()


@pytest.fixture(scope="session")
def desk(still: Promoted) -> Iterator[Desk]:
    """Serve it."""
    with desk_of(still.registry, still.folder, lambda: NOW, signers=keys_of(still)) as found:
        yield found


@pytest.fixture
def moving(tmp_path: Path, promoted_folder: Path, all_keys: Path) -> Iterator[Promoted]:
    """Give a copy of it to who changes something."""
    folder = tmp_path / "promoted"
    shutil.copytree(promoted_folder, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock(NOW))
    yield story
    story.registry.close()


@pytest.fixture
def busy(moving: Promoted) -> Iterator[Desk]:
    """Serve that copy."""
    with desk_of(moving.registry, moving.folder, lambda: NOW, signers=keys_of(moving)) as found:
        yield found


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve a registry in which nothing was done yet."""
    folder = tmp_path_factory.mktemp("bare")
    registry = EmbeddedRegistry(folder / STORE, clock=Clock(NOW))
    with desk_of(registry, folder, lambda: NOW) as found:
        yield found
    registry.close()


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
