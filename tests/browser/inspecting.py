"""What is asked of every page, however it was come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.browser.axe import barriers
from tests.browser.look import flaws

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.visiting import Window

# What a page is made of, for who cannot see it.
_OUTLINE: Final = """() => {
  const count = (wanted) => document.querySelectorAll(wanted).length;
  const first = document.querySelector("a[href], button, input:not([type=hidden]), summary");
  const to = first && first.hash && document.getElementById(first.hash.slice(1));
  const main = document.querySelector("main");
  return {
    lang: document.documentElement.lang, title: document.title,
    h1: count("h1"), main: count("main"), nav: count("nav"),
    skips: Boolean(to && main && (main === to || main.contains(to))),
  };
}"""


@dataclass
class Inspector:
    """Looks at pages; what axe found nothing in is not shown to it again in the same view.

    Attributes:
        passed: Colour scheme, width and text of documents that keep nobody out.
    """

    passed: set[tuple[str, str, str]] = field(default_factory=set)

    def inspect(self, window: Window, *, framed: bool = True) -> list[str]:
        """List what is wrong with the page in a window.

        Args:
            window: Where it is.
            framed: Whether it is a page of the dashboard.
        """
        wrong = outline(window.page, framed=framed) + flaws(window, strict=framed)
        seen = (window.view.scheme, window.view.width, window.page.content())
        if seen in self.passed:
            return wrong
        found = barriers(window)
        if not found:
            self.passed.add(seen)
        return wrong + found


def outline(page: Page, *, framed: bool) -> list[str]:
    """List what is missing of what a page is made of."""
    found = page.evaluate(_OUTLINE)
    wanted = {"lang": "en", "h1": 1, "main": 1} | ({"skips": True} if framed else {})
    wrong = [
        f"{name}: {found[name]}, not {one}" for name, one in wanted.items() if found[name] != one
    ]
    if framed and not found["nav"]:
        wrong.append("there is no nav")
    name, _, ending = found["title"].rpartition(" – ")
    if not name or ending != "weighbridge":
        wrong.append(f"the title is {found['title']!r}")
    return wrong
