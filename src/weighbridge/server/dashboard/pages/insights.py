"""Insights: what keeps releases out, how long that takes to mend, and what comes again."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.chronicle.decisions import Blocked
    from weighbridge.usecases.chronicle.insights import Counted, Insights, Span

_DAYS: Final = {"30": 30, "90": 90, "365": 365}
_READ: Final = 300
"""Decisions that are read, the newest first."""
_SHOWN: Final = 20


def insights(asked: Asked) -> dict[str, Any]:
    """Sum up the last 30, 90 or 365 days, in whole weeks."""
    from weighbridge.usecases.chronicle.insights import insights as summed_up  # noqa: PLC0415
    from weighbridge.usecases.chronicle.promotion_order import (  # noqa: PLC0415
        final,
        read_environments,
        ways,
    )

    days = _DAYS.get(asked.query.get("days", ""), 90)
    chronicle, registry = asked.services.chronicle, asked.registry
    with chronicle.reading(registry) as told:
        applied = dict(told.control.environments)
    last = final(ways(read_environments(applied, registry.blobs)))
    with chronicle.reading(registry) as told:
        found = summed_up(told, days=days, final=last, decisions=_READ, now=asked.now)
    with registry.reading() as view:
        read = chronicle.decisions().read(found.decisions, view=view, blobs=registry.blobs)
        blocked = [*read]
    return {
        "schemaVersion": 1,
        "days": days,
        "since": found.weeks[0].begins,
        "weeks": [_week(one) for one in found.weeks],
        "totals": _totals(found),
        "remedy": _span(found.remedied),
        "lead": {**_span(found.led), "environments": last},
        **_causes(blocked, found),
        "recurring": [
            {
                "environment": one.environment,
                "name": one.name,
                "rule": one.rule,
                "times": one.times,
                "ever": one.ever,
                "last": one.last,
            }
            for one in found.recurring
        ],
        "recurringInAll": found.recurring_in_all,
    }


def _week(one: Counted) -> dict[str, Any]:
    return {
        "begins": one.begins,
        "done": one.done,
        "blocked": one.blocked,
        "observed": one.observed,
        "rolledBack": one.rolled_back,
        "waived": one.waived,
        "remedy": _span(one.remedied),
        "lead": _span(one.led),
    }


def _totals(found: Insights) -> dict[str, int]:
    weeks = found.weeks
    return {
        "done": sum(one.done for one in weeks),
        "blocked": sum(one.blocked for one in weeks),
        "observed": sum(one.observed for one in weeks),
        "rolledBack": sum(one.rolled_back for one in weeks),
        "waived": sum(one.waived for one in weeks),
    }


def _span(one: Span) -> dict[str, int | None]:
    """Tell how long something took, in seconds; null where nothing did."""
    if not one.count:
        return {"count": 0, "median": None, "p90": None}
    return {"count": one.count, "median": one.median, "p90": one.p90}


def _causes(blocked: Sequence[Blocked], found: Insights) -> dict[str, Any]:
    """Count what kept releases out, of the decisions that were read."""
    from weighbridge.rules.catalogue import EXPLAINED, RULES  # noqa: PLC0415 - all rules

    called = {rule.code: rule.name for rule in EXPLAINED}
    rules, conditions = Counter[str](), Counter[str]()
    names: dict[str, set[str]] = defaultdict(set)
    read = [(one.name, one.reasons) for one in blocked if one.reasons is not None]
    for name, reasons in read:
        rules.update(reasons.rules)
        conditions.update(reasons.conditions)
        for code in reasons.rules:
            names[code].add(name)
    silent = sorted({rule.code for rule in RULES} - {*rules}) if read else []
    return {
        "decisions": {"inAll": found.blocked, "looked": len(blocked), "read": len(read)},
        "rules": [
            {"code": code, "name": called.get(code), "times": times, "names": len(names[code])}
            for code, times in rules.most_common(_SHOWN)
        ],
        "conditions": [
            {"id": name, "times": times} for name, times in conditions.most_common(_SHOWN)
        ],
        "silent": [{"code": code, "name": called[code]} for code in silent],
    }


PARTS = Parts(
    pages=(
        Page(
            path="/insights",
            template="insights.html",
            view=insights,
            docs="how-to/read-insights.md",
            tab="Insights",
        ),
    ),
)
