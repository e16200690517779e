"""The parts of a bill that a lock pins."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name

from weighbridge.codec.purl import Purl, write_purl
from weighbridge.model.bill import Bill, Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.lock import Edge, Lock, Pin

_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_USUAL_INDEX: Final = "https://pypi.org/"
_HEXES: Final = re.compile(
    r"(?:md5:[0-9a-f]{32}|sha(?:1:[0-9a-f]{40}|256:[0-9a-f]{64}"
    r"|384:[0-9a-f]{96}|512:[0-9a-f]{128}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What comes of a lock.

    Attributes:
        parts: Its packages, sorted by reference.
        edges: What each depends on, by reference.
        roots: References of what is asked for itself, as far as the lock says.
    """

    parts: tuple[Part, ...]
    edges: Mapping[str, tuple[str, ...]]
    roots: tuple[str, ...]


def locked(
    lock: Lock, licences: Mapping[tuple[str, str], str], *, scope: str = "required"
) -> Locked:
    """Make the parts of what a lock pins.

    Args:
        lock: The lock.
        licences: What is known of the licence of a package, by normalised name and version.
        scope: Whether it is there when the release runs.
    """
    pins = [pin for pin in lock.pins if pin.source != "include" and _NAME.fullmatch(pin.name)]
    counted: Counter[str] = Counter()
    parts: list[Part] = []
    by_name: dict[str, list[tuple[str, str]]] = {}
    for pin in sorted(pins, key=_order):
        ref = _ref(pin)
        counted[ref] += 1
        # One version may be pinned twice, from two places: then the second has a number.
        ref = ref if counted[ref] == 1 else f"{ref}#{counted[ref]}"
        parts.append(_part(pin, ref, licences, scope))
        by_name.setdefault(canonicalize_name(pin.name), []).append((pin.version or "", ref))
    edges = {
        part.ref: _meant(pin.edges, by_name)
        for part, pin in zip(parts, sorted(pins, key=_order), strict=True)
    }
    return Locked(
        parts=tuple(sorted(parts, key=lambda part: part.ref)),
        edges=edges,
        roots=_roots(lock, parts, edges, by_name),
    )


def lock_bill(name: str, digest: str, found: Locked, version: str) -> Bill:
    """Make the bill of a lock alone.

    Args:
        name: Name of its file.
        digest: Digest of its bytes.
        found: What comes of it.
        version: Version of weighbridge.
    """
    subject = Part(ref="lock", kind="file", name=name, hashes=(digest,))
    return Bill(
        subject=subject,
        parts=found.parts,
        edges={subject.ref: found.roots, **found.edges},
        version=version,
    )


def together(runtime: Locked, others: Iterable[Locked]) -> Locked:
    """Add what is only needed for development to what is needed to run."""
    parts = {part.ref: part for part in runtime.parts}
    edges = dict(runtime.edges)
    for other in others:
        for part in other.parts:
            parts.setdefault(part.ref, part)
            edges.setdefault(part.ref, other.edges[part.ref])
    ordered = tuple(parts[ref] for ref in sorted(parts))
    return replace(runtime, parts=ordered, edges=edges)


def _order(pin: Pin) -> tuple[str, ...]:
    return (pin.name, pin.version or "", pin.index, pin.reference, pin.marker, *pin.hashes)


def _ref(pin: Pin) -> str:
    return write_purl(Purl(type=pin.ecosystem, name=pin.name, version=pin.version or ""))


def _part(pin: Pin, ref: str, licences: Mapping[tuple[str, str], str], scope: str) -> Part:
    known = licences.get((canonicalize_name(pin.name), pin.version or ""), "")
    properties = [
        ("weighbridge:lock:marker", pin.marker),
        ("weighbridge:lock:requires-python", pin.requires_python or ""),
        *(("weighbridge:lock:group", group) for group in pin.groups),
    ]
    return Part(
        ref=ref,
        kind="library",
        name=pin.name,
        version=pin.version or "",
        purl=_purl(pin),
        hashes=tuple(one for one in sorted(set(pin.hashes)) if _HEXES.fullmatch(one)),
        licence=known if pin.ecosystem == "pypi" else "",
        # A package of an extra or a group is there only where somebody asked for that.
        scope="optional" if pin.groups and scope == "required" else scope,
        files=tuple(sorted(pin.files, key=lambda file: file.name)),
        properties=tuple(pair for pair in properties if pair[1]),
    )


def _purl(pin: Pin) -> str:
    """Write the address of a package; what lies in a folder of somebody's has none."""
    if pin.source in {"path", "editable"}:
        return ""
    qualifiers = {}
    if pin.source == "git":
        qualifiers["vcs_url"] = pin.reference
    elif pin.source == "url":
        qualifiers["download_url"] = pin.reference
    elif pin.index and not pin.index.startswith(_USUAL_INDEX):
        qualifiers["repository_url"] = pin.index
    purl = Purl(type=pin.ecosystem, name=pin.name, version=pin.version or "", qualifiers=qualifiers)
    return write_purl(purl)


def _meant(edges: Iterable[Edge], by_name: Mapping[str, list[tuple[str, str]]]) -> tuple[str, ...]:
    """Find the entries that edges lead to; one without a version leads to all of its name."""
    found: set[str] = set()
    for edge in edges:
        for version, ref in by_name.get(canonicalize_name(edge.name), ()):
            if edge.version in {"", version}:
                found.add(ref)
    return tuple(sorted(found))


def _roots(
    lock: Lock,
    parts: Iterable[Part],
    edges: Mapping[str, tuple[str, ...]],
    by_name: Mapping[str, list[tuple[str, str]]],
) -> tuple[str, ...]:
    """Find what was asked for itself: as the lock says, else what nothing in it depends on."""
    if lock.roots:
        named = (by_name.get(canonicalize_name(name), ()) for name in lock.roots)
        return tuple(sorted({ref for found in named for _, ref in found}))
    needed = {ref for found in edges.values() for ref in found}
    return tuple(sorted(part.ref for part in parts if part.ref not in needed))
