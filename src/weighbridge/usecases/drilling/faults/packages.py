"""Locks that let in what nobody chose, in a release that is sealed anew with such a lock."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.model.advisory import Advisory, AdvisoryData, Affected, Level, VersionRange
from weighbridge.model.fact import Unavailable
from weighbridge.usecases.drilling.closing import RULES
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.playing import (
    PACKAGE,
    PINNED,
    add_lines,
    no_lines,
    relocked,
    resealed,
    with_lines,
)
from weighbridge.usecases.named_locks import locks_of
from weighbridge.usecases.references import sealed_release

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.ports import AdvisorySource
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "packages"


class Planted:
    """Advisories as they are here, and one more."""

    def __init__(
        self, known: AdvisorySource | None, package: str, record: Advisory, now: str
    ) -> None:
        """Add a record.

        Args:
            known: The advisories of this place.
            package: Of which package.
            record: One more.
            now: When it was published.
        """
        self._known = known
        self._package = package
        self._record = replace(record, published=now, modified=now)
        self._now = now

    def data(self) -> AdvisoryData | None:
        """Say what they are."""
        found = self._known.data() if self._known is not None else None
        digest = f"sha256:{sha256(self._record.id.encode()).hexdigest()}"
        if found is None:
            return AdvisoryData(digest=digest, records=1, newest=self._now, fetched=self._now)
        return replace(found, digest=digest, records=found.records + 1)

    def about(self, names: Iterable[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """Find the records about packages."""
        asked = list(names)
        found = dict(self._known.about(asked)) if self._known is not None else {}
        if self._package in asked:
            found[self._package] = (*found.get(self._package, ()), self._record)
        return found


def know(scene: Scene, *, number: str) -> str:
    """Have something be known of a package: of one that is added, or else of one that is there.

    Returns:
        The package, as a lock pins it.
    """
    pinned = f"{PACKAGE}==1.0" if not no_lines(scene) else pins(scene)[0]
    affected = Affected(
        ecosystem="PyPI",
        package=pinned.partition("==")[0],
        ranges=(VersionRange(kind="ECOSYSTEM", events=(("introduced", "0"),)),),
    )
    says = "planted by a drill"
    record = Advisory(id=number, summary=says, level=Level.HIGH, affected=(affected,))
    known, now = scene.tools.advisories, scene.tools.clock()
    scene.with_tools(advisories=Planted(known, affected.package, record, now))
    return pinned


def _advised(scene: Scene, *, number: str) -> Trial:
    know(scene, number=number)
    return relocked(scene)


def pins(scene: Scene) -> list[str]:
    """List the packages the lock for running pins, each with its version."""
    named = sealed_release(scene.origin.release, scene.registry)
    lock = locks_of(named, scene.blobs)[named.release.spec.dependencies.runtime.lock]
    if isinstance(lock, Unavailable) or isinstance(lock.lock, Unavailable):
        return []
    return sorted({f"{pin.name}=={pin.version}" for pin in lock.lock.pins if pin.version})


def nothing_pinned(scene: Scene) -> str:
    """Say that no package is pinned, or nothing."""
    return "" if not no_lines(scene) or pins(scene) else "its lock pins no package"


def _lines(scene: Scene, lines: tuple[str, ...]) -> Trial:
    return with_lines(scene, *lines)


def _confused(scene: Scene) -> Trial:
    """Have a package of one's own index come from the public one."""

    def change(manifest: dict[str, Any]) -> None:
        add_lines(scene, manifest, (PINNED, "    # from https://pypi.org/simple"))
        dependencies = manifest["spec"]["dependencies"]
        own = {
            "name": "drill-internal",
            "kind": "index",
            "ref": "https://packages.example.net/simple",
            "allow": ["weighbridge-drill-*"],
        }
        public = {"name": "drill-public", "kind": "index", "ref": "https://pypi.org/simple"}
        sources = [*dependencies.get("sources", []), own, public]
        dependencies["sources"] = sorted(sources, key=lambda one: str(one["name"]))

    return resealed(scene, change)


_fault = partial(
    Fault, family=FAMILY, begins="founded", control="relocked", missing=no_lines, close=RULES
)

FAULTS = (
    _fault(
        "vulnerable-pin",
        "the lock pins a version with a known vulnerability",
        partial(_advised, number="DRILL-2026-1"),
        {"DEP005"},
        missing=nothing_pinned,
    ),
    _fault(
        "malicious-package",
        "the lock pins a package that is known to be an attack",
        partial(_advised, number="MAL-2026-1"),
        {"DEP006"},
        missing=nothing_pinned,
    ),
    _fault(
        "foreign-index",
        "the lock takes packages from an index nobody named, unencrypted",
        partial(_lines, lines=("--extra-index-url http://packages.example.net/simple",)),
        {"DEP009"},
    ),
    _fault(
        "dependency-confusion",
        "the public index answered for a package of one's own",
        _confused,
        {"DEP009"},
    ),
    _fault(
        "unpinned-dependency",
        "the lock names a package without its version",
        partial(_lines, lines=(f"{PACKAGE}>=1.0",)),
        {"DEP001"},
    ),
    _fault(
        "moving-branch",
        "the lock takes a package from a branch that moves",
        partial(_lines, lines=(f"{PACKAGE} @ git+https://git.example.net/drill.git@main",)),
        {"DEP001"},
    ),
    _fault(
        "missing-hash",
        "the lock names a package without the digest of its file",
        partial(_lines, lines=(f"{PACKAGE}==1.0",)),
        {"DEP002"},
    ),
)
