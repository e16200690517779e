"""Applied environments, for people and programs: what they demand, and who may do what there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.permissions import PARTS, TABLE, Operation, Where, projects, roles_for
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.environment.applied import AppliedEnvironment
    from weighbridge.model.environment.standing import Hours, Stop
    from weighbridge.model.permissions import Who

_HERE = tuple(operation for operation, row in TABLE.items() if row.here)
_AS_DEMANDED = "whom the policy names"
_WIDTH = 11


def render_environments(found: Iterable[AppliedEnvironment], *, styled: bool = False) -> str:
    """Write environments, a block each."""
    return "".join(f"{line}\n" for one in found for line in _lines(one, styled=styled))


def _lines(one: AppliedEnvironment, *, styled: bool) -> Iterator[str]:
    shown = environment_json(one)
    soak = f", {shown['soak']} after it came there" if shown["soak"] else ""
    yield f"{paint(visible(one.name), 'strong', styled=styled)}  {one.digest}"
    yield f"  policy       {visible(shown['policy'])}  {visible(shown['policyDigest'])}"
    if shown["promotesFrom"]:
        yield f"  from         {visible(shown['promotesFrom'])}{visible(soak)}"
    yield f"  enforcement  {visible(shown['enforcement'])}"
    plain = _table(one)
    yield from _granted(plain)
    for name in projects(one.record):
        own = _table(one, name)
        yield f"  for {visible(name)}"
        yield from _granted({each: who for each, who in own.items() if who != plain[each]})
    if one.hours is not None:
        yield f"  windows      {visible(_hours(one.hours))}"
    if one.frozen is not None:
        yield f"  frozen       {visible(one.frozen.words)}"
    for stop in one.blocks.values():
        where = "here" if stop.where else "everywhere"
        yield f"  blocked      {visible(stop.about)}, {where} {visible(stop.words)}"


def _hours(hours: Hours) -> str:
    if not hours.known:
        return "nothing is known of their time zones any more; apply it again"
    next_ = f"the next opens {hours.opens.words}" if hours.opens else "none opens any more"
    if hours.opened and hours.closes:
        return f"open since {hours.opened.words} until {hours.closes.words}"
    return f"closed; {next_}"


def _table(one: AppliedEnvironment, name: str = "") -> dict[Operation, Who]:
    where = Where(environment=one.record, name=name, policy=one.policy)
    return {operation: roles_for(operation, where) for operation in _HERE}


def _granted(table: dict[Operation, Who]) -> Iterator[str]:
    """Write who may what, those who may the same together."""
    groups: dict[str, list[str]] = {}
    for operation, who in table.items():
        named = _AS_DEMANDED if who is None else ", ".join(sorted(who)) or "nobody"
        groups.setdefault(named, []).append(operation.value)
    width = max(_WIDTH, *map(len, groups), 0)
    for named, operations in groups.items():
        yield f"  {visible(named):<{width}}  {', '.join(operations)}"


def environment_json(one: AppliedEnvironment) -> dict[str, Any]:
    """Turn an environment into plain values; what goes without saying is said."""
    spec = one.record["spec"]
    roles = spec.get("roles", {})
    return {
        "name": one.name,
        "digest": one.digest,
        "policy": spec["policy"],
        "policyDigest": one.record[POLICY_DIGEST],
        "promotesFrom": spec.get("promotesFrom"),
        "soak": spec.get("soak"),
        "enforcement": spec.get("enforcement", "enforce"),
        "roles": {part: roles.get(part) for part in PARTS},
        "may": _may(one),
        "projects": {name: {"may": _may(one, name)} for name in projects(one.record)},
        "windows": spec.get("windows", []),
        "hours": None if one.hours is None else _hours_json(one.hours),
        "frozen": None if one.frozen is None else _stop_json(one.frozen),
        "blocks": [
            {
                "digest": digest,
                "about": stop.about,
                "everywhere": not stop.where,
                **_stop_json(stop),
            }
            for digest, stop in one.blocks.items()
        ],
    }


def _may(one: AppliedEnvironment, name: str = "") -> dict[str, list[str] | None]:
    """Say which roles may do what; null where the policy alone says so."""
    return {
        operation.value: None if who is None else sorted(who)
        for operation, who in _table(one, name).items()
    }


def _hours_json(hours: Hours) -> dict[str, object]:
    return {
        "known": hours.known,
        "openSince": hours.opened and hours.opened.at,
        "closes": hours.closes and hours.closes.at,
        "opens": hours.opens and hours.opens.at,
        "until": hours.until,
    }


def _stop_json(stop: Stop) -> dict[str, object]:
    return {"since": stop.at, "until": stop.until or None, "reason": stop.reason}


def environments_json(found: Iterable[AppliedEnvironment]) -> dict[str, object]:
    """Turn environments into the shape of `env list`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "environments": [environment_json(one) for one in found],
    }
