"""What a page and a form are, and how they become routes.

A page is a document of plain values: a template makes HTML of it for people, and who asks for
`application/json`, or `?as=json`, gets the document itself. So nothing stands on a page that a
program could not read, and no page asks anything of the registry while it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from weighbridge.model.event import read_event
from weighbridge.server.answers import document
from weighbridge.server.dashboard.media import prefers_html
from weighbridge.server.dashboard.rendering import render
from weighbridge.server.dashboard.times import minutes_before
from weighbridge.server.guard import GuardedRoute, rows_of
from weighbridge.usecases.folds import RememberedRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weighbridge.model.ports import Registry
    from weighbridge.model.team.account import Identity
    from weighbridge.server.login.browser import Browser
    from weighbridge.server.services import Services
    from weighbridge.server.signing import Standing

_QUERY: Final = 1_000
"""Characters of a value in the query that are read."""
_INDEX: Final = 15
_JUST: Final = 5
"""Minutes for which a page says of an entry that it was made just now."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question to the dashboard.

    Attributes:
        services: What it works with.
        identity: Who asks.
        names: What stands in the path, by the names the route gives it.
        query: What stands behind it; of a name that is there twice, the last value.
        now: The time, `YYYY-MM-DDTHH:MM:SSZ`.
    """

    services: Services
    identity: Identity
    names: Mapping[str, str]
    query: Mapping[str, str]
    now: str

    @cached_property
    def registry(self) -> Registry:
        """The registry, for who only reads."""
        found: object = RememberedRegistry(self.services.registry, self.services.folds)
        return cast("Registry", found)

    @cached_property
    def standing(self) -> Standing:
        """What would sign for who asks; it is looked up once, for it reads the ledger."""
        return self.services.signers.standing(self.identity, now=self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page.

    Attributes:
        path: The path of its route; names in braces are `Asked.names`.
        template: The file that makes HTML of its document.
        view: Makes the document, in a thread; its errors are answered by the one renderer.
        docs: What of the docs explains it, as `how-to/get-unblocked.md`.
        tab: Under which entry of the navigation it stands; empty for none.
    """

    path: str
    template: str
    view: Callable[[Asked], Mapping[str, Any]]
    docs: str
    tab: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a form.

    Attributes:
        after: The path of the page to go to.
        entry: The entry of the ledger in which it stands; None if none does.
    """

    after: str
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What happens when a form is sent; the page with its fields has the same path.

    Attributes:
        path: The path of its route.
        do: Does it, in a thread, with the fields of the form; refusals are raised.
    """

    path: str
    do: Callable[[Asked, Mapping[str, str]], Done]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Bytes that a page hands out, as an evidence pack.

    Attributes:
        path: The path of its route.
        make: Makes them, in a thread: what they are called, what they are, and the bytes.
    """

    path: str
    make: Callable[[Asked], tuple[str, str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a dashboard is made of.

    Attributes:
        pages: Its pages.
        forms: Its forms.
        files: Its files.
    """

    pages: tuple[Page, ...] = ()
    forms: tuple[Form, ...] = ()
    files: tuple[File, ...] = field(default=())


def routes_of(parts: Iterable[Parts], browser: Browser) -> APIRouter:
    """Make the routes of a dashboard."""
    router = APIRouter(route_class=GuardedRoute)
    for part in parts:
        for page in part.pages:
            _add_page(router, page, browser)
        for form in part.forms:
            _add_form(router, form, browser)
        for file in part.files:
            _add_file(router, file)
    return router


def _asked(request: Request) -> Asked:
    services: Services = request.app.state.services
    return Asked(
        services=services,
        identity=request.state.identity,
        names={name: str(value) for name, value in request.path_params.items()},
        query={name: value[:_QUERY] for name, value in request.query_params.items()},
        now=services.clock(),
    )


def _entered(asked: Asked) -> dict[str, Any]:
    """Find the entry that a form of who asks has just made; nothing if the address only says so."""
    index, person = asked.query.get("entered", ""), asked.identity.person
    if not person or not (index.isascii() and index.isdecimal() and len(index) <= _INDEX):
        return {}
    with asked.registry.reading() as view:
        if int(index) >= view.size:
            return {}
        event = read_event(view.entry(int(index)))
    is_new = event.time >= minutes_before(asked.now, _JUST)
    if not is_new or event.body.get("person", event.body.get("by")) != person:
        return {}
    return {"index": int(index), "kind": event.kind.value, "time": event.time}


def _add_page(router: APIRouter, page: Page, browser: Browser) -> None:
    async def show(request: Request) -> Response:
        asked = _asked(request)
        if not prefers_html(request):
            return document(await run_in_threadpool(page.view, asked))

        def write() -> Response:
            told = page.view(asked)
            return render(page, told, asked, csrf=browser.csrf(request), entered=_entered(asked))

        return await run_in_threadpool(write)

    router.add_api_route(page.path, show, methods=["GET"], include_in_schema=False)


def _add_form(router: APIRouter, form: Form, browser: Browser) -> None:
    if not rows_of(form.path, ["POST"]).form:
        raise LookupError(f"the permission table does not say that {form.path} takes a form")

    async def send(request: Request) -> Response:
        fields = await browser.read_form(request)
        done = await run_in_threadpool(form.do, _asked(request), fields)
        mark = "&" if "?" in done.after else "?"
        after = done.after if done.entry is None else f"{done.after}{mark}entered={done.entry}"
        return RedirectResponse(after, 303, {"cache-control": "no-store"})

    router.add_api_route(form.path, send, methods=["POST"], include_in_schema=False)


def _add_file(router: APIRouter, file: File) -> None:
    async def give(request: Request) -> Response:
        name, media_type, data = await run_in_threadpool(file.make, _asked(request))
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{name}"',
        }
        return Response(data, 200, headers, media_type)

    router.add_api_route(file.path, give, methods=["GET"], include_in_schema=False)
