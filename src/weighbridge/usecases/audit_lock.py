"""`audit`: hold the locks of a release, or a lock alone, against the advisories of this place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.codec.openvex import VexError, read_openvex
from weighbridge.model.advisory import Bearing, Level
from weighbridge.model.errors import UnavailableError, UnreadableError
from weighbridge.model.fact import ObservedLock, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.rules.advisories.answering import answer
from weighbridge.rules.advisories.exposure import exposures
from weighbridge.rules.advisories.staleness import stale
from weighbridge.rules.lock_paths import Ways

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from weighbridge.model.advisory import Advisory, AdvisoryData, Exposure
    from weighbridge.model.lock import Pin
    from weighbridge.model.ports import AdvisorySource
    from weighbridge.model.vex import VexStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A flaw of an entry, and how the entry came into which lock.

    Attributes:
        exposure: The flaw.
        lock: The lock.
        path: Names from something that was asked for to the entry.
        answered: By which statement it does not count; None if it counts.
    """

    exposure: Exposure
    lock: str
    path: tuple[str, ...]
    answered: VexStatement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What came of an audit.

    Attributes:
        data: The advisories it rests on.
        now: When it was made (RFC 3339, UTC).
        packages: How many entries were held against them.
        found: What counts, the worst first.
        undecided: What may count.
        answered: What does not count, since somebody says so.
        withdrawn: What does not count, since the advisory was withdrawn.
        unread: Locks that could not be read, and why.
        stale: Why the advisories are not today's.
        fail_on: Level from which a flaw is a failure; an unknown one always is.
    """

    data: AdvisoryData
    now: str
    packages: int
    found: tuple[Audited, ...] = ()
    undecided: tuple[Audited, ...] = ()
    answered: tuple[Audited, ...] = ()
    withdrawn: tuple[Audited, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    stale: tuple[str, ...] = ()
    fail_on: Level = Level.NONE

    @property
    def verdict(self) -> Verdict:
        """Fail before inconclusive before pass."""
        if any(_fails(one.exposure, self.fail_on) for one in self.found):
            return Verdict.FAIL
        return Verdict.INCONCLUSIVE if self.undecided or self.unread else Verdict.PASS


def _fails(one: Exposure, fail_on: Level) -> bool:
    return one.is_malicious or one.level is Level.UNKNOWN or one.level.rank >= fail_on.rank


def statements_of(name: str, data: bytes) -> list[VexStatement]:
    """Read a file of OpenVEX statements.

    Raises:
        UnreadableError: It is none.
    """
    try:
        return read_openvex(data)
    except VexError as error:
        help_ = ["it is taken whole or not at all: mend it, or leave it out"]
        raise UnreadableError(f"{name} holds no OpenVEX statements: {error}", help=help_) from error


def audit_locks(
    locks: Mapping[str, ObservedLock | Unavailable],
    *,
    source: AdvisorySource,
    clock: Callable[[], str],
    statements: Sequence[VexStatement] = (),
    fail_on: Level = Level.NONE,
) -> Audit:
    """Hold locks against the advisories.

    Args:
        locks: The locks by their paths.
        source: Who knows advisories.
        clock: Tells the time.
        statements: What somebody says does not count.
        fail_on: Level from which a flaw is a failure.

    Raises:
        UnavailableError: No advisories were ever loaded, or they cannot be read.
    """
    data = source.data()
    if data is None:
        raise UnavailableError(
            "no advisories were loaded here",
            wanted="OSV records, such as those of github.com/pypa/advisory-database",
            help=_LOADING,
        )
    read = {path: one for path, one in locks.items() if isinstance(one, ObservedLock)}
    unread = [(path, one.reason) for path, one in locks.items() if isinstance(one, Unavailable)]
    unread += [
        (path, one.lock.reason) for path, one in read.items() if isinstance(one.lock, Unavailable)
    ]
    names = {pin.name for one in read.values() for pin in _pins(one)}
    about = source.about(sorted(names))
    every = [
        Audited(
            exposure=one.exposure,
            lock=one.lock,
            path=one.path,
            answered=answer(one.exposure, statements),
        )
        for path, lock in read.items()
        for one in _audited(path, lock, about)
    ]
    now = clock()
    return Audit(
        data=data,
        now=now,
        packages=sum(len(_pins(one)) for one in read.values()),
        found=_of(every, Bearing.AFFECTED),
        undecided=_of(every, Bearing.UNDECIDED),
        answered=_sorted(
            one for one in every if one.answered and one.exposure.bearing is not Bearing.WITHDRAWN
        ),
        withdrawn=_of(every, Bearing.WITHDRAWN),
        unread=tuple(sorted(unread)),
        stale=tuple(stale(data, now)),
        fail_on=fail_on,
    )


def _pins(one: ObservedLock) -> Sequence[Pin]:
    return () if isinstance(one.lock, Unavailable) else one.lock.pins


def _audited(
    path: str, observed: ObservedLock, about: Mapping[str, Sequence[Advisory]]
) -> Iterator[Audited]:
    if isinstance(observed.lock, Unavailable):
        return
    found = list(exposures(observed.lock.pins, about))
    ways = Ways(observed.lock) if found else {}
    for one in found:
        way = ways.get((one.package, one.version), (one.package,))
        yield Audited(exposure=one, lock=path, path=way)


def _of(every: Iterable[Audited], bearing: Bearing) -> tuple[Audited, ...]:
    """Choose those that bear so; a withdrawn advisory needs no answer."""
    return _sorted(
        one
        for one in every
        if one.exposure.bearing is bearing
        and (bearing is Bearing.WITHDRAWN or one.answered is None)
    )


def _sorted(found: Iterable[Audited]) -> tuple[Audited, ...]:
    return tuple(sorted(found, key=_worst_first))


def _worst_first(one: Audited) -> tuple[int, int, str, str, str, str]:
    """Order by severity: attacks, then what is known to be bad, then what nobody rated."""
    it = one.exposure
    rank = _UNRATED if it.level is Level.UNKNOWN else it.level.rank
    return (-rank, -(it.score or 0), it.package, it.version, it.id, one.lock)


PUBLISHED = "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip"
"""Where osv.dev publishes all it knows of PyPI (google.github.io/osv.dev/data)."""
_LOADING = (
    f"online: weighbridge advisories update --from {PUBLISHED}",
    "offline: the same with a copy you brought: --from DIR or ZIP",
    "or name a registry that has them: --registry",
)
_UNRATED = Level.MEDIUM.rank
"""Where flaws that nobody rated stand in a list: before those that are known to be mild."""
