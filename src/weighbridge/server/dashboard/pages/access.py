"""Access: who one is here, who may do what where, whose keys count, and what owners are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.model.team.account import Scope
from weighbridge.server.dashboard.page import Done, Form, Page, Parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.permissions import Operation, Permission, Where
    from weighbridge.model.team.account import Token
    from weighbridge.model.trust import Trusted, TrustSnapshot
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.gathering import Gathering

_PATH: Final = "/access"
_MANY: Final = 50
"""Tokens that are shown; the API lists all."""


def found(asked: Asked) -> dict[str, Any]:
    """Tell who asks, and who may do what."""
    me = asked.identity
    told = {
        "schemaVersion": 1,
        "me": {
            "person": me.person,
            "via": me.via.value,
            "scopes": sorted(me.scopes),
            "groupRoles": sorted(me.roles),
            "expires": me.expires or None,
            "authenticated": me.authenticated or None,
        },
        "tokens": [_token(one) for one in _tokens(asked)[:_MANY]],
        "moreTokens": max(len(_tokens(asked)) - _MANY, 0),
    }
    return {**told, **_ledger(asked)}


def _tokens(asked: Asked) -> Sequence[Token]:
    """List the tokens one may see: one's own, or with the scope `admin` all."""
    tokens, me = asked.services.tokens, asked.identity
    if tokens is None or not me.person:
        return []
    return tokens.list("" if Scope.ADMIN in me.scopes else me.person)


def _token(one: Token) -> dict[str, Any]:
    from weighbridge.report.persons import token_json  # noqa: PLC0415 - late, all of it

    return token_json(one)


def _ledger(asked: Asked) -> dict[str, Any]:
    """Tell what owners said of persons; nothing where nobody owns the registry."""
    from weighbridge.report.trust import waiting_json  # noqa: PLC0415
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415
    from weighbridge.usecases.standing import waiting_in  # noqa: PLC0415

    with asked.registry.reading() as view:
        if not view.size:
            return {"owners": [], "threshold": 0, "persons": [], "waiting": [], "table": None}
        gathering = Gathering.of(view, asked.registry)
        waiting = [*waiting_in(gathering.log, asked.registry)]
        trust = gathering.state.trust
        return {
            "owners": list(trust.owners),
            "threshold": trust.threshold,
            "persons": [*_persons(trust, asked.now)],
            "waiting": [
                {**waiting_json(one), "open": sorted({*trust.owners} - {*one.signers})}
                for one in waiting
            ],
            "table": _table(gathering, asked.now),
        }


def _persons(trust: TrustSnapshot, now: str) -> Iterator[dict[str, Any]]:
    """Tell each person and his keys, those that count first."""
    known: dict[str, list[Trusted]] = {}
    for one in trust.holdings:
        known.setdefault(one.person, []).append(one)
    for person, keys in sorted(known.items()):
        told = [_key(one, now) for one in keys]
        roles = sorted({role for one in told if one["counts"] for role in one["roles"]})
        keys_first = sorted(told, key=lambda one: (not one["counts"], one["keyDigest"]))
        yield {"person": person, "roles": roles, "keys": keys_first}


def _key(one: Trusted, now: str) -> dict[str, Any]:
    from weighbridge.model.trust import TrustedIdentity  # noqa: PLC0415
    from weighbridge.report.trust import key_json  # noqa: PLC0415
    from weighbridge.usecases.holders import holds  # noqa: PLC0415

    identity = one if isinstance(one, TrustedIdentity) else None
    return {
        "heldBy": None,
        **key_json(one),
        "subject": identity.subject if identity else None,
        "issuer": identity.issuer if identity else None,
        "counts": holds(one, now),
    }


def _table(gathering: Gathering, now: str) -> dict[str, Any]:
    """Lay out who may do what in which environment, and what is about none."""
    from weighbridge.model.permissions import TABLE, Where  # noqa: PLC0415
    from weighbridge.usecases.holders import holders  # noqa: PLC0415

    known = holders(gathering.state.trust, now)
    places = {}
    for name in sorted(gathering.state.environments):
        _, record = gathering.environment(name)
        policy = gathering.bundle(record["policyDigest"]).policy.spec
        places[name] = Where(environment=record, policy=policy)
    return {
        "environments": [*places],
        "here": [_row(*each, places, known) for each in TABLE.items() if each[1].here],
        "everywhere": [
            _row(*each, {"": Where()}, known) for each in TABLE.items() if not each[1].here
        ],
    }


def _row(
    operation: Operation,
    row: Permission,
    places: Mapping[str, Where],
    known: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    from weighbridge.usecases.holders import people_of  # noqa: PLC0415

    cells = []
    for name, where in places.items():
        roles = row.who(where)
        cells.append(
            {
                "environment": name,
                "roles": None if roles is None else sorted(roles),
                "people": None if roles is None else people_of(roles, known),
            }
        )
    return {
        "operation": operation.value,
        "says": row.says,
        "commands": list(row.verbs),
        "cells": cells,
    }


def end(asked: Asked, fields: Mapping[str, str]) -> Done:
    """End a token that one may see.

    Raises:
        NotFoundError: There is no such token, or it is somebody else's.
    """
    identifier, tokens = fields.get("token", ""), asked.services.tokens
    if tokens is None or identifier not in {one.identifier for one in _tokens(asked)}:
        raise NotFoundError("there is no such token of yours", seen=identifier[:80])
    tokens.revoke(identifier, now=asked.now)
    return Done(after=_PATH)


PARTS = Parts(
    pages=(
        Page(
            path=_PATH,
            template="access.html",
            view=found,
            docs="how-to/manage-keys.md",
            tab="Access",
        ),
    ),
    forms=(Form(path=_PATH, do=end),),
)
