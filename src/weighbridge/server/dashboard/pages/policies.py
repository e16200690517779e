"""Policies: which there are, what each demands, and what changed since the version before.

What reads and tries policies is imported when the first page asks for it, as in `routes.releases`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.policy.shipped import LIBRARY, SHIPPED
from weighbridge.server.dashboard.page import Page, Parts

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.report import RuleSet
    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.policy_shelf import PublishedVersion, Tried

TAB: Final = "Policies"
_PARTS: Final = (
    ("evidence", "Evidence"),
    ("conditions", "Conditions"),
    ("approvals", "Approvals"),
    ("compared", "Compared with the release before"),
    ("risk", "What raises the risk"),
    ("waivers", "What may be waived"),
    ("exceptions", "Exceptions"),
    ("consequences", "What follows"),
)
"""The parts of a policy in the order people read them, and what each is called."""


def found(asked: Asked) -> dict[str, Any]:
    """List the policies that owners published, and those that are shipped."""
    from weighbridge.report.policy_changes import coming  # noqa: PLC0415 - late, all of it
    from weighbridge.report.policy_words import demand_rows  # noqa: PLC0415
    from weighbridge.usecases.policy_shelf import shipped_policies, tried  # noqa: PLC0415
    from weighbridge.usecases.published import stored_bundle  # noqa: PLC0415

    published = versions(asked)
    policies: dict[str, list[dict[str, Any]]] = {}
    soon: list[dict[str, Any]] = []
    for one in published:
        bundle = stored_bundle(one.digest, asked.registry.blobs)
        policies.setdefault(one.name, []).append(
            {**_version(one), "examples": _examples(tried(bundle))}
        )
        if one.environments:
            soon += [
                {**each, "policy": f"{one.name}@{one.version}", "name": one.name}
                for each in coming(demand_rows(bundle), asked.now)
            ]
    shipped = shipped_policies(rules_of_today())
    return {
        "schemaVersion": 1,
        "policies": [
            {"name": name, "versions": [*reversed(own)]} for name, own in policies.items()
        ],
        "coming": sorted(soon, key=lambda one: (one["at"], one["policy"])),
        "shipped": [
            {
                "policy": f"{SHIPPED}{name}",
                "title": LIBRARY[name],
                "demands": len(demand_rows(bundle)),
                "examples": _examples(tried(bundle)),
            }
            for name, bundle in shipped.items()
        ],
    }


def versions(asked: Asked) -> list[PublishedVersion]:
    """List published versions; none where nobody owns the registry."""
    from weighbridge.usecases.gathering import Gathering  # noqa: PLC0415
    from weighbridge.usecases.policy_shelf import published_versions  # noqa: PLC0415

    with asked.registry.reading() as view:
        if not view.size:
            return []
        return published_versions(Gathering.of(view, asked.registry))


def _version(one: PublishedVersion) -> dict[str, Any]:
    return {
        "version": one.version,
        "digest": one.digest,
        "entry": one.entry,
        "at": one.at,
        "signers": list(one.signers),
        "environments": list(one.environments),
    }


def _examples(found: Tried) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "count": len(found.results),
        "wrong": sum(not one.ok for one in found.results),
        "problem": found.problem or None,
    }


@functools.cache
def rules_of_today() -> RuleSet:
    """Name the rules of this version, which do not change while it runs."""
    from weighbridge.bootstrap import rule_set  # noqa: PLC0415

    return rule_set()


def policy(asked: Asked) -> dict[str, Any]:
    """Tell what one version of a policy demands.

    Raises:
        NotFoundError: There is no such policy, or it has no such version.
    """
    from weighbridge.codec.bundle import bundle_digest  # noqa: PLC0415
    from weighbridge.report.policy_changes import coming, differences  # noqa: PLC0415
    from weighbridge.report.policy_words import demand_json, demand_rows  # noqa: PLC0415
    from weighbridge.usecases.policy_shelf import tried  # noqa: PLC0415
    from weighbridge.usecases.published import stored_bundle  # noqa: PLC0415

    name = asked.names["name"]
    own = [one for one in versions(asked) if one.name == name]
    if name.startswith(SHIPPED):
        bundle, published, before = _shipped(name), None, None
    else:
        published, before = chosen(own, name, asked.query.get("version", ""))
        bundle = stored_bundle(published.digest, asked.registry.blobs)
    rows = demand_rows(bundle)
    told = [demand_json(row) for row in rows]
    changed = None
    if before is not None:
        earlier = demand_rows(stored_bundle(before.digest, asked.registry.blobs))
        changed = {"against": before.version, "changes": differences(earlier, rows)}
    result = tried(bundle)
    return {
        "schemaVersion": 1,
        "name": name,
        "version": bundle.policy.metadata.version,
        "digest": bundle_digest(bundle),
        "owner": bundle.policy.metadata.owner.team,
        "published": None if published is None else _version(published),
        "versions": [one.version for one in reversed(own)],
        "included": sorted(bundle.included),
        "data": sorted(bundle.data),
        "parts": [
            {"part": part, "title": title, "demands": [one for one in told if one["part"] == part]}
            for part, title in _PARTS
        ],
        "coming": coming(rows, asked.now),
        "difference": changed,
        "examples": {
            **_examples(result),
            "results": [
                {
                    "condition": one.condition,
                    "wanted": one.wanted,
                    "number": one.number,
                    "ok": one.ok,
                    "why": one.why,
                }
                for one in result.results
            ],
        },
    }


def chosen(
    own: list[PublishedVersion], name: str, version: str
) -> tuple[PublishedVersion, PublishedVersion | None]:
    """Find a version of a policy and the one published before it; the newest if none is named.

    Raises:
        NotFoundError: There is no such policy, or it has no such version.
    """
    from weighbridge.model.errors import NotFoundError  # noqa: PLC0415

    if not own:
        help_ = ["/policies lists those there are"]
        raise NotFoundError("there is no published policy of that name", help=help_)
    found = {one.version: at for at, one in enumerate(own)}
    at = found.get(version) if version else len(own) - 1
    if at is None:
        known = ", ".join(found)
        raise NotFoundError(f"{name} has no such version", help=[f"versions there are: {known}"])
    return own[at], own[at - 1] if at else None


def _shipped(name: str) -> PolicyBundle:
    from weighbridge.model.errors import NotFoundError  # noqa: PLC0415
    from weighbridge.usecases.policy_shelf import shipped_policies  # noqa: PLC0415

    bundle = shipped_policies(rules_of_today()).get(name.removeprefix(SHIPPED))
    if bundle is None:
        known = ", ".join(f"{SHIPPED}{one}" for one in LIBRARY)
        raise NotFoundError("no such policy is shipped", help=[f"shipped are: {known}"])
    return bundle


PARTS = Parts(
    pages=(
        Page(
            path="/policies",
            template="policies.html",
            view=found,
            docs="how-to/choose-a-policy.md",
            tab=TAB,
        ),
        Page(
            path="/policies/{name}",
            template="policy.html",
            view=policy,
            docs="how-to/write-a-policy.md",
            tab=TAB,
        ),
    ),
)
