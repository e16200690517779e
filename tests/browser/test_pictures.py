"""Pages of releases that have much in them: hundreds of packages, targets, ancestors."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.browser.keyboard import Keyboard
from tests.browser.site import site_of
from tests.browser.visiting import VIEWS, View
from tests.server.dashboard.forest import NEW, OLD, grow
from tests.usecases.cast import Clock, staged
from tests.usecases.conftest import committed
from tests.usecases.promoted import Promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.inspecting import Inspector
    from tests.browser.site import Site
    from tests.browser.visiting import Visitor

__all__ = ["committed", "promoted_folder", "staged"]

pytestmark = pytest.mark.slow
NOW = "2026-03-01T00:00:00Z"
PAGES = (
    f"/compare/{OLD}/{NEW}",
    "/releases/{digest}/dependencies",
    "/releases/{digest}/dependencies?package=package-399&everything=1",
    "/releases/{digest}/lineage",
    "/releases/{digest}/compatibility",
)


@pytest.fixture(scope="module")
def forest(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, all_keys: Path
) -> Iterator[Site]:
    """Serve releases that have much in them."""
    folder = tmp_path_factory.mktemp("forest") / "project"
    shutil.copytree(promoted_folder, folder)
    story = Promoted(folder, KeyFolder(all_keys), Clock("2026-02-20T00:00:00Z"))
    grow(story)
    with site_of(story, lambda: NOW) as site:
        yield site
    story.registry.close()


@pytest.mark.parametrize("view", VIEWS, ids=str)
@pytest.mark.parametrize("path", PAGES)
def test_much_can_be_read_as_little(
    visitor: Visitor, inspector: Inspector, forest: Site, path: str, view: View
) -> None:
    window = visitor(view, site=forest)
    window.visit(path.format(digest=forest.story.digest(NEW)), who="dora")
    assert inspector.inspect(window, framed=True) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_keyboard_is_enough(visitor: Visitor, forest: Site, path: str) -> None:
    page = visitor(View(), site=forest).visit(
        path.format(digest=forest.story.digest(NEW)), who="dora"
    )
    assert Keyboard(page).walk() == []


def test_letters_of_a_picture_are_in_their_boxes(visitor: Visitor, forest: Site) -> None:
    digest = forest.story.digest(NEW)
    page = visitor(View(), site=forest).visit(
        f"/releases/{digest}/dependencies?everything=1", who="dora"
    )
    outside = page.evaluate(
        """() => Array.from(document.querySelectorAll("svg .box")).filter((box) => {
          const frame = box.querySelector("rect").getBBox();
          const text = box.querySelector("text").getBBox();
          return text.x < frame.x || text.x + text.width > frame.x + frame.width;
        }).length"""
    )
    assert outside == 0
    size = page.evaluate(
        "parseFloat(getComputedStyle(document.querySelector('.box text')).fontSize)"
    )
    assert size >= 12
