"""Where Python environments lie: beside a release, active, named, or that of the interpreter."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable
from weighbridge.probes.small_files import read_start, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FOLDERS = (".venv", "venv")
_VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)?)(?:\.?(alpha|beta|candidate|a|b|rc)\.?(\d+))?")
_STAGES = {"alpha": "a", "beta": "b", "candidate": "rc"}
_LIBRARY = re.compile(r"(?:python|pypy|graalpy)(\d+\.\d+)t?")
_PATCH_LEVEL = re.compile(r'#define\s+PY_VERSION\s+"([^"]{1,64})"')
_CONFIGURATION = "pyvenv.cfg"
_CONFIGURATION_SIZE = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A Python environment that was found.

    Attributes:
        where: Which it is, in words.
        folder: Its folder.
        libraries: The folders it keeps distributions in, in the order modules are looked for.
        implementation: `cpython`, `pypy` …
        version: Version as far as it is known.
        base: Folder of the interpreter it was made with; its own if it is no virtual one.
        running: Whether it is merely that of the interpreter running this.
    """

    where: str
    folder: Path
    libraries: tuple[Path, ...]
    implementation: str
    version: str
    base: Path
    running: bool = False


def find_place(
    root: Path, *, environ: Mapping[str, str], prefix: Path | None = None
) -> Place | Unavailable:
    """Find the environment beside a release, else the active one, else our own.

    Args:
        root: The manifest's folder; `.venv` and `venv` are looked for there.
        environ: Environment variables; `VIRTUAL_ENV` names the active environment.
        prefix: Folder of the interpreter to fall back on; the running one's if left out.
    """
    candidates = [(name, root / name) for name in _FOLDERS]
    if environ.get("VIRTUAL_ENV"):
        candidates.append(("the active virtual environment", Path(environ["VIRTUAL_ENV"])))
    for where, folder in candidates:
        if (text := read_start(folder / _CONFIGURATION, _CONFIGURATION_SIZE)) is not None:
            return _virtual(where, folder, text.decode("utf-8", "replace"))
    return Place(
        where="the interpreter running weighbridge",
        folder=Path(sys.prefix) if prefix is None else prefix,
        libraries=tuple(_running_libraries(prefix)),
        implementation=sys.implementation.name,
        version=platform.python_version(),
        base=Path(sys.base_prefix) if prefix is None else prefix,
        running=True,
    )


def named_place(path: Path, where: str) -> Place | Unavailable:
    """Find the environment a user named: its folder, or the Python in it.

    Args:
        path: The folder or the program.
        where: How the user named it.
    """
    # What a link in `bin` leads to is another environment's Python.
    folder = path if path.is_dir() else path.parent.parent
    text = read_start(folder / _CONFIGURATION, _CONFIGURATION_SIZE)
    if text is not None:
        return _virtual(where, folder, text.decode("utf-8", "replace"))
    feature = _feature(path, folder)
    libraries = _libraries(folder, feature) if feature else []
    if not libraries:
        hint = "name its folder, which has a pyvenv.cfg, or the Python in its bin"
        return Unavailable(f"{where} is no Python environment", hint)
    headers = (folder / "include").glob(f"python{feature}*/patchlevel.h")
    said = [_PATCH_LEVEL.search(read_text(header, _CONFIGURATION_SIZE)) for header in headers]
    return Place(
        where=where,
        folder=folder,
        libraries=tuple(libraries),
        implementation=_implementation({}, libraries),
        version=next((found[1] for found in said if found), feature),
        base=folder,
    )


def _feature(path: Path, folder: Path) -> str:
    """Tell the feature version of an interpreter by its name, or by its only library folder."""
    named = _LIBRARY.fullmatch(Path(os.path.realpath(path)).name)
    if named is not None:
        return named[1]
    names = [path.name for path in (folder / "lib").glob("*") if path.is_dir()]
    found = {match[1] for name in names if (match := _LIBRARY.fullmatch(name))}
    return found.pop() if len(found) == 1 else ""


def _virtual(where: str, folder: Path, configuration: str) -> Place | Unavailable:
    """Read a virtual environment's pyvenv.cfg (PEP 405) and find its library folders."""
    settings = _settings(configuration)
    version = _version(settings.get("version_info", "")) or _version(settings.get("version", ""))
    if version is None:
        reason = f"the pyvenv.cfg of {where} does not say the version of Python"
        return Unavailable(reason, "make the environment anew")
    feature = ".".join(re.split(r"[.abr]", version)[:2])
    libraries = _libraries(folder, feature)
    base = Path(settings["home"]).parent if settings.get("home") else folder
    if settings.get("include-system-site-packages", "").lower() == "true" and "home" in settings:
        libraries += _libraries(base, feature)
    return Place(
        where=where,
        folder=folder,
        libraries=tuple(libraries),
        implementation=_implementation(settings, libraries),
        version=version,
        base=base,
    )


def _settings(text: str) -> dict[str, str]:
    """Read `key = value` lines, the first of each key."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            found.setdefault(key.strip().lower(), value.strip())
    return found


def _version(text: str) -> str | None:
    """Read `3.11.7`, `3.11.7.final.0` or `3.13.0.candidate.2`, which is `3.13.0rc2`."""
    found = _VERSION.match(text)
    if found is None:
        return None
    stage = _STAGES.get(found[2] or "", found[2] or "")
    return f"{found[1]}{stage}{found[3] or ''}"


def _implementation(settings: Mapping[str, str], libraries: Iterable[Path]) -> str:
    """Tell the implementation: as written, else by the names of its folders; venv writes none."""
    if settings.get("implementation"):
        return settings["implementation"].lower()
    names = [*(path.parent.name for path in libraries), Path(settings.get("executable", "")).name]
    for implementation in ("pypy", "graalpy"):
        if any(name.startswith(implementation) for name in names):
            return implementation
    return "cpython"


def _libraries(folder: Path, feature: str) -> list[Path]:
    """List the folders an environment keeps its distributions in, for one feature version."""
    found: list[Path] = []
    for library in ("lib", "lib64", "Lib"):
        for path in sorted((folder / library).glob("*/site-packages")):
            named = _LIBRARY.fullmatch(path.parent.name)
            if named is not None and named[1] == feature:
                found.append(path)
        found.extend(
            path
            for name in ("site-packages", "python3/dist-packages")
            if (path := folder / library / name).is_dir()
        )
    return _distinct(found)


def _running_libraries(prefix: Path | None) -> list[Path]:
    """List the folders the running interpreter takes distributions from."""
    if prefix is not None:
        return _libraries(prefix, f"{sys.version_info.major}.{sys.version_info.minor}")
    paths = (Path(entry) for entry in sys.path)
    return _distinct(path for path in paths if path.name in {"site-packages", "dist-packages"})


def _distinct(folders: Iterable[Path]) -> list[Path]:
    """Leave out folders that are the same by another name (`lib64` is often a link)."""
    return list({os.path.realpath(folder): folder for folder in reversed([*folders])}.values())[
        ::-1
    ]
