"""Observe a Python environment by its files. Runs, imports and unpacks nothing of it."""

from __future__ import annotations

import os
import platform
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from weighbridge.model.fact import Distribution, PythonEnvironment, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FOLDERS = (".venv", "venv")
_VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)?)(?:\.?(alpha|beta|candidate|a|b|rc)\.?(\d+))?")
_STAGES = {"alpha": "a", "beta": "b", "candidate": "rc"}
_LIBRARY = re.compile(r"(?:python|pypy|graalpy)(\d+\.\d+)t?")
_FIELD = re.compile(
    rb"^(Name|Version|Requires-Python|Requires-Dist|License|License-Expression|Classifier):(.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_END_OF_HEADER = re.compile(rb"(?:\A|\n)\r?\n")
_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)
_CONFIGURATION_SIZE = 1 << 16
_CHUNK = 1 << 13
_HEADER_SIZE = 1 << 18


def observe_python(
    root: Path, *, environ: Mapping[str, str], prefix: Path | None = None
) -> PythonEnvironment | Unavailable:
    """Observe the environment beside a release, else the active one, else our own.

    Args:
        root: The manifest's folder; `.venv` and `venv` are looked for there.
        environ: Environment variables; `VIRTUAL_ENV` names the active environment.
        prefix: Folder of the interpreter to fall back on; the running one's if left out.
    """
    candidates = [(name, root / name) for name in _FOLDERS]
    if environ.get("VIRTUAL_ENV"):
        candidates.append(("the active virtual environment", Path(environ["VIRTUAL_ENV"])))
    for where, folder in candidates:
        text = _read_start(folder / "pyvenv.cfg", _CONFIGURATION_SIZE)
        if text is not None:
            return _virtual_environment(where, folder, text.decode("utf-8", "replace"))
    return PythonEnvironment(
        where="the interpreter running weighbridge",
        implementation=sys.implementation.name,
        version=platform.python_version(),
        distributions=_distributions(_running_libraries(prefix)),
    )


def _virtual_environment(
    where: str, folder: Path, configuration: str
) -> PythonEnvironment | Unavailable:
    """Observe a virtual environment by its pyvenv.cfg (PEP 405) and its library folders."""
    settings = _settings(configuration)
    version = _version(settings.get("version_info", "")) or _version(settings.get("version", ""))
    if version is None:
        reason = f"the pyvenv.cfg of {where} does not say the version of Python"
        return Unavailable(reason, "make the environment anew")
    feature = ".".join(re.split(r"[.abr]", version)[:2])
    libraries = _libraries(folder, feature)
    if settings.get("include-system-site-packages", "").lower() == "true" and "home" in settings:
        libraries += _libraries(Path(settings["home"]).parent, feature)
    return PythonEnvironment(
        where=where,
        implementation=_implementation(settings, libraries),
        version=version,
        distributions=_distributions(libraries),
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


def _distributions(libraries: Iterable[Path]) -> dict[str, Distribution]:
    """Read the distributions of some folders; of two with the same name the first is meant."""
    found: dict[str, Distribution] = {}
    for library in libraries:
        for path in sorted(library.glob("*.dist-info")):
            distribution = _distribution(path / "METADATA")
            if distribution is not None:
                found.setdefault(distribution.name, distribution)
    return dict(sorted(found.items()))


def _distribution(path: Path) -> Distribution | None:
    """Read the metadata of one distribution; None if it has none."""
    header = _read_header(path)
    fields: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(header or b""):
        fields.setdefault(name.decode().lower(), []).append(
            value.decode("utf-8", "replace").strip()
        )
    first = {name: values[0] for name, values in fields.items()}
    if not _NAME.fullmatch(first.get("name", "")) or not first.get("version"):
        return None
    return Distribution(
        name=canonicalize_name(first["name"]),
        version=first["version"],
        requires_python=first.get("requires-python", ""),
        requires=tuple(fields.get("requires-dist", ())),
        license=first.get("license-expression", ""),
        license_text=first.get("license", ""),
        classifiers=tuple(fields.get("classifier", ())),
    )


def _read_header(path: Path) -> bytes | None:
    """Read a metadata file up to the empty line that ends its header."""
    data = _read_start(path, _CHUNK)
    if data is not None and len(data) == _CHUNK and not _END_OF_HEADER.search(data):
        data = _read_start(path, _HEADER_SIZE)
    return None if data is None else _END_OF_HEADER.split(data, maxsplit=1)[0]


def _read_start(path: Path, size: int) -> bytes | None:
    """Read the start of a regular file; None if there is none to read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return os.read(descriptor, size) if is_regular else None
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None
