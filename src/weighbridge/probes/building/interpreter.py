"""Which Python a build ran, and the folders that are that Python's."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import Unavailable
from weighbridge.probes.python.places import Place, named_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAME: Final = re.compile(r"(?:python|pypy|graalpy)[0-9.]*t?")
_PARTS: Final = (
    *("bin", "lib", "lib64", "include", "share", "ssl", "etc", "conda-meta", "libexec"),
    *("shims", "plugins", "pyvenv.cfg", "version"),
)
"""What of a prefix is the interpreter's; a project may lie beside it."""
_SYSTEM: Final = frozenset({"/", "/usr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """The Pythons a build ran.

    Attributes:
        first: The one that was started first.
        libraries: Folders for packages of all of them, links followed.
        own: Folders and files that are an interpreter's own, links followed.
    """

    first: Place | None = None
    libraries: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def pythons_among(programs: Iterable[str]) -> Pythons:
    """Find the Pythons among the programs a build started, in their order."""
    places = list(_places(programs))
    libraries = {os.path.realpath(one): None for place in places for one in place.libraries}
    prefixes = {prefix: None for place in places for prefix in _prefixes(place)}
    return Pythons(
        first=places[0] if places else None,
        libraries=tuple(libraries),
        own=tuple(f"{prefix}/{part}" for prefix in prefixes for part in _PARTS),
    )


def _places(programs: Iterable[str]) -> Iterator[Place]:
    seen: set[str] = set()
    for program in programs:
        names = {os.path.basename(program), os.path.basename(os.path.realpath(program))}  # noqa: PTH119 - strings
        if program in seen or not any(_NAME.fullmatch(name) for name in names):
            continue
        seen.add(program)
        place = named_place(Path(program), program)
        if not isinstance(place, Unavailable):
            yield place


def _prefixes(place: Place) -> Iterator[str]:
    """Name the folders a Python is installed in, and that of a manager of many Pythons."""
    for folder in (place.folder, place.base):
        real = os.path.realpath(folder)
        if real not in _SYSTEM:
            yield real
        above = Path(real).parent
        if above.name == "versions":
            yield str(above.parent)
