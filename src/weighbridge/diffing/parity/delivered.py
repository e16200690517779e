"""Parity of two deliveries: target, files, configuration, images, and what was seen to run.

What one side was not delivered as, or nobody looked at, is unknown and never a match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.diffing.parity.judging import compared, named, parts_of
from weighbridge.diffing.parity.releases import PACKAGES
from weighbridge.model.parity import DELIVERY, Delivered, Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.change import Value

Parts = tuple[str, ...]

_FILES: Final = (DELIVERY, "files")
_TARGET: Final = (DELIVERY, "target")
_GROUPS: Final[Mapping[str, Parts]] = {
    "arguments": ("environment", "system", "args"),
    "limits": ("environment", "system", "ulimits"),
    "packages": PACKAGES,
    "python": ("environment", "runtime"),
    "settings": ("environment", "system", "sysctls"),
    "variables": ("environment", "system", "env"),
}
"""What is seen to run, and where entries of it stand."""
_NOBODY: Final = "nobody looked at what runs there"
_UNTOLD: Final = "it is not known what it was delivered as"


def compare_deliveries(
    left: Delivered, right: Delivered, *, observed: bool = True
) -> tuple[Entry, ...]:
    """Compare what was delivered on two sides; sorted by name.

    Args:
        left: The first side.
        right: The second.
        observed: Whether what is seen to run is compared, too.
    """
    found = list(_rendered(left, right))
    if observed:
        found.extend(_seen(left, right))
    return tuple(sorted(found, key=lambda entry: entry.name))


def _rendered(left: Delivered, right: Delivered) -> Iterator[Entry]:
    before, after = _leaves_of(left), _leaves_of(right)
    if before is None and after is None:
        yield _unknown(_TARGET, None, None, left.why or right.why or _UNTOLD)
        return
    if before is None or after is None:
        why = (left if before is None else right).why or _UNTOLD
        yield from _one_sided(before, after, why)
        return
    yield from _both(before, after)


def _one_sided(
    before: Mapping[Parts, Value] | None, after: Mapping[Parts, Value] | None, why: str
) -> Iterator[Entry]:
    """Say of all that one side has that of the other nothing is known."""
    for parts in {**(before or {}), **(after or {})}:
        left = None if before is None else before.get(parts)
        right = None if after is None else after.get(parts)
        yield _unknown(parts, left, right, why)


def _both(
    before: Mapping[Parts, Value],
    after: Mapping[Parts, Value],
    reasons: Mapping[Parts, str] | None = None,
) -> Iterator[Entry]:
    """Compare what both sides know; `reasons` are why of some members one does not."""
    reasons = reasons or {}
    for parts in {**before, **after, **reasons}:
        name = named(*parts)
        left, right = before.get(parts), after.get(parts)
        if parts in reasons:
            yield _unknown(parts, left, right, reasons[parts])
            continue
        if parts in before and parts in after:
            yield compared(name, left, right)
            continue
        why = f"the {'second' if parts in before else 'first'} has none"
        yield Entry(name=name, outcome="drift", left=left, right=right, why=why)


def _unknown(parts: Parts, left: Value, right: Value, why: str) -> Entry:
    return Entry(name=named(*parts), outcome="unknown", left=left, right=right, why=why)


def _leaves_of(side: Delivered) -> dict[Parts, Value] | None:
    """List what a side was delivered as, value by value; None if that is not known."""
    if side.rendering is None:
        return None
    target = dict(side.rendering["target"])
    found: dict[Parts, Value] = {
        (*_TARGET, "options", name): value for name, value in target.pop("options", {}).items()
    }
    found |= {(*_TARGET, name): value for name, value in target.items()}
    found |= {(*_FILES, one["name"]): one["digest"] for one in side.rendering["files"]}
    for name, value in side.rendering.get("parameters", {}).items():
        found["parameters", name, "value"] = value
    for name, value in side.rendering.get("flags", {}).items():
        found |= dict(_below(("flags", name), value))
    return found | {tuple(parts_of(name)): digest for name, digest in side.images.items()}


def _below(at: Parts, value: Any) -> Iterator[tuple[Parts, Value]]:  # noqa: ANN401 - plain values
    if not isinstance(value, dict) or not value:
        yield at, value
        return
    for name, member in value.items():
        yield from _below((*at, name), member)


def _seen(left: Delivered, right: Delivered) -> Iterator[Entry]:
    """Compare what is seen to run, group by group: of each, either side may know nothing."""
    if left.observed is None and right.observed is None:
        yield _unknown((DELIVERY, "observed"), None, None, left.why or right.why or _NOBODY)
        return
    for group, at in _GROUPS.items():
        (before, first), (after, second) = (_group(side, group, at) for side in (left, right))
        if before is not None and after is not None:
            reasons = {**_reasons(right, group, at), **_reasons(left, group, at)}
            yield from _both(before, after, reasons)
        elif before or after:
            yield from _one_sided(before, after, first or second)
        else:
            yield _unknown(at, None, None, first or second)


def _reasons(side: Delivered, group: str, at: Parts) -> dict[Parts, str]:
    """Say why members of a group are not known."""
    unknown = (side.observed or {}).get("unknown", {})
    start = f"{group}/"
    return {
        (*at, name.removeprefix(start)): why
        for name, why in unknown.items()
        if name.startswith(start)
    }


def _group(side: Delivered, group: str, at: Parts) -> tuple[dict[Parts, Value] | None, str]:
    """List what a side knows of a group; None, and why, if it knows nothing."""
    if side.observed is None:
        return None, side.why or _NOBODY
    why = side.observed.get("unknown", {}).get(group)
    found = side.observed.get(group)
    if found is None:
        return None, why or "it was not recorded"
    return dict(_below(at, found)) if found != {} else {}, ""
