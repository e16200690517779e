"""Data that rules hold files against: what counts here, how old it is, and how it is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.model.advisory import AdvisoryData
    from weighbridge.server.dashboard.page import Asked

_ASKED_BY: Final = {
    "pickle-globals": ("which names a pickle may use", ("SEC001",)),
    "compatibility": ("what goes with what", ("CMP001", "CMP003", "CMP006", "CMP008", "CMP009")),
    "lifecycles": ("until when what is supported", ("DEP007",)),
    "licences": ("which licences may be used", ("DEP013",)),
    "sigstore-root": ("by what signatures of identities are proven", ()),
    "index": ("what a package index says of its files", ("DEP008",)),
}
"""What each kind of data says, and which rules ask it."""
_ADVISED: Final = ("DEP005", "DEP006", "DEP016")
_UPDATE: Final = "weighbridge advisories update --from DIR"


def found(asked: Asked) -> dict[str, Any]:
    """Tell all data that counts here."""
    from weighbridge.rules.advisories.staleness import MOST_DAYS  # noqa: PLC0415 - late, all of it
    from weighbridge.usecases.data_sets import current_data  # noqa: PLC0415
    from weighbridge.usecases.data_standing import standings  # noqa: PLC0415

    here, today = asked.services.data, asked.now[:10]
    listed = standings(current_data(asked.registry), None if here is None else here.folder)
    sets = []
    for one in listed:
        about, rules = _ASKED_BY.get(one.name, ("", ()))
        over = bool(one.valid_until) and one.valid_until < today
        sets.append(
            {**one.entry, "about": about, "origin": one.origin, "rules": [*rules], "over": over}
        )
    return {
        "schemaVersion": 1,
        "here": here is not None,
        "advisories": _advisories(asked),
        "mostDays": MOST_DAYS,
        "update": _UPDATE,
        "sets": sets,
    }


def _advisories(asked: Asked) -> dict[str, Any]:
    """Tell the advisories that were loaded where the server runs."""
    from weighbridge.model.errors import UnavailableError  # noqa: PLC0415

    here, problem, data = asked.services.data, "", None
    if here is not None:
        try:
            with here.advisories() as source:
                data = source.data()
        except UnavailableError as error:
            problem = str(error)
    return {**_told(data, asked.now), "rules": [*_ADVISED], "problem": problem or None}


def _told(data: AdvisoryData | None, now: str) -> dict[str, Any]:
    from weighbridge.report.advisories import advisories_entry  # noqa: PLC0415
    from weighbridge.rules.advisories.staleness import age_days, stale  # noqa: PLC0415

    if data is None:
        return {**advisories_entry(None, age=0), "stale": []}
    entry = advisories_entry(data, age=age_days(data.newest, now))
    return {**entry, "stale": stale(data, now)}


PARTS = Parts(
    pages=(
        Page(
            path="/data",
            template="data.html",
            view=found,
            docs="how-to/audit-offline.md",
            tab="Advisories and data",
        ),
    ),
)
