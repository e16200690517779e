from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from scripts.canary.yard import Yard
from tests.delivery.ground import Ground, settled
from tests.delivery.releases import Releases
from tests.tools import DEBIAN

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """A registry of people with keys; real tools are where `make tools` puts them."""
    environ = {**os.environ, "WEIGHBRIDGE_TOOLS": str(DEBIAN)}
    found = Yard(tmp_path_factory.mktemp("yard"), environ)
    found.people()
    return found


@pytest.fixture(scope="session")
def releases(yard: Yard) -> Releases:
    return Releases(yard)


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest, yard: Yard, releases: Releases) -> Iterator[Ground]:
    """An environment of the module's own, where the old release runs."""
    name = request.module.__name__.rpartition("_")[2]
    with settled(Ground(yard, releases, name)) as found:
        yield found
