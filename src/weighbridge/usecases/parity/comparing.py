"""Compare two environments, two releases, or a release and a machine."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.resolved import list_keys, resolved
from weighbridge.diffing.parity import (
    allow,
    compare_releases,
    hold_against_machine,
    silent_of,
    unasked_of,
)
from weighbridge.model.errors import NotFoundError, UsageError
from weighbridge.model.fact import Facts, Unavailable
from weighbridge.model.parity import Allowance, Comparison, Side
from weighbridge.model.release import ModelRelease
from weighbridge.usecases.capture_environment import masked
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.named_locks import locks_of
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.resolving import Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.lock import Lock
    from weighbridge.model.parity import Entry, Machine
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.usecases.references import Named

THIS_MACHINE = "this machine"
_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A release somebody asked about.

    Attributes:
        title: How it was named.
        named: The release.
        environment: The environment it was named by, or empty.
    """

    title: str
    named: Named
    environment: str = ""


def environments_of(registry: Registry) -> frozenset[str]:
    """Name the environments there are; none where nothing was applied yet."""
    with registry.reading() as view:
        if not view.size:
            return frozenset()
        return frozenset(Gathering.of(view, registry).state.environments)


def are_environments(left: str, right: str, known: frozenset[str]) -> bool:
    """Tell whether two words name environments.

    Raises:
        UsageError: Only one of them does.
    """
    found = [word for word in (left, right) if word in known]
    if len(found) == 1:
        other = right if found[0] == left else left
        close = difflib.get_close_matches(other, sorted(known), n=1)
        help_ = [f"did you mean `{close[0]}`?"] if close else []
        help_ += [f"name releases as NAME@{found[0]}, or a folder as ./{found[0]}"]
        message = f"{found[0]} is an environment, and {other} is none"
        raise UsageError(message, wanted=", ".join(sorted(known)), help=help_)
    return len(found) == _PAIR


def compare_environments(
    left: str, right: str, *, registry: Registry, name: str | None = None
) -> list[Comparison]:
    """Compare what two environments point to, a release name at a time.

    Args:
        left: The first environment.
        right: The second.
        registry: The registry.
        name: This release name only.

    Raises:
        NotFoundError: There is no such environment, or neither points to anything asked for.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        for environment in (left, right):
            gathering.environment(environment)
        found = [
            (known, _standing(gathering, left, known), _standing(gathering, right, known))
            for known in (gathering.names if name is None else [name])
        ]
    found = [one for one in found if any(one[1:])]
    if not found:
        what = "any release" if name is None else f"a release of {name}"
        message = f"neither {left} nor {right} points to {what}"
        raise NotFoundError(message, help=["weighbridge status"])
    allowances = allowances_of((left, right), registry)
    return [
        _pair(
            known,
            _asked(known, left, before, registry),
            _asked(known, right, after, registry),
            blobs=registry.blobs,
            allowances=allowances,
        )
        for known, before, after in found
    ]


def compare_two(left: Asked, right: Asked, *, registry: Registry) -> Comparison:
    """Compare two releases; an authored one is compared as it would be sealed now."""
    names = [one.environment for one in (left, right) if one.environment]
    allowances = allowances_of(names, registry)
    name = left.named.release.metadata.name
    return _pair(name, left, right, blobs=registry.blobs, allowances=allowances)


def compare_live(
    asked: Asked,
    machine: Machine,
    *,
    registry: Registry,
    digest: str,
    target: str | None = None,
) -> Comparison:
    """Hold a release against a machine.

    Args:
        asked: The release.
        machine: What was observed.
        registry: The registry.
        digest: Digest of what was observed.
        target: The declared target the machine should be; the likest if None.

    Raises:
        UsageError: The release declares no such target.
    """
    tree, lock = _resolved(asked.named, registry.blobs)
    declared = [str(one["name"]) for one in _targets(tree)]
    if target is not None and target not in declared:
        message = f"the release declares no target {target}"
        raise UsageError(message, wanted=", ".join(declared) or "a declared target")
    names = [asked.environment] if asked.environment else []
    entries = hold_against_machine(tree, machine, lock=lock, target=target)
    return Comparison(
        name=asked.named.release.metadata.name,
        left=_side(asked),
        right=Side(title=THIS_MACHINE, digest=digest),
        entries=settled(entries, allowances_of(names, registry)),
        silent=(*silent_of(tree), *unasked_of(tree)),
    )


def allowances_of(environments: Iterable[str], registry: Registry) -> list[Allowance]:
    """List what owners let differ in some environments."""
    names = [*environments]
    if not names:
        return []
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        records = {name: gathering.environment(name)[1] for name in names}
    return [
        Allowance(entries=tuple(one["entries"]), reason=one["reason"], by=name)
        for name, record in records.items()
        for one in record["spec"].get("parity", {}).get("allowed", ())
    ]


def _standing(gathering: Gathering, environment: str, name: str) -> str:
    """Return the digest of the release of a name that stands in an environment, or empty."""
    pointer = gathering.pointer(environment, name)
    return pointer.release if pointer.moves else ""


def _asked(name: str, environment: str, digest: str, registry: Registry) -> Asked | None:
    if not digest:
        return None
    named = sealed_release(digest, registry)
    return Asked(title=f"{name}@{environment}", named=named, environment=environment)


def _pair(
    name: str,
    left: Asked | None,
    right: Asked | None,
    *,
    blobs: BlobReader,
    allowances: Sequence[Allowance],
) -> Comparison:
    sides = tuple(None if one is None else _side(one) for one in (left, right))
    if left is None or right is None:
        return Comparison(name=name, left=sides[0], right=sides[1], entries=())
    (before, first), (after, second) = (_resolved(one.named, blobs) for one in (left, right))
    entries = compare_releases(before, after, keys=list_keys(ModelRelease), locks=(first, second))
    return Comparison(
        name=name,
        left=sides[0],
        right=sides[1],
        entries=settled(entries, allowances),
        silent=silent_of(before, after),
    )


def _side(asked: Asked) -> Side:
    version = str(asked.named.release.metadata.version)
    return Side(title=asked.title, digest=asked.named.digest or "", version=version)


def _resolved(named: Named, blobs: BlobReader) -> tuple[dict[str, Any], Lock | Unavailable]:
    """Return a release as plain values with the digests of its locks, and its runtime lock."""
    locks = locks_of(named, blobs)
    release = named.release
    if named.path is not None:
        # What stands in the way of sealing is no obstacle: parity asks for its locks alone.
        release = Resolver(Facts(locks=locks)).resolve(release)
    tree = resolved(release)
    found = locks.get(release.spec.dependencies.runtime.lock, Unavailable("it was not looked at"))
    if isinstance(found, Unavailable):
        if named.path is not None:
            # Nobody knows whether a lock that is not there would be the one of that digest.
            tree["spec"]["dependencies"]["runtime"].pop("digest", None)
        return tree, found
    return tree, found.lock


def _targets(tree: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tree["spec"].get("compatibility", {}).get("targets", [])
    return found


def settled(entries: Iterable[Entry], allowances: Iterable[Allowance]) -> tuple[Entry, ...]:
    """Let differ what may, and show no credential, whoever put it there."""
    return tuple(_hidden(entry) for entry in allow(entries, allowances))


def _hidden(entry: Entry) -> Entry:
    name = entry.name.rpartition("/")[2]
    left, right = (masked({name: value})[name] for value in (entry.left, entry.right))
    return replace(entry, left=left, right=right)
