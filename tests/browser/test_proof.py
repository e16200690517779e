"""A browser proves entries of the ledger by itself, and notices what is not as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.visiting import View
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

    from tests.browser.site import Site
    from tests.browser.visiting import Visitor, Window

pytestmark = pytest.mark.slow
_OTHER = "0" * 64


def fresh(visitor: Visitor, site: Site | None = None) -> Window:
    """Open a window of a browser that has seen no log; windows are used again."""
    window = visitor(site=site)
    window.visit("/ledger", who="dora").evaluate("localStorage.clear()")
    return window


def verdict(page: Page) -> str:
    """Wait for what the browser says of the entry, and return it."""
    page.locator("#proof[data-verdict]").wait_for()
    return page.get_by_role("status").inner_text()


def test_an_entry_is_proven_and_remembered(visitor: Visitor) -> None:
    window = fresh(visitor)
    page = window.visit("/ledger/5", who="dora")
    assert verdict(page) == "✓ Proven. Entry 5 stands in the ledger with exactly these bytes."
    steps = page.locator("#proof ol li")
    assert "it is the first of this log that this browser sees" in steps.last.inner_text()
    root = page.evaluate("JSON.parse(localStorage.getItem('weighbridge.ledger')).root")
    assert root in steps.nth(1).inner_text()
    page = window.visit("/ledger/0", who="dora")
    assert verdict(page).startswith("✓ Proven.")
    assert "the log is as this browser saw it last" in page.locator("#proof ol").inner_text()


def test_a_log_that_grew_is_proven_to_have_grown(visitor: Visitor, own_site: Site) -> None:
    window = fresh(visitor, own_site)
    verdict(window.visit("/ledger/5", who="dora"))
    body = {"name": "x", "version": "1", "digest": "x"}
    index = own_site.story.registry.change(lambda change: change.append(Kind.RELEASE_REFUSED, body))
    page = window.visit(f"/ledger/{index}", who="dora")
    assert verdict(page).startswith("✓ Proven.")
    assert f"the log begins with the {index} entries" in page.locator("#proof ol").inner_text()


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("**/v1/ledger/entries/5", lambda text: text.replace("a", "b", 1)),
        ("**/v1/ledger/proofs/5", lambda text: _with(text, path=[_OTHER])),
        ("**/v1/ledger/proofs/5", lambda text: _with(text, index=4)),
        ("**/v1/registry", lambda text: text.replace("+A", "+B", 1)),
    ],
)
def test_whatever_is_changed_is_not_proven(
    visitor: Visitor, path: str, change: Callable[[str], str]
) -> None:
    window = fresh(visitor)

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=change(response.text()))

    window.context.route(path, answer)
    try:
        page = window.visit("/ledger/5", who="dora")
        assert verdict(page).startswith("✕ It does not prove it:")
        assert page.evaluate("localStorage.getItem('weighbridge.ledger')") is None
    finally:
        window.context.unroute(path)


def test_a_log_that_is_shorter_than_before_is_an_alarm(visitor: Visitor) -> None:
    window = fresh(visitor)
    page = window.visit("/ledger/5", who="dora")
    verdict(page)
    page.evaluate(
        """() => {
          const kept = JSON.parse(localStorage.getItem("weighbridge.ledger"));
          const size = String(Number(kept.size) + 1);
          localStorage.setItem("weighbridge.ledger", JSON.stringify({ ...kept, size }));
        }"""
    )
    page = window.visit("/ledger/5", who="dora")
    assert "entries were taken away, or an old state is shown" in verdict(page)
    page.get_by_role("button", name="Forget what this browser saw").click()
    page.locator("#proof[data-verdict=good]").wait_for()


def test_without_a_script_the_command_is_told(visitor: Visitor) -> None:
    page = visitor(View(script=False)).visit("/ledger/5", who="dora")
    assert not page.get_by_text("Being checked by your browser").is_visible()
    assert page.get_by_text("weighbridge log prove 5 --output FILE").is_visible()


def _with(text: str, **changes: object) -> str:
    return json.dumps({**json.loads(text), **changes})
