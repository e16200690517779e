"""What if: a change of policy or waivers, held against what stands; nothing is signed or moved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import NotFoundError
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts
from weighbridge.server.dashboard.pages.policies import TAB, chosen, rules_of_today, versions

if TYPE_CHECKING:
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.what_if import Wish

MANY: Final = 5
"""Places that are decided anew for one page: each takes tens of milliseconds."""
_CODES: Final = 20
_BETWEEN: Final = re.compile(r"[\s,;]+")
AS_IT_IS: Final = "none"
"""The version that stands for: each environment keeps the policy it has."""


def foreseen(asked: Asked) -> dict[str, Any]:
    """Tell what a change would do to what stands, a page of places at a time.

    Raises:
        NotFoundError: There is no such policy, version, environment or rule.
        RefusedError: The cursor is none.
    """
    name = asked.names["name"]
    own = versions(asked)
    known = [one for one in own if one.name == name]
    newest, _ = chosen(known, name, "")
    version = asked.query.get("version", "")
    told = {
        "schemaVersion": 1,
        "name": name,
        "versions": [one.version for one in reversed(known)],
        "environments": sorted({one for each in own for one in each.environments}),
        "asked": {
            "version": version or newest.version,
            "environment": asked.query.get("environment", ""),
            "name": asked.query.get("name", ""),
            "without": list(_codes(asked, "without")),
            "waive": list(_codes(asked, "waive")),
        },
        "most": MANY,
        "next": "",
        "foresight": None,
    }
    return told if not version else {**told, **_answer(asked, version)}


def _answer(asked: Asked, version: str) -> dict[str, Any]:
    from weighbridge.report.foresight import foresight_json  # noqa: PLC0415 - late, as the gate is
    from weighbridge.usecases.what_if import what_if_after  # noqa: PLC0415

    key = read_cursor(asked.query.get("after", ""), str, str)
    found = what_if_after(
        _wish(asked, version),
        None if key is None else (str(key[0]), str(key[1])),
        MANY,
        registry=asked.registry,
        rule_set=rules_of_today(),
        now=asked.now,
    )
    return {
        "foresight": foresight_json(found.foresight),
        "next": "" if found.after is None else write_cursor(*found.after),
    }


def _wish(asked: Asked, version: str) -> Wish:
    from weighbridge.usecases.published import published_policy  # noqa: PLC0415
    from weighbridge.usecases.what_if import Wish  # noqa: PLC0415

    reference = f"{asked.names['name']}@{version}"
    return Wish(
        bundle=None if version == AS_IT_IS else published_policy(reference, asked.registry),
        without=frozenset(_codes(asked, "without")),
        waived=frozenset(_codes(asked, "waive")),
        environment=asked.query.get("environment") or None,
        name=asked.query.get("name") or None,
    )


def _codes(asked: Asked, name: str) -> tuple[str, ...]:
    """Read codes of rules that stand one behind the other.

    Raises:
        NotFoundError: One has not the form of a code.
    """
    from weighbridge.model.authoring.rule_codes import is_code  # noqa: PLC0415

    found = [one.upper() for one in _BETWEEN.split(asked.query.get(name, "")) if one][:_CODES]
    for one in found:
        if not is_code(one):
            raise NotFoundError(f"there is no rule {one[:40]}", wanted="codes such as SEC001")
    return tuple(found)


PARTS = Parts(
    pages=(
        Page(
            path="/policies/{name}/what-if",
            template="what_if.html",
            view=foreseen,
            docs="how-to/foresee-a-change.md",
            tab=TAB,
        ),
    ),
)
