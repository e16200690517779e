"""The pictures of the documentation: `make screenshots` takes them, nothing else does.

What is on a page is the same each time but for digests of what was signed: keys are made anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser.pages import PAGES
from tests.browser.visiting import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.site import Site
    from tests.browser.visiting import Scheme, Visitor

FOLDER: Final = Path(__file__).parents[2] / "docs/images"
LARGEST: Final = 150_000
"""Bytes of a picture."""
SCHEMES: Final[tuple[Scheme, ...]] = ("light",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A picture.

    Attributes:
        name: Of its files: `NAME-light.png`, `NAME-dark.png`.
        path: Of the page, or what says so of a site.
        who: Name of the person who is logged in.
    """

    name: str
    path: str | Callable[[Site], str]
    who: str = "dora"

    def file(self, scheme: Scheme) -> str:
        """Name one of its files."""
        return f"{self.name}-{scheme}.png"


SHOWN: Final = (
    "pipeline",
    "release",
    "blocked",
    "approvals",
    "approve",
    "environment",
    "rollback",
    "policy",
    "comparison",
    "entry",
    "insights",
)
"""What the documentation shows."""
SHOTS: Final = tuple(
    Shot(name=one.name, path=one.path, who=one.who) for one in PAGES if one.name in SHOWN
)


def take(visitor: Visitor, site: Site, shot: Shot, scheme: Scheme) -> bytes:
    """Take a picture at a desk: PNG, one dot for each pixel of the page."""
    window = visitor(View(scheme), site=site)
    window.page.clock.set_fixed_time(site.clock())
    page = window.visit(site.path(shot.name, shot.path), who=shot.who)
    page.wait_for_load_state("networkidle")  # a proof is computed
    page.evaluate("document.fonts.ready")
    return page.screenshot(animations="disabled", caret="hide", scale="css")
