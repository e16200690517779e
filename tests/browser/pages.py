"""The pages that are visited in every view, by everybody who tests here: a row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A page.

    Attributes:
        name: Of the test.
        path: Where it is, or what says so of a site; it is asked once.
        who: Name of the person who is logged in; empty for nobody.
        status: Status of the answer.
        framed: Whether it is a page of the dashboard: with its navigation, its style and a document
            for programs under the same address.
    """

    name: str
    path: str | Callable[[Site], str]
    who: str = "dora"
    status: int = 200
    framed: bool = True

    def __str__(self) -> str:
        return self.name


def _command(site: Site) -> str:
    _, login = site.accounts.commands.begin(source="127.0.0.1", now=site.clock())
    return f"/login/device?code={login.code}"


def _of_release(name: str, page: str) -> Callable[[Site], str]:
    return lambda site: f"/releases/{site.story.digest(name)}/{page}"


PAGES: Final = (
    Visited(name="ledger", path="/ledger"),
    Visited(name="ledger-some", path="/ledger?kind=act.said&person=dora"),
    Visited(name="ledger-none", path="/ledger?name=%3Cb%3E%E2%80%AEx"),
    Visited(name="entry", path="/ledger/0"),
    Visited(name="entry-signed", path="/ledger/20"),
    Visited(name="entry-unknown", path="/ledger/999999", status=404, framed=False),
    Visited(name="pack", path=_of_release("spam-filter@1.0.0", "pack")),
    Visited(name="dependencies", path=_of_release("spam-filter@1.0.0", "dependencies")),
    Visited(name="lineage", path=_of_release("spam-filter@1.0.0", "lineage")),
    Visited(name="compatibility", path=_of_release("spam-filter@1.0.0", "compatibility")),
    Visited(name="compare", path="/compare/spam-filter@1.0.0/spam-filter@production"),
    Visited(name="compare-form", path="/compare?left=nobody&right=x"),
    Visited(name="login-command", path=_command, framed=False),
    Visited(
        name="login-unknown-code",
        path="/login/device?code=BBBB-BBBB",
        status=404,
        framed=False,
    ),
    Visited(name="login-wrong", path="/login/callback", who="", status=401, framed=False),
    Visited(
        name="login-markup",
        path="/login/device?code=%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AEx",
        status=400,
        framed=False,
    ),
)
