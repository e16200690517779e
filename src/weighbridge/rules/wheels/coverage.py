"""Which packages of a lock have a wheel on which targets: a bit a target, a mask a tag.

A tag, a wheel and a package are a mask each; each distinct marker is asked once of each target. A
gap is what is needed and not had. What a lock does not say, and what a target does not state, is
unknown and never a yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from weighbridge.codec.locks.files import file_name
from weighbridge.codec.locks.interface import holds
from weighbridge.model.coverage import Cause, Cell, Fit
from weighbridge.rules.versions import admits
from weighbridge.rules.wheels.causes import Gap, explain
from weighbridge.rules.wheels.markers import Markers, answering, patches
from weighbridge.rules.wheels.masks import Masks
from weighbridge.rules.wheels.names import WheelNames
from weighbridge.rules.wheels.nearest import with_passing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from weighbridge.model.lock import Lock, Pin
    from weighbridge.rules.wheels.names import WheelName
    from weighbridge.rules.wheels.systems import System

BUILT: Final = frozenset({"git", "path", "editable"})
"""Sources whose packages are built where they are installed; whoever named one wanted that."""

NOT_NEEDED: Final = "not needed there"
_PLAIN: Final = "linux_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What of a lock is to be installed, beside its default set.

    Attributes:
        extras: Extras of the project.
        groups: Dependency groups.
    """

    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


DEFAULT: Final = Chosen()


def wheel_cells(
    lock: Lock,
    systems: Sequence[System],
    *,
    chosen: Chosen = DEFAULT,
    yanked: Collection[tuple[str, str]] = (),
) -> list[Cell]:
    """Say of every package of a lock, for every target, whether a wheel fits.

    A package that its markers do not ask for on a target is a yes with the cause `marker`. Where a
    target's Python is none the whole lock is for, a cell of the package `python` says so.

    Args:
        lock: The lock.
        systems: The targets.
        chosen: What of it is to be installed.
        yanked: Name and version of packages known to be yanked from their index.
    """
    coverage = _Coverage(lock, systems, chosen, frozenset(yanked))
    cells = list(coverage.of_python())
    for package in coverage.of_packages():
        cells += package
    return cells


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """Where the files of an entry are admitted, as masks.

    Attributes:
        fit: By wheels with a hash and a tag an index takes.
        plain: By wheels that say nothing of the C library, or worse.
        possible: By wheels, if the target turns out to be new enough.
        bare: By wheels no installer takes that checks hashes.
        wheels: The wheels.
        sdist: Whether something could be built.
        unread: Whether some names could not be read.
    """

    fit: int
    plain: int
    possible: int
    bare: int
    wheels: list[WheelName]
    sdist: bool
    unread: bool


