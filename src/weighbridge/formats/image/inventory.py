"""What an image holds once its layers lie on top of one another, and what still lies below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.formats.image.interest import RPM, STATUS_FOLDER, is_manager
from weighbridge.formats.image.listings import package
from weighbridge.model.image import ImageFile, ImageSecret, InstalledPackage, Inventory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.formats.image.layer import Known, Layer
    from weighbridge.formats.image.looked import Looked
    from weighbridge.formats.image.root import Node, Root
    from weighbridge.model.fact import Distribution
    from weighbridge.model.image import OsRelease

_DATABASES = ("var/lib/dpkg/status", "lib/apk/db/installed", "usr/lib/apk/db/installed", *RPM)
_RELEASES = ("etc/os-release", "usr/lib/os-release")


def take_inventory(root: Root, layers: Sequence[Layer]) -> Inventory:
    """List what an image holds.

    Args:
        root: Its layers, put on top of one another.
        layers: The same, each by itself, lowest first.

    Raises:
        BudgetExceededError: It is over a limit.
    """
    files = examined = 0
    privileged: list[str] = []
    managers: list[str] = []
    distributions: dict[tuple[str, str], Distribution] = {}
    unread: list[str] = []
    there: set[int] = set()
    for path, node in root.walk():
        entry = node.entry
        if node.children is not None:
            continue
        files += 1
        examined += entry.examined
        if entry.secret:
            there.add(id(entry))
        if entry.privileged:
            privileged.append(path)
        if is_manager(path):
            managers.append(path)
        if entry.known is not None:
            _fault(entry.known, unread)
            one = entry.known.distribution
            if one is not None:
                distributions[one.name, one.version] = one
    return Inventory(
        files=files,
        os_release=_os_release(root),
        packages=tuple(sorted(_packages(root))),
        distributions=tuple(distributions[key] for key in sorted(distributions)),
        privileged=tuple(privileged),
        managers=tuple(managers),
        secrets=tuple(_secrets(layers, there)),
        unread=tuple(unread),
        examined=examined,
    )


def take_files(root: Root) -> tuple[ImageFile, ...]:
    """List the files that were looked into and are still there."""
    return tuple(
        ImageFile(
            path=path,
            layer=node.layer,
            size=looked.size,
            digest=f"sha256:{looked.digests.get('sha256', '')}",
            structure=looked.structure,
            package=_package(root, looked, node.layer),
        )
        for path, node in root.walk()
        if (looked := node.entry.looked) is not None
    )


def _package(root: Root, looked: Looked, layer: int) -> str:
    """Name the package that lists a file, if its list is still there and of the same layer."""
    node = root.find(looked.listed_by) if looked.listed_by else None
    return package(looked.listed_by) if node is not None and node.layer == layer else ""


def _fault(known: Known, unread: list[str]) -> None:
    if known.fault and known.fault not in unread:
        unread.append(known.fault)


def _os_release(root: Root) -> OsRelease | None:
    """Read the distribution where os-release(5) says: the first of two that is there."""
    for path in _RELEASES:
        node = root.find(path)
        if node is not None and node.entry.known is not None:
            return node.entry.known.release
    return None


def _packages(root: Root) -> set[InstalledPackage]:
    found: set[InstalledPackage] = set()
    for path in _DATABASES:
        found.update(_packages_of(root.find(path)))
    folder = root.find(STATUS_FOLDER)
    for node in ((folder.children or {}) if folder is not None else {}).values():
        found.update(_packages_of(node))
    return found


def _packages_of(node: Node | None) -> tuple[InstalledPackage, ...]:
    known = node.entry.known if node is not None else None
    return known.packages if known is not None else ()


def _secrets(layers: Sequence[Layer], there: set[int]) -> Iterator[ImageSecret]:
    """List the credentials of every layer: a file that was taken away is in the image still."""
    for number, layer in enumerate(layers, 1):
        for entry in layer.entries:
            if entry.secret:
                removed = id(entry) not in there
                yield ImageSecret(
                    where=entry.path, what=entry.secret, layer=number, removed=removed
                )
