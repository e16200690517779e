from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.server.dashboard.desk import OwnKeys, desk_of
from tests.usecases.cast import STORE, Clock, all_keys, staged
from tests.usecases.conftest import committed
from tests.usecases.promoted import Promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.dashboard.desk import Desk

__all__ = ["all_keys", "committed", "promoted_folder", "staged"]

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
