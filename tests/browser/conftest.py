"""A browser, a site, and windows onto it.

Playwright keeps an event loop on the thread of the tests for as long as the browser runs: nothing
else there may run one meanwhile. So the browser ends with the folder, not with the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import chromium
from tests.browser.site import site_of
from tests.browser.visiting import Visitor, Windows
from tests.usecases.cast import Clock, all_keys, staged
from tests.usecases.conftest import committed
from tests.usecases.promoted import Promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.site import Site

__all__ = ["all_keys", "committed", "promoted_folder", "staged"]

NOW = "2026-03-01T12:00:00Z"


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Run a browser."""
    with chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="package")
def site(promoted_folder: Path, all_keys: Path) -> Iterator[Site]:
    """Serve the story; nobody changes it."""
    story = Promoted(promoted_folder, KeyFolder(all_keys), Clock(NOW))
    with site_of(story, lambda: NOW) as found:
        yield found
    story.registry.close()


@pytest.fixture(scope="package")
def windows(browser: Browser, site: Site) -> Iterator[Windows]:
    """Keep windows onto it."""
    found = Windows(browser, site)
    yield found
    found.close()


@pytest.fixture
def visitor(windows: Windows) -> Iterator[Visitor]:
    """Visit the site; nothing may have gone wrong in the browser."""
    found = Visitor(windows)
    yield found
    trouble = found.trouble()
    found.close()
    assert trouble == []
