"""A browser, a site, and windows onto it.

Playwright keeps an event loop on the thread of the tests for as long as the browser runs: nothing
else there may run one meanwhile. So the browser ends with the folder, not with the session.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import chromium
from tests.browser.inspecting import Inspector
from tests.browser.site import site_of
from tests.browser.story import reopened, tell
from tests.browser.visiting import Visitor, Windows
from tests.usecases.cast import all_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.site import Site

__all__ = ["all_keys"]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory, all_keys: Path) -> Path:
    """Tell the story; it is copied for whoever tells on."""
    return tell(tmp_path_factory.mktemp("told") / "project", all_keys)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run a browser."""
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="package")
def site(told: Path, all_keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the story; nobody changes it."""
    with _served_copy(told, tmp_path_factory.mktemp("site"), all_keys) as found:
        yield found


@pytest.fixture
def own_site(told: Path, all_keys: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a copy of the story, for a test that tells on."""
    with _served_copy(told, tmp_path, all_keys) as found:
        yield found


@contextlib.contextmanager
def _served_copy(told: Path, folder: Path, keys: Path) -> Iterator[Site]:
    shutil.copytree(told, folder / "project")
    story = reopened(folder / "project", keys)
    try:
        with site_of(story, story.clock) as found:
            yield found
    finally:
        story.registry.close()


@pytest.fixture(scope="package")
def windows(browser: Browser, site: Site) -> Iterator[Windows]:
    """Keep windows onto it."""
    found = Windows(browser, site)
    yield found
    found.close()


@pytest.fixture(scope="package")
def inspector() -> Inspector:
    """Look at pages, and remember what was looked at."""
    return Inspector()


@pytest.fixture
def visitor(windows: Windows) -> Iterator[Visitor]:
    """Visit the site; nothing may have gone wrong in the browser."""
    found = Visitor(windows)
    yield found
    trouble = found.trouble()
    found.close()
    assert trouble == []