class _Coverage:
    """One lock on some targets."""

    def __init__(
        self,
        lock: Lock,
        systems: Sequence[System],
        chosen: Chosen,
        yanked: frozenset[tuple[str, str]],
    ) -> None:
        self._lock = lock
        self._systems = systems
        self._chosen = chosen
        self._yanked = yanked
        self._masks = Masks(systems)
        self._names = WheelNames()
        groups = chosen.groups | set(lock.default_groups)
        self._markers = Markers(extras=chosen.extras, groups=groups)
        self._needs: dict[str, tuple[int, int]] = {}
        self._pythons: dict[str, tuple[int, int]] = {}
        self._open = self._mask(lambda system: system.python is None)[0]

    def of_python(self) -> Iterator[Cell]:
        """Say which targets have a Python the lock is not for."""
        admitted, unknown = self._admitted(self._lock.requires_python)
        for bit, system in enumerate(self._systems):
            if system.python is None or admitted >> bit & 1:
                continue
            yield Cell(
                package="python",
                version=_python(system),
                target=system.name,
                fit=Fit.UNKNOWN if unknown >> bit & 1 else Fit.NO,
                cause=Cause.REQUIRES_PYTHON,
                why=f"the lock is for Python {self._lock.requires_python}",
                nearest=f"Python {self._lock.requires_python}",
            )

    def of_packages(self) -> Iterator[list[Cell]]:
        """Say of each package where it is to be had, an entry at a time."""
        pins = sorted((pin for pin in self._lock.pins if pin.source != "include"), key=_name)
        for _, group in groupby(pins, _name):
            yield from self._of_forks(list(group))

    def _of_forks(self, forks: list[Pin]) -> Iterator[list[Cell]]:
        """Judge the entries of one package: on each target the one that is needed there."""
        needs = [self._needed(pin) for pin in forks]
        wanted = clash = 0
        for sure, _ in needs:
            clash |= wanted & sure
            wanted |= sure
        anywhere = wanted
        for _, unknown in needs:
            anywhere |= unknown
        for index, pin in enumerate(forks):
            sure, unknown = needs[index]
            here = sure | unknown
            if index == 0:
                here |= self._masks.every & ~anywhere
            yield self._of_pin(pin, here, sure & ~clash, clash)

    def _of_pin(self, pin: Pin, here: int, needed: int, clash: int) -> list[Cell]:
        """Judge an entry on the targets of a mask.

        Args:
            pin: The entry.
            here: Where it is judged.
            needed: Where it is needed for sure, and nothing else of the name.
            clash: Where more than one entry of the name is needed.
        """
        _, unknown = self._needed(pin)
        fits, judge = self._judge(pin)
        fits &= needed
        name, version, yes = pin.name, pin.version or "", Fit.YES
        cells = []
        for bit, system in enumerate(self._systems):
            one = 1 << bit
            if not here & one:
                continue
            if fits & one:
                cells.append(Cell(package=name, version=version, target=system.name, fit=yes))
                continue
            if needed & one:
                fit, gap = judge(bit)
            elif clash & one:
                fit, gap = Fit.UNKNOWN, _SEVERAL
            elif unknown & one:
                fit, gap = _undecided(pin, *judge(bit))
            else:
                fit, gap = _LEFT_OUT
            cells.append(_cell(pin, system, fit, gap))
        return cells if fits == here else with_passing(cells, self._systems)

    def _judge(self, pin: Pin) -> tuple[int, Callable[[int], tuple[Fit, Gap]]]:
        """Say where a wheel of an entry simply fits, and make what judges it elsewhere."""
        uniform = self._uniform(pin)
        files = self._files(pin)
        admitted, open_python = self._admitted(pin.requires_python or "")
        yanked = (pin.name, pin.version or "") in self._yanked
        fits = 0 if uniform or yanked else files.fit & admitted & ~self._open

        def judge(bit: int) -> tuple[Fit, Gap]:
            system = self._systems[bit]
            if self._open >> bit & 1:
                return Fit.UNKNOWN, _unstated(system, Cause.PYTHON)
            if not admitted >> bit & 1:
                fit = Fit.UNKNOWN if open_python >> bit & 1 else Fit.NO
                return fit, _other_python(pin, system)
            if uniform is not None:
                return uniform
            if files.fit >> bit & 1:
                return _YANKED if yanked else _FITS
            return _without(files, bit, system)

        return fits, judge

    def _uniform(self, pin: Pin) -> tuple[Fit, Gap] | None:
        """Judge an entry that is the same on all targets."""
        if pin.ecosystem != "pypi":
            why = f"a {pin.ecosystem} package, whose builds are not compared with targets"
            return Fit.UNKNOWN, Gap(cause=Cause.FILES_UNKNOWN, why=why)
        if pin.source in BUILT:
            why = f"if it can be built there: it comes from {pin.source}"
            return Fit.IF, Gap(cause=Cause.SDIST_ONLY, why=why)
        if not pin.files and not self._lock.names_files and not _by_address(pin):
            why = f"the lock ({self._lock.format}) does not name its files"
            nearest = "a lock that does: `uv lock`, or `uv export --format pylock.toml`"
            return Fit.UNKNOWN, Gap(cause=Cause.FILES_UNKNOWN, why=why, nearest=nearest)
        return None

    def _files(self, pin: Pin) -> _Files:
        fit = plain = possible = bare = 0
        wheels = []
        sdist = unread = False
        listed = [(file.name, pin.hashed or holds(file.hashes)) for file in pin.files]
        for name, hashed in listed or [(one, pin.hashed) for one in _by_address(pin)]:
            if not name.endswith(".whl"):
                sdist = True
                continue
            wheel = self._names.read(name)
            if wheel is None:
                unread = True
                continue
            wheels.append(wheel)
            sure, may = self._masks.wheel(wheel)
            if not hashed:
                bare |= sure
            elif wheel.platforms[0].startswith(_PLAIN) and len(wheel.platforms) == 1:
                plain |= sure
            else:
                fit |= sure
                possible |= may
        return _Files(
            fit=fit,
            plain=plain,
            possible=possible,
            bare=bare,
            wheels=wheels,
            sdist=sdist,
            unread=unread,
        )

    def _needed(self, pin: Pin) -> tuple[int, int]:
        """Return where an entry is needed, and where that is not known."""
        if self._lock.format == "uv" and pin.groups:
            names = self._chosen.groups | self._chosen.extras | set(self._lock.default_groups)
            if not names.intersection(pin.groups):
                return 0, 0
        if pin.marker not in self._needs:
            self._needs[pin.marker] = self._mask(
                lambda system: self._markers.hold(pin.marker, system)
            )
        return self._needs[pin.marker]

    def _admitted(self, specifier: str) -> tuple[int, int]:
        """Return where a specifier admits the Python, and where that is not known."""
        if not specifier:
            return self._masks.every, 0
        if specifier not in self._pythons:
            known: dict[object, bool | None] = {}

            def admit(system: System) -> bool | None:
                key = answering(system)
                if key not in known:
                    known[key] = _admits(specifier, system)
                return known[key]

            self._pythons[specifier] = self._mask(admit)
        return self._pythons[specifier]

    def _mask(self, ask: Callable[[System], bool | None]) -> tuple[int, int]:
        """Ask something of every target: a mask of yes, and one of who knows."""
        yes = unknown = 0
        for bit, system in enumerate(self._systems):
            answer = ask(system)
            if answer is None:
                unknown |= 1 << bit
            elif answer:
                yes |= 1 << bit
        return yes, unknown


