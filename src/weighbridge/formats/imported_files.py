"""Python in an archive that is imported, or run, by whoever takes the archive for what it is.

Told by the names alone, for any archive: TorchServe imports the handlers of a model archive, an
installer runs `setup.py` of a source distribution, and Python itself what a folder for packages has
it run when it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats import path_configuration, python_source
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_TORCHSERVE: Final = "MAR-INF/MANIFEST.json"
_REQUIREMENTS: Final = "requirements.txt"
_CUSTOMIZE: Final = frozenset({"sitecustomize.py", "usercustomize.py"})
_RUN: Final = _CUSTOMIZE | {"setup.py"}
_HANDLER: Final = "handler.py"
_MOST: Final = 100
"""Files of one kind that are noted; more of them say nothing new."""


def text_reader(name: str, size: int, *, limits: Limits) -> Reader | None:
    """Make a reader for a text that is run by itself, or imported, told by its name alone."""
    file = name.rpartition("/")[2]
    if file.endswith(".pth"):
        return path_configuration.read(size, limits=limits)
    if file in _RUN or file.endswith(_HANDLER):
        return python_source.read(size, limits=limits)
    return None


def imported_files(names: Collection[str]) -> Iterator[CodeUse]:
    """Yield the files of an archive that are imported or run with it."""
    known = set(names)
    if _TORCHSERVE in known:
        yield from _of_torchserve(names)
    for name in names:
        folder, _, file = name.rpartition("/")
        if file == "setup.py" and _is_source(f"{folder}/" if folder else "", known):
            detail = "run when the source distribution is built"
            yield CodeUse(kind="python-file", name=name, detail=detail)
        elif file in _CUSTOMIZE:
            detail = "imported when Python starts"
            yield CodeUse(kind="start-up-hook", name=name, detail=detail)


def _of_torchserve(names: Collection[str]) -> Iterator[CodeUse]:
    code = [name for name in names if name.endswith(".py")]
    for name in code[:_MOST]:
        yield CodeUse(kind="python-file", name=name, detail="imported by TorchServe")
    if _REQUIREMENTS in names:
        detail = "may be installed by TorchServe"
        yield CodeUse(kind="python-file", name=_REQUIREMENTS, detail=detail)


def _is_source(folder: str, names: set[str]) -> bool:
    """Whether a folder is a source distribution."""
    return f"{folder}PKG-INFO" in names and folder.count("/") <= 1
