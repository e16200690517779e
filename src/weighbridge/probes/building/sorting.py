"""Which of the files a build read are told one by one, and what the others belong to.

What is folded is named as a whole: the interpreter, its packages with the digests of their
RECORDs, the system's packages. A file in their folders that none of them lists is told like any
other.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.model.build_record import FileGroup
from weighbridge.probes.building.owners import owners_of
from weighbridge.probes.building.packages import Installed, owned_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from weighbridge.probes.building.interpreter import Pythons

_KERNEL: Final = ("/proc/", "/sys/", "/dev/")
_SYSTEM: Final = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/libx32/")
_SETTINGS: Final = ("/etc/", "/run/", "/var/cache/", "/var/lib/")
_LOCAL: Final = "/usr/local/"
# Made on the machine out of what packages brought; no package lists them.
_MADE_HERE: Final = re.compile(
    r"/usr/(?:lib/locale/|lib(?:64)?/[^/]+/(?:gconv/gconv-modules\.cache|gio/|gdk-pixbuf-)"
    r"|share/(?:mime|icons|fonts|applications|glib-2\.0)/)"
)
_BYTECODE: Final = re.compile(r"(.*)/__pycache__/([^/]+?)\.[\w-]+(?:\.opt-\d)?\.pyc")
_LIBRARY: Final = re.compile(r"\.so(?:\.\d+)*$")


@dataclass(slots=True)
class Sorted:
    """The files a build read, sorted.

    Attributes:
        named: Those told one by one: where they really are, to what they were asked for by.
        folded: How many belong to what.
        packages: How many files of each Python package were read, by its dist-info folder.
        owners: Names of the system's packages.
        native: Libraries with native code, of packages or told one by one.
    """

    named: dict[str, str] = field(default_factory=dict)
    folded: Counter[FileGroup] = field(default_factory=Counter)
    packages: Counter[tuple[str, str]] = field(default_factory=Counter)
    owners: set[str] = field(default_factory=set)
    native: set[str] = field(default_factory=set)


def sort_files(
    read: Mapping[str, str],
    *,
    pythons: Pythons,
    installed: Iterable[Installed],
    system: Path,
) -> Sorted:
    """Sort the files a build read.

    Args:
        read: Where they really are, to what they were asked for by.
        pythons: The Pythons it ran.
        installed: The packages of those.
        system: The file system.
    """
    found = Sorted()
    packages = list(installed)
    owned, infos = owned_by(packages), tuple(f"{one.folder}/" for one in packages)
    by_folder = {f"{one.folder}/": one.package for one in packages}
    own = tuple(pythons.own)
    libraries = tuple(f"{one}/" for one in pythons.libraries)
    systems: dict[str, str] = {}
    for path, asked in _sources(read).items():
        package = owned.get(path)
        if package is None and path.startswith(infos):
            package = next(by_folder[one] for one in infos if path.startswith(one))
        if _LIBRARY.search(path):
            found.native.add(path)
        if package is not None:
            found.packages[package.name, package.version] += 1
            found.folded[FileGroup.PACKAGES] += 1
        elif path.startswith(_KERNEL):
            found.folded[FileGroup.KERNEL] += 1
        elif not path.startswith(libraries) and _is_beneath(path, own):
            found.folded[FileGroup.INTERPRETER] += 1
        elif path.startswith((*_SYSTEM, *_SETTINGS)):
            systems[path] = asked
        else:
            found.named[path] = asked
    _sort_system(systems, found, system)
    return found


def _sources(read: Mapping[str, str]) -> dict[str, str]:
    """Put the source in the place of bytecode that Python keeps of it: it was not opened."""
    found: dict[str, str] = {}
    for path, asked in read.items():
        kept = _BYTECODE.fullmatch(path)
        source = f"{kept[1]}/{kept[2]}.py" if kept else path
        if kept and os.path.isfile(source):  # noqa: PTH113 - for every file of many
            again = _BYTECODE.fullmatch(asked)
            found.setdefault(source, f"{again[1]}/{again[2]}.py" if again else source)
        else:
            found.setdefault(path, asked)
    return found


def _is_beneath(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def _sort_system(systems: Mapping[str, str], found: Sorted, system: Path) -> None:
    """Ask whose the system's files are; nobody's are told one by one."""
    asked_for = [path for path in systems if path.startswith(_SYSTEM)]
    owners = owners_of(asked_for, system) if asked_for else {}
    for path, asked in systems.items():
        owner = (owners or {}).get(path)
        # Where nobody keeps lists, what lies in the system's folders is taken to be its own.
        unknown = owners is None and not path.startswith(_LOCAL)
        settings = path.startswith(_SETTINGS) or _MADE_HERE.match(path)
        if owner is not None:
            found.owners.add(owner)
        elif not (unknown or settings):
            found.named[path] = asked
            continue
        found.native.discard(path)
        found.folded[FileGroup.SYSTEM] += 1
