"""Applied environments, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.environment.applied import DEPLOYERS, POLICY_DIGEST
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.environment.applied import AppliedEnvironment


def render_environments(found: Iterable[AppliedEnvironment], *, styled: bool = False) -> str:
    """Write environments, a block each."""
    return "".join(f"{line}\n" for one in found for line in _lines(one, styled=styled))


def _lines(one: AppliedEnvironment, *, styled: bool) -> Iterator[str]:
    shown = environment_json(one)
    roles: dict[str, Any] = shown["roles"]
    soak = f", {shown['soak']} after it came there" if shown["soak"] else ""
    yield f"{paint(visible(one.name), 'strong', styled=styled)}  {one.digest}"
    yield f"  policy       {visible(shown['policy'])}  {visible(shown['policyDigest'])}"
    if shown["promotesFrom"]:
        yield f"  from         {visible(shown['promotesFrom'])}{visible(soak)}"
    yield f"  enforcement  {visible(shown['enforcement'])}"
    if roles["approvers"]:
        yield f"  approvers    {visible(', '.join(roles['approvers']))}"
    yield f"  deployers    {visible(', '.join(roles['deployers']))}"


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
        "roles": {
            "approvers": roles.get("approvers"),
            "deployers": roles.get("deployers", list(DEPLOYERS)),
        },
    }


def environments_json(found: Iterable[AppliedEnvironment]) -> dict[str, object]:
    """Turn environments into the shape of `env list`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "environments": [environment_json(one) for one in found],
    }
