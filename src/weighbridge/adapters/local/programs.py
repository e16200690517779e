"""The programs of others that are needed: in a folder of tools, or on the path."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FOLDERS: Final = ("usr/sbin", "usr/bin", "sbin", "bin")
_PACKAGES: Final = {"bwrap": "bubblewrap"}
_WHERE: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TOOLS: Final = "WEIGHBRIDGE_TOOLS"
"""Variable that names a folder packages of Debian were unpacked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of others.

    Attributes:
        path: Where it is.
        environ: Variables it has to have: where its libraries are.
    """

    path: str
    environ: Mapping[str, str] = field(default_factory=dict)


def find_program(name: str, tools: Path | None, environ: Mapping[str, str]) -> Program:
    """Find a program.

    Args:
        name: Its name.
        tools: Folder packages of Debian were unpacked into; None if there is none.
        environ: Its `PATH` is looked through, and then where the system's programs are.

    Raises:
        UnavailableError: It is not there.
    """
    for folder in _FOLDERS if tools is not None else ():
        found = tools / folder / name if tools is not None else None
        if found is not None and os.access(found, os.X_OK):
            return Program(path=str(found), environ=_libraries(tools))
    on_path = shutil.which(name, path=f"{environ.get('PATH', '')}:{_WHERE}".lstrip(":"))
    if on_path is not None and os.path.isabs(on_path):  # noqa: PTH117 - a string
        return Program(path=on_path)
    package = _PACKAGES.get(name, name)
    raise UnavailableError(
        f"there is no {name}, and delivery to this machine needs it",
        wanted=f"{name} on the path",
        help=[
            f"apt-get install {package}",
            f"or unpack Debian's package (dpkg-deb --extract) and name the folder: {TOOLS}=FOLDER",
        ],
    )


def _libraries(tools: Path | None) -> dict[str, str]:
    """Say where programs of a folder find what of their libraries the system has not."""
    if tools is None:
        return {}
    found = {str(path.parent) for path in tools.glob("usr/lib/**/*.so*")}
    return {"LD_LIBRARY_PATH": os.pathsep.join(sorted(found))} if found else {}
