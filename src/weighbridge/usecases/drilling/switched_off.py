"""A policy without some of its rules and conditions: what then gets through hung on them."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import bundle_bytes, read_bundle
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.errors import UsageError
from weighbridge.rules.catalogue import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.policy.bundle import PolicyBundle

_NEVER = "false"
_RULES = frozenset(rule.code for rule in RULES)
_OF_ITS_OWN = {"targets": "targets", "dependencies": "dependencies", "signature": "signature"}
"""What a policy asks for by one member."""


def switched_off(bundle: PolicyBundle, names: Sequence[str]) -> PolicyBundle:
    """Return a policy without some of what it asks for.

    What is switched off keeps its place, and never applies.

    Args:
        bundle: The policy.
        names: Codes of rules, ids of conditions, or of other demands as a decision names them.

    Raises:
        UsageError: It asks for nothing of such a name, or the gate asks for it whatever it says.
    """
    tree: dict[str, Any] = json.loads(bundle_bytes(bundle))
    for name in names:
        if not _switch_off(tree, name):
            raise _unknown(name, bundle)
    return read_bundle(canonical_bytes(tree))


def rules_among(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that are codes of rules."""
    return tuple(name for name in names if name in _RULES)


def switches(bundle: PolicyBundle) -> list[str]:
    """List what can be switched off in a policy: demands and conditions, then rules."""
    spec = bundle.policy.spec
    evidence = spec.evidence or ()
    return [
        *dict.fromkeys(name for name, _ in _evidence_names([one.type for one in evidence])),
        *(f"fresh:{one.type}" for one in evidence if one.max_age is not None),
        *(f"approvals:{index}" for index, _ in enumerate(spec.approvals or ())),
        *(name for name in _OF_ITS_OWN if getattr(spec, name) is not None),
        *(placed.condition.id for placed in bundle.conditions()),
        *bundle.rules.codes,
    ]


def _switch_off(tree: dict[str, Any], name: str) -> bool:
    spec = tree["policy"]["spec"]
    codes = tree["rules"]["codes"]
    if name in _RULES:
        # Not demanded is not forgotten: what it finds blocks all the same, so it is not run either.
        codes[:] = [code for code in codes if code != name]
        return bool(codes)
    if name in _OF_ITS_OWN:
        return spec.pop(_OF_ITS_OWN[name], None) is not None
    found = list(_entries(tree, name))
    for entry in found:
        entry["when"] = _NEVER
    return bool(found) or _forget_age(spec, name)


def _entries(tree: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Find the conditions, evidence and approvals of a name."""
    spec = tree["policy"]["spec"]
    evidence = spec.get("evidence", [])
    for known, index in _evidence_names([one["type"] for one in evidence]):
        if known == name:
            yield evidence[index]
    for index, entry in enumerate(spec.get("approvals", [])):
        if name == f"approvals:{index}":
            yield entry
    for policy in (tree["policy"], *tree["included"].values()):
        for condition in policy["spec"].get("conditions", []):
            if condition["id"] == name:
                yield condition


def _evidence_names(types: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Name each demand for evidence as a decision does."""
    for index, kind in enumerate(types):
        repeated = index != types.index(kind)
        yield (f"evidence:{kind}:{index}" if repeated else f"evidence:{kind}"), index


def _forget_age(spec: dict[str, Any], name: str) -> bool:
    evidence = spec.get("evidence", [])
    aged = [
        evidence[index]
        for known, index in _evidence_names([one["type"] for one in evidence])
        if known.replace("evidence:", "fresh:", 1) == name and "maxAge" in evidence[index]
    ]
    for entry in aged:
        del entry["maxAge"]
    return bool(aged)


def _unknown(name: str, bundle: PolicyBundle) -> UsageError:
    known = switches(bundle)
    close = difflib.get_close_matches(name, known, n=1)
    shown = ", ".join(one for one in known if one not in bundle.rules.codes)
    return UsageError(
        f"the policy asks for nothing that is called {name}",
        seen=name,
        wanted=f"the code of a rule it demands, or one of: {shown}",
        cause="what the gate always asks for cannot be switched off",
        help=[f"did you mean `{close[0]}`?"] if close else [],
    )
