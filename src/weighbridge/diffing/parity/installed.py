"""What is installed in a Python environment, held against the runtime lock of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packaging.utils import canonicalize_name

from weighbridge.codec.markers import can_hold, must_hold
from weighbridge.diffing.parity.judging import held, named, unknown
from weighbridge.diffing.parity.releases import PACKAGES, version_of
from weighbridge.diffing.parity.versions import is_version
from weighbridge.model.fact import Unavailable
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.installed import InstalledDistribution, InstalledFiles
    from weighbridge.model.lock import Lock, Pin
    from weighbridge.model.parity import Entry, Machine

_FILES: Final = ("dependencies", "runtime", "files")
_INSTALLERS: Final = frozenset({"pip", "setuptools", "uv", "wheel"})
"""What an environment is made with, and no lock has to name."""
_UNREAD: Final = frozenset({"unread", "unhashed", "weak"})
_SHOWN: Final = 5


def hold_packages(
    manifest: Mapping[str, Any], machine: Machine, lock: Lock | Unavailable
) -> Iterator[Entry]:
    """Hold the environment against the lock, package by package, and its files against RECORD."""
    installed, name = machine.captured.installed, named(*PACKAGES)
    if isinstance(lock, Unavailable):
        yield unknown(name, None, f"the lock cannot be read: {lock.reason}")
        return
    if isinstance(installed, Unavailable):
        yield unknown(name, None, installed.reason)
        return
    found: dict[str, list[InstalledDistribution]] = {}
    for one in installed.distributions:
        found.setdefault(canonicalize_name(one.name), []).append(one)
    locked = _locked(lock)
    for package, pins in sorted(locked.items()):
        yield from _package(package, pins, found.get(package, []), machine)
    own = canonicalize_name(str(manifest["metadata"]["name"]))
    for package in sorted(found.keys() - locked.keys() - _INSTALLERS - {own}):
        versions = ", ".join(one.version for one in found[package])
        yield held(named(*PACKAGES, package), None, versions, fits=False, why="no lock names it")
    yield from _files(installed)


def _locked(lock: Lock) -> dict[str, list[Pin]]:
    found: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        found.setdefault(pin.name, []).append(pin)
    return found


def _package(
    package: str, pins: list[Pin], found: Sequence[InstalledDistribution], machine: Machine
) -> Iterator[Entry]:
    name = named(*PACKAGES, package)
    if any(pin.source == "include" or pin.ecosystem != "pypi" for pin in pins):
        yield unknown(name, version_of(pins), "what the entry stands for is not read on a machine")
        return
    here = [pin for pin in pins if can_hold(pin.marker, machine.stated)]
    if not found:
        yield from _absent(name, here, machine)
        return
    seen = ", ".join(one.version for one in found)
    if not here:
        yield held(name, None, seen, fits=False, why="the lock has it for other machines alone")
        return
    yield _installed(name, here, found, seen)


def _absent(name: str, here: list[Pin], machine: Machine) -> Iterator[Entry]:
    """Say what of the default set is not there; what only an extra asks for need not be."""
    default = [pin for pin in here if not pin.groups]
    if any(must_hold(pin.marker, machine.stated) for pin in default):
        yield held(name, version_of(default), None, fits=False, why="it is not installed")
    elif default:
        yield unknown(name, version_of(default), "whether its marker holds here is not known")


def _installed(
    name: str, pins: list[Pin], found: Sequence[InstalledDistribution], seen: str
) -> Entry:
    left = version_of(pins)
    if why := _departure(pins, found):
        return held(name, left, seen, fits=False, why=why)
    if all(pin.version is None for pin in pins):
        return unknown(name, left, "the lock fixes no version", right=seen)
    if found[0].standing == "unverifiable":
        why = found[0].why or "its files cannot be verified"
        return unknown(name, left, why, right=seen)
    return held(name, left, seen, fits=True)


def _departure(pins: list[Pin], found: Sequence[InstalledDistribution]) -> str:
    """Say in what an installed package is not what the lock has, or empty."""
    if len(found) > 1:
        return "it is installed more than once"
    one = found[0]
    versions = [pin.version for pin in pins if pin.version is not None]
    if versions and not any(is_version(one.version, version) for version in versions):
        return "it is of another version"
    if one.editable and all(pin.source != "editable" for pin in pins):
        return "it is a link to sources"
    return (one.why or "its files were changed") if one.standing == "tampered" else ""


def _files(installed: InstalledFiles) -> Iterator[Entry]:
    """Say of the files that belong to no package."""
    loose = [one for one in installed.departures if not one.distribution]
    if not loose:
        return
    name = named(*_FILES)
    unread = [one.path or one.seen for one in loose if one.kind in _UNREAD]
    strange = [one.path for one in loose if one.kind not in _UNREAD]
    if strange:
        seen = some_of(strange, _SHOWN)
        yield held(name, None, seen, fits=False, why="no RECORD names them as they are")
    else:
        yield unknown(name, None, f"they were not read: {some_of(unread, _SHOWN)}")
