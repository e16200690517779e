"""Environments: what each demands, who may do what there, and what stands and is delivered there.

What judges is imported when the first page asks for it, as in `routes.releases`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.cursor import write_cursor
from weighbridge.model.errors import NotFoundError
from weighbridge.server.cursors import read_cursor
from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.environment.applied import AppliedEnvironment
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.gathering import Gathering
    from weighbridge.usecases.overseeing import Overseer

TAB: Final = "Environments"
_MANY: Final = 20


def found(asked: Asked) -> dict[str, Any]:
    """List the environments, those that come before others first."""
    from weighbridge.usecases.environments import applied_environment  # noqa: PLC0415 - late, all
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415
    from weighbridge.usecases.holders import holders  # noqa: PLC0415

    with asked.registry.reading() as view:
        if not view.size:
            return {"schemaVersion": 1, "environments": []}
        gathering = Gathering.of(view, asked.registry)
        known = holders(gathering.state.trust, asked.now)
        names = gathering.state.environments
        applied = [applied_environment(one, gathering, now=asked.now) for one in names]
    counts = _counts(asked)
    return {
        "schemaVersion": 1,
        "environments": [
            {**_plain(one, known), "names": None if counts is None else counts[one.name]}
            for one in _ordered(applied)
        ],
    }


def _counts(asked: Asked) -> Counter[str] | None:
    """Count the names that stand in each environment; None while that is not known yet."""
    from weighbridge.model.errors import UnavailableError  # noqa: PLC0415

    try:
        with asked.services.chronicle.reading(asked.registry) as told:
            return Counter(environment for environment, _ in told.pointers.present)
    except UnavailableError:
        return None


def _ordered(applied: Sequence[AppliedEnvironment]) -> list[AppliedEnvironment]:
    """Put each environment behind the one it promotes from."""
    before = {one.name: one.record["spec"].get("promotesFrom") for one in applied}

    def chain(name: str | None) -> list[str]:
        found: list[str] = []
        while name is not None and name not in found:
            found.append(name)
            name = before.get(name)
        return found

    return sorted(applied, key=lambda one: (len(chain(one.name)), one.name))


def _plain(one: AppliedEnvironment, known: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    from weighbridge.report.environments import environment_json  # noqa: PLC0415
    from weighbridge.report.policy_words import span  # noqa: PLC0415

    plain = environment_json(one)
    spec = one.record["spec"]
    policy, _, version = plain["policy"].partition("@")
    return {
        **plain,
        "policyName": policy,
        "policyVersion": version,
        "soakWords": span(plain["soak"]) if plain["soak"] else None,
        "target": _target(spec.get("target")),
        "people": list(_people(plain["may"], known)),
        "windows": [{**each, "lasts": span(each["duration"])} for each in plain["windows"]],
    }


def _target(target: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if target is None:
        return None
    return {name: target.get(name) for name in ("kind", "version", "namespace")}


def _people(
    may: Mapping[str, Sequence[str] | None], known: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, Any]]:
    """Tell who may do what, operations of the same roles together."""
    from weighbridge.usecases.holders import people_of  # noqa: PLC0415

    groups: dict[tuple[str, ...] | None, list[str]] = {}
    for operation, roles in may.items():
        key = None if roles is None else tuple(roles)
        groups.setdefault(key, []).append(operation)
    for roles, operations in groups.items():
        yield {
            "operations": operations,
            "roles": None if roles is None else list(roles),
            "people": None if roles is None else people_of(roles, known),
        }


def environment(asked: Asked) -> dict[str, Any]:
    """Tell an environment, and what stands there: a page of names, or one of them in full.

    Raises:
        NotFoundError: There is no such environment, or nothing of the name stands there.
        RefusedError: The cursor is none.
    """
    from weighbridge.usecases.environments import applied_environment  # noqa: PLC0415
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415
    from weighbridge.usecases.holders import holders  # noqa: PLC0415
    from weighbridge.usecases.overseeing import Overseer  # noqa: PLC0415

    where, name = asked.names["environment"], asked.query.get("name", "")
    with asked.registry.reading() as view:
        if not view.size:
            raise NotFoundError("there is no such environment", help=["/environments lists them"])
        gathering = Gathering.of(view, asked.registry)
        overseer = Overseer(gathering, now=asked.now)
        applied = applied_environment(where, gathering, now=asked.now)
        told = {
            "schemaVersion": 1,
            "environment": _plain(applied, holders(gathering.state.trust, asked.now)),
            "name": name,
        }
        if name:
            one = _one(asked, gathering, overseer, (where, name))
            return {**told, "places": [], "next": "", "place": one}
        return {**told, **_page(asked, gathering, overseer, where), "place": None}


def _page(asked: Asked, gathering: Gathering, overseer: Overseer, where: str) -> dict[str, Any]:
    """List what stands in an environment, as it was recorded last."""
    from weighbridge.usecases.places import places_after  # noqa: PLC0415

    key = read_cursor(asked.query.get("after", ""), str)
    after = None if key is None else (where, str(key[0]))
    page = places_after(gathering, after, _MANY, environment=where)
    return {
        "places": [_row(gathering, overseer, *place) for place in page.places],
        "next": "" if page.after is None else write_cursor(page.after[1]),
    }


def _row(gathering: Gathering, overseer: Overseer, where: str, name: str) -> dict[str, Any]:
    from weighbridge.report.delivery import delivery_json, position_words  # noqa: PLC0415
    from weighbridge.usecases.delivering.book import newest  # noqa: PLC0415
    from weighbridge.usecases.delivering.progress import versions_of  # noqa: PLC0415

    pointer, recorded = gathering.pointer(where, name), overseer.recorded(where, name)
    move, delivery = pointer.moves[-1], newest(gathering.log, where, name)
    told = None
    if delivery is not None:
        words = position_words(delivery, versions_of(gathering.log, delivery))
        told = {**delivery_json(delivery), "words": words, "over": delivery.over}
    return {
        "name": name,
        "version": move.version,
        "release": move.release,
        "generation": move.generation,
        "since": move.at,
        "by": move.by,
        "back": move.back,
        "held": pointer.held or None,
        "verdict": recorded.verdict.value,
        "verdictSince": recorded.event.time,
        "delivery": told,
    }


def _one(
    asked: Asked, gathering: Gathering, overseer: Overseer, place: tuple[str, str]
) -> dict[str, Any]:
    """Tell all there is to say of what stands in one place."""
    from weighbridge.report.status import status_json  # noqa: PLC0415
    from weighbridge.usecases.delivering.progress import progress  # noqa: PLC0415
    from weighbridge.usecases.status import state_of  # noqa: PLC0415

    if not gathering.pointer(*place).moves:
        raise NotFoundError("nothing of that name stands in this environment")
    state = state_of(overseer, gathering, *place)
    (plain,) = status_json([state])
    before = gathering.environment(place[0])[1]["spec"].get("promotesFrom", "")
    delivery = state.delivery
    return {
        **plain,
        "deliveryProgress": None
        if delivery is None
        else progress(delivery, gathering.log, asked.registry),
        "before": before or None,
        "parity": _parity(asked, before, place) if before else None,
    }


def _parity(asked: Asked, before: str, place: tuple[str, str]) -> dict[str, Any]:
    """Compare what stands here with what stands in the environment before."""
    from weighbridge.report.parity import parity_json  # noqa: PLC0415
    from weighbridge.usecases.parity.comparing import compare_environments  # noqa: PLC0415

    where, name = place
    compared = compare_environments(before, where, registry=asked.registry, name=name)
    plain: dict[str, Any] = json.loads(parity_json(compared))
    return plain


PARTS = Parts(
    pages=(
        Page(
            path="/environments",
            template="environments.html",
            view=found,
            docs="how-to/choose-when.md",
            tab=TAB,
        ),
        Page(
            path="/environments/{environment}",
            template="environment.html",
            view=environment,
            docs="explanation/deliveries.md",
            tab=TAB,
        ),
    ),
)
