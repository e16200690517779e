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


WAITING: Final = "spam-filter@1.2.0"
STOPPED: Final = "fraud-score@3.1.0"


def of(release: str, *more: str) -> Callable[[Site], str]:
    """Say where a page about a release is."""
    return lambda site: "/".join(("/releases", site.story.digest(release), *more))


SECURITY: Final = "דנה 🦊"
"""Who may waive in the story."""


def _comparison(site: Site) -> str:
    digests = (site.story.digest(one) for one in ("fraud-score@3.0.0", STOPPED))
    return "/".join(("/compare", *digests))


PAGES: Final = (
    Visited(name="pipeline", path="/"),
    Visited(name="pipeline-attention", path="/?show=attention"),
    Visited(name="approvals", path="/approvals"),
    Visited(name="waivers", path="/waivers"),
    Visited(name="insights", path="/insights"),
    Visited(name="rules", path="/rules"),
    Visited(name="rule", path="/rules/INT001"),
    Visited(name="policies", path="/policies"),
    Visited(name="policy", path="/policies/house"),
    Visited(name="what-if", path="/policies/house/what-if"),
    Visited(name="environments", path="/environments"),
    Visited(name="environment", path="/environments/production"),
    Visited(name="environment-frozen", path="/environments/edge"),
    Visited(name="rollback", path="/environments/staging/rollback/spam-filter", who="max"),
    Visited(name="access", path="/access"),
    Visited(name="key", path="/access/key"),
    Visited(name="data", path="/data"),
    Visited(name="start", path="/start"),
    Visited(name="help", path="/help"),
    Visited(name="help-page", path="/help/how-to/get-unblocked.md"),
    Visited(name="pack", path=of("spam-filter@1.0.0", "pack")),
    Visited(name="dependencies", path=of(WAITING, "dependencies")),
    Visited(name="lineage", path=of(WAITING, "lineage")),
    Visited(name="compatibility", path=of(WAITING, "compatibility")),
    Visited(name="compare", path="/compare?left=nobody&right=x"),
    Visited(name="comparison", path=_comparison),
    Visited(name="ledger", path="/ledger"),
    Visited(name="ledger-some", path="/ledger?kind=act.said&person=dora"),
    Visited(name="ledger-none", path="/ledger?name=%3Cb%3E%E2%80%AEx"),
    Visited(name="entry-first", path="/ledger/0"),
    Visited(name="entry", path="/ledger/20"),
    Visited(name="entry-unknown", path="/ledger/999999", status=404, framed=False),
    Visited(name="releases", path="/releases"),
    Visited(name="releases-none", path="/releases?q=nothing-has-this-name"),
    Visited(name="release", path=of(WAITING)),
    Visited(name="release-stopped", path=of(STOPPED)),
    Visited(name="waiting", path=of(WAITING, "in/production")),
    Visited(name="blocked", path=of(STOPPED, "in/staging"), who=SECURITY),
    Visited(name="approve", path=of(WAITING, "in/production/approve")),
    Visited(name="waive", path=of(STOPPED, "in/staging/waive/SEC001"), who=SECURITY),
    Visited(name="freeze", path="/environments/production/freeze", who="ann"),
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
