"""What visits pages finds the faults that were put into some, and none where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.faulty import faulty_site
from tests.browser.inspecting import Inspector, outline
from tests.browser.keyboard import Keyboard
from tests.browser.visiting import VIEWS, View, Windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.visiting import Window

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def faulty(browser: Browser) -> Iterator[Windows]:
    with faulty_site() as site:
        windows = Windows(browser, site)
        yield windows
        windows.close()


def seen(windows: Windows, fault: str, view: View) -> tuple[Window, list[str]]:
    """Visit a page; return all that is found there."""
    window = windows.kept(view)
    window.trouble()
    window.visit(f"/{fault}")
    found = Inspector().inspect(window)
    return window, [*window.trouble(), *found]


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_page_without_faults_has_none(faulty: Windows, view: View) -> None:
    window, found = seen(faulty, "good", view)
    assert found == []
    window.visit("/good")
    assert Keyboard(window.page).walk() == []
    assert window.trouble() == []


@pytest.mark.parametrize(
    ("fault", "view", "told"),
    [
        ("script", View(), "console: Executing inline script violates"),
        ("style", View(script=False), "console: Applying inline style violates"),
        ("elsewhere", View(), "asks another place: http://192.0.2.1/picture.png"),
        ("named", View(), "asks another place: http://example.com/picture.png"),
        ("missing", View(), "answer: 404"),
        ("breaks", View(), "script: it broke"),
        ("complains", View(), "console: it is not well"),
        ("no-alt", View(script=False), "image-alt (critical)"),
        ("pale", View("dark", script=False), "color-contrast (serious)"),
        ("pale", View("dark"), "color-contrast (serious)"),
        ("wide", View(width="phone"), "px wide, the screen 390"),
        ("short", View(), "text is cut off: <p> “A line of text"),
        ("low", View(script=False), "text is cut off: <p> “A line of text"),
        ("over", View(), "<h2> “A heading” and <button> “On top of the heading” lie on each"),
        ("small", View(), "<button> “Small” is "),
        ("two-h1", View(), "h1: 2, not 1"),
    ],
)
def test_a_fault_is_found(faulty: Windows, fault: str, view: View, told: str) -> None:
    _, found = seen(faulty, fault, view)
    assert [line for line in found if told in line], found


def test_what_is_well_elsewhere_is_not_found_there(faulty: Windows) -> None:
    for fault, view in (("pale", View()), ("wide", View()), ("breaks", View(script=False))):
        assert seen(faulty, fault, view)[1] == []


def test_what_a_page_asks_when_it_is_left_is_no_fault(faulty: Windows) -> None:
    window = faulty.kept(View())
    page = window.page
    with page.expect_request("**/never"), page.expect_event("requestfailed"):
        window.visit("/asks")
        window.visit("/good")
    assert window.trouble() == []


def test_scripts_run_or_they_do_not(faulty: Windows) -> None:
    for view, heading in ((View(), "By a script"), (View(script=False), "A page")):
        window, found = seen(faulty, "writes", view)
        assert found == []
        assert window.page.locator("h1").inner_text() == heading
        window.visit("/good")
        shown = window.page.evaluate("document.querySelector('noscript p') !== null")
        assert shown is not view.script


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("blind", "nobody sees that the focus is at <button"),
        ("away", "the focus is where nobody sees it, at <button"),
        ("traps", "the focus stays at <button id="),
    ],
)
def test_a_keyboard_is_not_enough(faulty: Windows, fault: str, told: str) -> None:
    window = faulty.kept(View())
    window.visit(f"/{fault}")
    found = Keyboard(window.page).walk()
    assert [line for line in found if told in line], found
    assert window.trouble() == []


def test_a_keyboard_reaches_a_control_by_its_name(faulty: Windows) -> None:
    window = faulty.kept(View())
    page = window.visit("/writes")
    Keyboard(page).press("link", "Here")
    page.wait_for_url("**/good")
    with pytest.raises(AssertionError, match="there are 0 buttons called Nothing"):
        Keyboard(page).reach("button", "Nothing")
    window.visit("/blind")
    with pytest.raises(AssertionError, match="nobody sees"):
        Keyboard(page).reach("button", "Where am I?")
    assert window.trouble() == []


def test_pages_without_a_frame_need_none(faulty: Windows) -> None:
    window = faulty.kept(View())
    page = window.visit("/good")
    page.evaluate("document.querySelectorAll('nav, body > a').forEach((one) => one.remove())")
    assert outline(page, framed=False) == []
    assert outline(page, framed=True) == ["skips: False, not True", "there is no nav"]
