"""Hold a bill of materials against what it is the bill of: a lock, a release, its templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from weighbridge.codec.purl import PurlError, read_purl
from weighbridge.codec.sbom.parts import algorithm, shown
from weighbridge.model.bill import Inconsistency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.bill import Component
    from weighbridge.model.lock import Lock, Pin

_ECOSYSTEMS: Final = frozenset({"pypi", "conda"})
_OWN: Final = frozenset({"editable", "include", "path"})
"""Where entries come from that have no address: a folder of somebody's, or another file."""

_Key = tuple[str, str]


def lists_packages(components: Iterable[Component]) -> bool:
    """Tell whether a bill lists any package of a kind that locks pin."""
    return any(_package(one) is not None for one in components)


def against_lock(
    components: Iterable[Component], lock: Lock, *, others: Iterable[Lock] = ()
) -> Iterator[Inconsistency]:
    """Say where a bill and a lock differ.

    An entry that only some environments install, or that belongs to an extra or a group, may be
    left out of the bill.

    Args:
        components: What the bill lists.
        lock: The lock of what it is the bill of.
        others: Further locks whose packages it may list as well, those for development.
    """
    pins: dict[_Key, list[Pin]] = {}
    for one in (lock, *others):
        for pin in one.pins:
            pins.setdefault((pin.ecosystem, canonicalize_name(pin.name)), []).append(pin)
    listed: dict[_Key, list[str]] = {}
    for component in components:
        package = _package(component)
        if package is not None:
            listed.setdefault(package[:2], []).append(package[2])
            yield from _component(component, package, pins.get(package[:2], []))
    for pin in lock.pins:
        if pin.version is None or pin.source in _OWN or pin.marker or pin.groups:
            continue
        versions = listed.get((pin.ecosystem, canonicalize_name(pin.name)), [])
        if not any(_same(pin.version, version) for version in versions):
            message = f"{pin.name} {pin.version} of the lock is not in the bill"
            yield Inconsistency(fault="not-in-sbom", message=message, wanted="every pin")


def _package(component: Component) -> tuple[str, str, str] | None:
    """Return whose package a component is, its name and its version."""
    try:
        purl = read_purl(component.purl)
    except PurlError:
        return None
    if purl.type not in _ECOSYSTEMS:
        return None
    return purl.type, canonicalize_name(purl.name), purl.version or component.version


def _component(
    component: Component, package: tuple[str, str, str], pins: list[Pin]
) -> Iterator[Inconsistency]:
    """Say of one package what the lock does not have."""
    _, name, version = package
    same = [pin for pin in pins if pin.version is None or _same(pin.version, version)]
    if not same:
        pinned = ", ".join(str(pin.version) for pin in pins)
        message = f"{shown(name)} {shown(version)} is not in the lock"
        wanted = f"version {pinned}" if pinned else "what the lock pins, and nothing else"
        yield Inconsistency(fault="not-in-lock", message=message, wanted=wanted)
        return
    admitted = {_plain(one) for pin in same for one in pin.hashes}
    known = {one.partition(":")[0] for one in admitted}
    for one in component.hashes:
        if one.partition(":")[0] in known and one not in admitted:
            message = f"the hash {shown(one)} of {shown(name)} {shown(version)} is not in the lock"
            wanted = "a hash of a file the lock admits"
            yield Inconsistency(fault="other-digest", message=message, wanted=wanted)


def _plain(text: str) -> str:
    name, _, value = text.partition(":")
    return f"{algorithm(name)}:{value.lower()}"


def _same(pinned: str, listed: str) -> bool:
    """Whether two versions are one; a local part (`+cu117`) tells two apart."""
    if pinned == listed:
        return True
    try:
        return Version(pinned) == Version(listed)
    except InvalidVersion:
        return False


def without_licence(
    components: Iterable[Component], origins: Iterable[str]
) -> Iterator[Inconsistency]:
    """Say which base models and datasets of a release are not listed, or without a licence.

    Args:
        components: What the bill lists.
        origins: Names of what the release says it was made from.
    """
    licensed: dict[str, bool] = {}
    for one in components:
        licensed[one.name] = licensed.get(one.name, False) or one.licensed
    for name in dict.fromkeys(origins):
        if name not in licensed:
            message = f"{shown(name)}, which the release was made from, is not in the bill"
            yield Inconsistency(fault="not-in-sbom", message=message)
        elif not licensed[name]:
            message = f"{shown(name)} has no licence: nobody can tell whether it may be used"
            yield Inconsistency(fault="no-licence", message=message, wanted="its `licenses`")


def without_templates(
    components: Iterable[Component], templates: Mapping[str, str]
) -> Iterator[Inconsistency]:
    """Say which chat templates a bill does not pin.

    Args:
        components: What the bill lists.
        templates: Digests (`sha256:…`) of the templates of the release, by where each stands.
    """
    pinned = {one for component in components for one in component.hashes}
    for place, digest in templates.items():
        if digest not in pinned:
            message = f"the digest of the chat template of {shown(place)} is not in the bill"
            yield Inconsistency(fault="no-template-digest", message=message, wanted=digest)
