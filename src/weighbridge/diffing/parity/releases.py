"""Parity of two releases: what their manifests and runtime locks say they run in and with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from weighbridge.diffing.parity.judging import compared, named
from weighbridge.diffing.patterns import Patterns
from weighbridge.model.fact import Unavailable
from weighbridge.model.parity import ROOTS, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.change import Value
    from weighbridge.model.lock import Lock, Pin

Kind = Literal["set", "said", "left out"]
"""How a place counts.

* `set`: the release sets it; not to set it is another setting.
* `said`: there always is such a thing, and a manifest may say which: of one that does not,
  nothing is known.
* `left out`: prose, other papers' business, or told by a digest beside it.
"""

PACKAGES: Final = ("dependencies", "runtime", "packages")
_LOCK: Final = ("dependencies", "runtime", "digest")

TABLE: Final[Mapping[str, Kind]] = {
    "/compatibility/targets": "set",
    "/compatibility/targets/*": "said",
    "/dependencies/dev": "left out",
    "/dependencies/runtime": "said",
    "/dependencies/runtime/format": "left out",
    "/dependencies/runtime/lock": "left out",
    "/dependencies/sources": "set",
    "/dependencies/test": "left out",
    "/environment/image": "said",
    "/environment/image/base/ref": "left out",
    "/environment/image/buildSteps": "left out",
    "/environment/image/ref": "left out",
    "/environment/os": "said",
    "/environment/os/packages": "set",
    "/environment/placement": "set",
    "/environment/replicate": "left out",
    "/environment/resources": "set",
    "/environment/runtime": "said",
    "/environment/system": "set",
    "/externalServices": "set",
    "/flags": "set",
    "/parameters": "set",
    "/parameters/*/adjustWhen": "left out",
    "/parameters/*/description": "left out",
    "/parameters/*/effects": "left out",
    "/parameters/*/enum": "left out",
    "/parameters/*/kind": "left out",
    "/parameters/*/maximum": "left out",
    "/parameters/*/minimum": "left out",
    "/parameters/*/unit": "left out",
    "/parameters/*/validations": "left out",
}
"""Pattern of names → how the place counts, and all below it that has no entry of its own.

The reference of an image is left out: its digest tells, wherever it is pulled from.
"""

_KINDS: Final = Patterns(TABLE)
_SAID_BY_FEW: Final = ("environment/image", "environment/os", "environment/resources")
"""What every release runs in or on, and a manifest need not say."""

Parts = tuple[str, ...]


def compare_releases(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    keys: Mapping[str, str],
    locks: tuple[Lock | Unavailable, Lock | Unavailable],
) -> list[Entry]:
    """Compare what two releases run in, on and with.

    Args:
        left: The first sealed manifest, as plain values.
        right: The second.
        keys: Key field of each keyed list by pointer pattern: `/spec/externalServices` → `name`.
        locks: The runtime lock of each, or why it cannot be read.
    """
    fields = Patterns(keys)
    before, after = (leaves(manifest, fields) for manifest in (left, right))
    found = [_leaf(parts, before, after) for parts in sorted({*before, *after})]
    same = _LOCK in before and before[_LOCK] == after.get(_LOCK)
    return [*found, *_packages(*locks, same=same)]


def silent_of(*manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """Name what every release runs in or on, and none of some manifests says."""
    return tuple(
        name
        for name in _SAID_BY_FEW
        if not any(_at(manifest, name.split("/")) for manifest in manifests)
    )


def leaves(manifest: Mapping[str, Any], keys: Patterns[str]) -> dict[Parts, Value]:
    """List what a manifest says of what it runs in and with, value by value.

    Members of keyed lists go by their keys; any other list is one value.
    """
    spec = manifest.get("spec", {})
    return {
        parts: value
        for root in ROOTS
        if root in spec
        for parts, value in _below(spec[root], (root,), keys)
        if _KINDS.longest(parts) not in {None, "left out"}
    }


def _below(value: Value, at: Parts, keys: Patterns[str]) -> Iterator[tuple[Parts, Value]]:
    members = _members(value, keys.exact(("spec", *at)))
    if not members:
        yield at, value
        return
    for name, member in members.items():
        yield from _below(member, (*at, name), keys)


def _members(value: Value, key: str | None) -> dict[str, Value]:
    """Return the members of a mapping or keyed list by name; nothing of what is one value."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or key is None:
        return {}
    found: dict[str, Value] = {
        str(one[key]): {name: inner for name, inner in one.items() if name != key}
        for one in value
        if isinstance(one, dict) and key in one
    }
    return found if len(found) == len(value) else {}


def _leaf(parts: Parts, before: Mapping[Parts, Value], after: Mapping[Parts, Value]) -> Entry:
    name = named(*parts)
    left, right = before.get(parts), after.get(parts)
    if parts in before and parts in after:
        return compared(name, left, right)
    side = "second" if parts in before else "first"
    if _KINDS.longest(parts) == "said":
        why = f"the {side} does not say"
        return Entry(name=name, outcome="unknown", left=left, right=right, why=why)
    return Entry(name=name, outcome="drift", left=left, right=right, why=f"the {side} has none")


def _at(manifest: Mapping[str, Any], parts: list[str]) -> object:
    found: Any = manifest.get("spec")
    for part in parts:
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _packages(
    left: Lock | Unavailable, right: Lock | Unavailable, *, same: bool
) -> Iterator[Entry]:
    """Compare package by package; where the bytes of both locks are one, their digest told all."""
    if isinstance(left, Unavailable) or isinstance(right, Unavailable):
        if not same:
            why = "; ".join(
                f"the lock of the {side} cannot be read: {lock.reason}"
                for side, lock in (("first", left), ("second", right))
                if isinstance(lock, Unavailable)
            )
            yield Entry(name=named(*PACKAGES), outcome="unknown", why=why)
        return
    before, after = _by_name(left), _by_name(right)
    for name in sorted({*before, *after}):
        yield _package(name, before.get(name, []), after.get(name, []))


def _by_name(lock: Lock) -> dict[str, list[Pin]]:
    found: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        found.setdefault(pin.name, []).append(pin)
    return found


def _package(name: str, before: list[Pin], after: list[Pin]) -> Entry:
    entry = named(*PACKAGES, name)
    left, right = version_of(before), version_of(after)
    if not before or not after:
        side = "second" if before else "first"
        why = f"the {side} has none"
        return Entry(name=entry, outcome="drift", left=left, right=right, why=why)
    if any(pin.source == "include" for pin in (*before, *after)):
        why = "a lock refers to another file, which is not sealed"
        return Entry(name=entry, outcome="unknown", left=left, right=right, why=why)
    if left != right or _exactly(before) == _exactly(after):
        return compared(entry, left, right)
    why = "the same version of other files, or from elsewhere"
    return Entry(name=entry, outcome="drift", left=left, right=right, why=why)


def version_of(pins: list[Pin]) -> str | None:
    """Write the versions a lock has of one package; None if it has none of it."""
    found = (pin.version or pin.specifier or pin.reference for pin in pins)
    return ", ".join(sorted({one or "of no version" for one in found})) or None


def _exactly(pins: list[Pin]) -> list[tuple[object, ...]]:
    """List all that decides what is installed for some entries, in whatever order they stand."""
    return sorted(
        (
            pin.version or "",
            pin.specifier,
            pin.extras,
            tuple(sorted(pin.hashes)),
            pin.source,
            pin.reference,
            pin.index,
            pin.marker,
            pin.requires_python or "",
            pin.groups,
            pin.platform,
        )
        for pin in pins
    )
