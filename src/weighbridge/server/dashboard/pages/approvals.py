"""Approvals: what waits to be let in, what it waits for, and whether who looks may give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.model.decision import Judged
    from weighbridge.server.dashboard.page import Asked as Question
    from weighbridge.usecases.chronicle.entry import Place
    from weighbridge.usecases.chronicle.requests import Request
    from weighbridge.usecases.inbox import Inbox, Waiting

_MANY: Final = 10
"""Requests of a page: the gate is asked about each."""
_SHOWN: Final = 5
"""Conditions that are told of one that is blocked."""
_Row = tuple["Place", "Request"]


def approvals(asked: Question) -> dict[str, Any]:
    """Show a page of requests: first those of places where who looks approves, newest first."""
    from weighbridge.usecases.inbox import Asked, Inbox  # noqa: PLC0415 - judges

    key = read_cursor(asked.query.get("after", ""), int, int)
    with asked.services.chronicle.reading(asked.registry) as told:
        size, open_ = told.size, [*told.requests.all()]
        rest = {"proposals": len(told.control.proposals), "glass": len(told.glass.broken)}
    if not size:
        return _page([], [], rest, "")
    with asked.registry.reading() as view:
        inbox = Inbox(view, asked.registry, person=asked.identity.person, now=asked.now)
        rows = sorted(open_, key=lambda row: _order(row, inbox))
        if key is not None:
            rows = [row for row in rows if _order(row, inbox) > (int(key[0]), -int(key[1]))]
        shown = rows[:_MANY]
        found = inbox.look(
            Asked(entry=one.entry, environment=place, name=name, release=one.release)
            for (place, name), one in shown
        )
        last = _order(shown[-1], inbox) if shown else (0, 0)
    following = write_cursor(last[0], -last[1]) if len(rows) > _MANY else ""
    return _page(shown, found, rest | {"requests": len(open_)}, following)


def _order(row: _Row, inbox: Inbox) -> tuple[int, int]:
    """Place requests: where who looks holds a role, then the others; newest first."""
    (place, name), request = row
    return (0 if inbox.approves(place, name) else 1), -request.entry


def _page(
    rows: list[_Row], found: list[Waiting], totals: dict[str, int], following: str
) -> dict[str, Any]:
    told = [_request(row, one) for row, one in zip(rows, found, strict=True)]
    return {
        "schemaVersion": 1,
        "totals": {"requests": 0, **totals},
        "mine": [one for one in told if one["mine"]],
        "others": [one for one in told if not one["mine"]],
        "next": following,
    }


def _request(row: _Row, one: Waiting) -> dict[str, Any]:
    (place, name), request = row
    decision = one.decision
    conditions = () if decision is None else decision.conditions
    open_ = [each for each in conditions if each.is_open and each not in one.approvals]
    return {
        "environment": place,
        "name": name,
        "version": request.version,
        "release": request.release,
        "since": request.first,
        "by": request.person,
        "entry": request.entry,
        "verdict": None if decision is None else decision.verdict.value,
        "outcome": None if decision is None else decision.outcome_digest,
        "policy": None if decision is None else decision.policy,
        "approvals": [_approval(each) for each in one.approvals],
        "given": [
            {"person": each.person, "at": each.at, "why": each.why or None} for each in one.given
        ],
        "open": [{"id": each.id, "why": each.why} for each in open_[:_SHOWN]],
        "openInAll": len(open_),
        "mine": one.is_mine,
        "barred": one.barred or None,
        "help": list(one.help),
        "problem": one.problem or None,
    }


def _approval(one: Judged) -> dict[str, Any]:
    need = one.need
    return {
        "id": one.id,
        "outcome": one.outcome.value,
        "why": one.why,
        "wanted": one.wanted,
        "missing": 0 if need is None else need.count,
        "people": [] if need is None else list(need.people),
    }


PARTS = Parts(
    pages=(
        Page(
            path="/approvals",
            template="approvals.html",
            view=approvals,
            docs="how-to/approve-a-release.md",
            tab="Approvals",
        ),
    ),
)
