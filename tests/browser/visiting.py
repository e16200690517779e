"""Windows of a browser onto a site, and whatever went wrong in them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright._impl._api_structures import SetCookieParam
    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Page,
        Request,
        Response,
        Route,
        ViewportSize,
    )

Scheme = Literal["light", "dark"]
Width = Literal["phone", "desk"]

_SIZES: Final[dict[Width, ViewportSize]] = {
    "phone": {"width": 390, "height": 844},
    "desk": {"width": 1280, "height": 800},
}
_ELSEWHERE: Final = re.compile(r"^(?!http://127\.0\.0\.1[:/]|data:|blob:|about:)")
_PATIENCE: Final = 20_000
"""Milliseconds; on a machine of two busy cores."""


class View(NamedTuple):
    """How somebody looks at a page."""

    scheme: Scheme = "light"
    width: Width = "desk"
    script: bool = True

    def __str__(self) -> str:
        return "-".join([self.scheme, self.width, "script" if self.script else "plain"])


VIEWS: Final = tuple(
    View(scheme, width, script)
    for script in (True, False)
    for scheme in ("light", "dark")
    for width in ("desk", "phone")
)


class Place(Protocol):
    """What can be visited."""

    @property
    def address(self) -> str:
        """Where it is."""

    def cookie(self, who: str) -> SetCookieParam:
        """Return what a browser of somebody who is logged in sends along."""


@dataclass
class Window:
    """A window of its own: no other has its cookies.

    Attributes:
        site: What is visited.
        view: How it is looked at.
        context: Playwright's, for what is not here.
        page: The page in it.
        wrong: What went wrong since somebody asked last, one line each.
    """

    site: Place
    view: View
    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)
    _expected: int = 200

    def __post_init__(self) -> None:
        self._debugger = self.context.new_cdp_session(self.page)
        self._run_scripts(run=self.view.script)
        self.context.route(_ELSEWHERE, self._refuse)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("requestfailed", self._miss)
        self.page.on("response", self._look)

    def visit(self, path: str, *, who: str = "", status: int = 200) -> Page:
        """Open a path of the site.

        Args:
            path: The path, with its query.
            who: Name of the person who is logged in; empty for nobody.
            status: The status that is expected of the page itself.
        """
        self.become(who)
        self._expected = status
        response = self.page.goto(self.site.address + path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}\n{response.text()[:2000]}"
        return self.page

    def become(self, who: str) -> None:
        """Be somebody from the next request on."""
        self.context.clear_cookies()
        if who:
            self.context.add_cookies([self.site.cookie(who)])

    @contextlib.contextmanager
    def running_scripts(self) -> Iterator[None]:
        """Let scripts run for a while; those of a page that was loaded without them stay away.

        Playwright's own switch cannot be turned once a window is open.
        """
        self._run_scripts(run=True)
        yield
        self._run_scripts(run=self.view.script)

    def trouble(self) -> list[str]:
        """Take what went wrong so far."""
        self.page.evaluate("0")  # what was said before this is heard by now
        found, self.wrong = self.wrong, []
        return found

    def _run_scripts(self, *, run: bool) -> None:
        self._debugger.send("Emulation.setScriptExecutionDisabled", {"value": not run})

    def _refuse(self, route: Route) -> None:
        self.wrong.append(f"asks another place: {route.request.url}")
        route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        # What could not be loaded is told of by its answer, or by its failure.
        missed = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not missed:
            self.wrong.append(f"console: {message.text}")

    def _miss(self, request: Request) -> None:
        # A page that is left takes its own questions back.
        if request.failure == "net::ERR_ABORTED" and not request.is_navigation_request():
            return
        self.wrong.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _look(self, response: Response) -> None:
        document = response.request.is_navigation_request() and response.frame == (
            self.page.main_frame
        )
        if response.status >= 400 and not (document and response.status == self._expected):
            self.wrong.append(f"answer: {response.status} {response.url}")


class Windows:
    """The windows of a browser: one kept for each view, and others for a test alone."""

    def __init__(self, browser: Browser, site: Place) -> None:
        self._browser, self._site = browser, site
        self._kept: dict[View, Window] = {}

    def kept(self, view: View) -> Window:
        """Return the window that is kept for a view, whatever was visited in it before."""
        if view not in self._kept:
            self._kept[view] = self.open(view)
        return self._kept[view]

    def open(self, view: View, site: Place | None = None) -> Window:
        """Open a window of its own; whoever opens it closes its context."""
        context = self._browser.new_context(
            viewport=_SIZES[view.width],
            device_scale_factor=1,
            is_mobile=view.width == "phone",
            has_touch=view.width == "phone",
            color_scheme=view.scheme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
            service_workers="block",
            accept_downloads=False,
        )
        context.set_default_timeout(_PATIENCE)
        return Window(site or self._site, view, context, context.new_page())

    def close(self) -> None:
        """Close those that were kept."""
        for window in self._kept.values():
            window.context.close()


class Visitor:
    """Opens windows for a test, and knows which."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._used: dict[int, Window] = {}
        self._own: list[Window] = []

    def __call__(self, view: View = View(), *, site: Place | None = None) -> Window:  # noqa: B008 - it cannot change
        """Return the window for a view; one of its own, if the test has a site of its own."""
        if site is None:
            window = self._windows.kept(view)
        else:
            window = self._windows.open(view, site)
            self._own.append(window)
        self._used[id(window)] = window
        return window

    def trouble(self) -> list[str]:
        """Take what went wrong in any of its windows."""
        return [line for window in self._used.values() for line in window.trouble()]

    def close(self) -> None:
        """Close windows that are the test's alone."""
        for window in self._own:
            window.context.close()