_NONE: Final = Gap(cause=Cause.NONE, why="")
_FITS: Final = (Fit.YES, _NONE)
_LEFT_OUT: Final = (Fit.YES, Gap(cause=Cause.MARKER, why=NOT_NEEDED))
_YANKED: Final = (Fit.IF, Gap(cause=Cause.YANKED, why="if a yanked file will do"))
_PLAINLY: Final = Gap(
    cause=Cause.LIBC, why="if it was built there: its wheel is tagged `linux`, of no C library"
)
_SEVERAL: Final = Gap(cause=Cause.MARKER, why="several entries of it are needed there")
_BARE: Final = Gap(cause=Cause.MISSING_HASH, why="the wheel that fits has no hash in the lock")
_UNREAD: Final = Gap(cause=Cause.FILES_UNKNOWN, why="the lock names files that are no wheel's")
_name = attrgetter("name")


def _undecided(pin: Pin, fit: Fit, gap: Gap) -> tuple[Fit, Gap]:
    """Judge an entry that may not be needed: what is to be had anyway need not be known to be."""
    if fit in (Fit.YES, Fit.IF):
        return fit, gap
    why = f"whether it is needed there is not known: {pin.marker}"
    return Fit.UNKNOWN, Gap(cause=Cause.MARKER, why=why)


def _without(files: _Files, bit: int, system: System) -> tuple[Fit, Gap]:
    """Judge an entry on a target that none of its files is known to fit."""
    if files.plain >> bit & 1:
        return Fit.IF, _PLAINLY
    if files.possible >> bit & 1:
        cause = Cause.OS_VERSION if system.os == "macos" else Cause.LIBC
        return Fit.UNKNOWN, _unstated(system, cause)
    if files.bare >> bit & 1:
        return Fit.NO, _BARE
    if files.unread:
        return Fit.UNKNOWN, _UNREAD
    return Fit.NO, explain(files.wheels, system, has_sdist=files.sdist)


def _cell(pin: Pin, system: System, fit: Fit, gap: Gap) -> Cell:
    return Cell(
        package=pin.name,
        version=pin.version or "",
        target=system.name,
        fit=fit,
        cause=gap.cause,
        why=gap.why,
        nearest=gap.nearest,
    )


def _unstated(system: System, cause: Cause) -> Gap:
    missing = " and ".join(system.unstated) or "all of that"
    return Gap(cause=cause, why=f"the target does not state {missing}")


def _other_python(pin: Pin, system: System) -> Gap:
    why = f"it needs Python {pin.requires_python}, and the target has {_python(system)}"
    nearest = f"Python {pin.requires_python}"
    return Gap(cause=Cause.REQUIRES_PYTHON, why=why, nearest=nearest)


def _python(system: System) -> str:
    """Write a target's Python as the manifest does."""
    if system.python is None:
        return ""
    patch = "" if system.patch is None else f".{system.patch}"
    return f"{system.python[0]}.{system.python[1]}{patch}{'t' if system.threaded else ''}"


def _admits(specifier: str, system: System) -> bool | None:
    """Tell whether a specifier admits a target's Python, whatever its patch level is."""
    if system.python is None:
        return None
    major, minor = system.python
    answers = {
        admits(specifier, f"{major}.{minor}.{patch}") for patch in patches(system, specifier)
    }
    return answers.pop() if len(answers) == 1 else None


def _by_address(pin: Pin) -> tuple[str, ...]:
    """Return the name of the file an entry's own address leads to."""
    if pin.source != "url":
        return ()
    return (file_name(pin.reference.partition("#")[0]),)
