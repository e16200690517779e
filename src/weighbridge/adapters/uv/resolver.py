"""Locks made anew by uv, beside the release and never in it."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.uv.mirror import SETTINGS, mirrored
from weighbridge.adapters.uv.project_settings import settings_of
from weighbridge.codec.locks import LIMITS
from weighbridge.codec.locks.recipes import COMPILE, EXPORT, LOCK, options_of, with_header
from weighbridge.model.resolution import Refused, Resolved

if TYPE_CHECKING:
    from weighbridge.adapters.uv.program import Uv
    from weighbridge.model.resolution import Resolution

_VARIABLE = re.compile(rb"\$\{")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:==|>=)[A-Za-z0-9.!+_-]+")
_INCLUDE = re.compile(rb"(?m)^\s*(?:-r|-c|--requirements?|--constraints?)[ \t=]*([^\s#]+)")
_FILE_OPTIONS = frozenset({"--constraint", "--constraints", "--override", "--overrides"})
_MOST = 50
"""Files one lock is made from; each may name others."""

_PROJECT, _UV_LOCK = "pyproject.toml", "uv.lock"


class _NotReadError(Exception):
    """A file that is needed is not there, or leads out of the release."""


class UvResolver:
    """Makes locks with uv."""

    def __init__(self, uv: Uv) -> None:
        """Remember which uv."""
        self._uv = uv

    def resolve(self, wanted: Resolution) -> Resolved | Refused:
        """Make a lock anew in a folder of its own."""
        if not all(map(_NAME.fullmatch, wanted.upgrades)):
            return Refused(reason="an upgrade is not a package and a version")
        try:
            files = self._files(wanted)
        except _NotReadError as error:
            return Refused(reason=str(error))
        if any(_VARIABLE.search(data) for data in files.values() if data is not None):
            # It would send whatever a variable holds to wherever the line says.
            return Refused(reason="an input takes values from the environment: `${`")
        try:
            with mirrored(Path(wanted.root), files) as place:
                return self._made(place, wanted, files)
        except OSError as error:
            return Refused(reason=f"nothing could be resolved: {error}".lower())

    def _made(
        self, place: Path, wanted: Resolution, files: dict[str, bytes | None]
    ) -> Resolved | Refused:
        recipe = wanted.recipe
        folder = place / recipe.folder
        upgrades = [f"--upgrade-package={one}" for one in wanted.upgrades]
        if recipe.tool == COMPILE:
            refused = self._compile(folder, wanted, upgrades)
        else:
            settings = settings_of(files.get(_path(wanted, _PROJECT)) or b"")
            (folder / SETTINGS).write_text(settings, encoding="utf-8")
            refused = self._lock(folder, wanted, upgrades)
        if refused is not None:
            return refused
        return self._taken(place, wanted)

    def _compile(self, folder: Path, wanted: Resolution, upgrades: list[str]) -> Refused | None:
        options = options_of(wanted.recipe, wanted.format)
        target = posixpath.relpath(wanted.lock, wanted.recipe.folder or ".")
        own = ["--no-config", "--no-build", "--no-header", f"--output-file={target}"]
        inputs = ["--", *wanted.recipe.inputs]
        return self._uv.run(folder, ("pip", "compile"), [*options, *upgrades, *own, *inputs])

    def _lock(self, folder: Path, wanted: Resolution, upgrades: list[str]) -> Refused | None:
        settings = f"--config-file={folder / SETTINGS}"
        refused = self._uv.run(folder, ("lock",), [settings, "--no-build", *upgrades])
        if refused is not None or wanted.recipe.tool != EXPORT:
            return refused
        options = options_of(wanted.recipe, wanted.format)
        target = posixpath.relpath(wanted.lock, wanted.recipe.folder or ".")
        own = ["--frozen", "--no-header", f"--output-file={target}"]
        return self._uv.run(folder, ("export",), [settings, *options, *own])

    def _taken(self, place: Path, wanted: Resolution) -> Resolved | Refused:
        """Take in what was written; where it names the folder, it means the release's."""
        made: dict[str, bytes] = {}
        for name in _written(wanted):
            path = place / name
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LIMITS.size:
                return Refused(reason=f"uv did not write {name}")
            made[name] = _meant(path.read_bytes(), place, Path(wanted.root))
        if wanted.recipe.tool != LOCK:
            body = made[wanted.lock].decode("utf-8", "replace")
            text = with_header(wanted.recipe, wanted.lock, wanted.format, body)
            made[wanted.lock] = text.encode()
        return Resolved(files=made)

    def _files(self, wanted: Resolution) -> dict[str, bytes | None]:
        """Read what is copied: the inputs, and the locks whose versions are preferred."""
        found = {name: self._read(wanted, name, needed=False) for name in _written(wanted)}
        waiting = [_path(wanted, name) for name in wanted.recipe.inputs]
        others = [option.partition("=") for option in wanted.recipe.options]
        waiting += [_path(wanted, name) for key, _, name in others if key in _FILE_OPTIONS]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            data = found[name] = self._read(wanted, name, needed=True)
            folder = posixpath.dirname(name)
            included = [one.decode("utf-8", "replace") for one in _INCLUDE.findall(data or b"")]
            waiting += [posixpath.normpath(posixpath.join(folder, one)) for one in included]
            if len(found) > _MOST:
                raise _NotReadError(f"{wanted.lock} is made from more than {_MOST} files")
        return {**found, **wanted.files}

    def _read(self, wanted: Resolution, name: str, *, needed: bool) -> bytes | None:
        if name.startswith(("../", "/")) or "\0" in name:
            raise _NotReadError(f"{name} lies outside of the release")
        if name in wanted.files:
            return wanted.files[name]
        path, root = Path(wanted.root, name), os.path.realpath(wanted.root)
        if not Path(os.path.realpath(path)).is_relative_to(root):
            raise _NotReadError(f"{name} leads out of the release")
        try:
            with path.open("rb") as file:
                return file.read(LIMITS.size)
        except FileNotFoundError as error:
            if needed:
                raise _NotReadError(f"{name} is not there") from error
            return None
        except OSError as error:
            raise _NotReadError(f"{name} cannot be read: {error.strerror}".lower()) from error


def _meant(data: bytes, place: Path, root: Path) -> bytes:
    """Write the release's folder where the one it was made in is named: an address, or a path."""
    data = data.replace(place.as_uri().encode(), root.as_uri().encode())
    return data.replace(os.fsencode(place), os.fsencode(root))


def _path(wanted: Resolution, name: str) -> str:
    """Write the path of a file the recipe names, relative to the root."""
    return posixpath.normpath(posixpath.join(wanted.recipe.folder, name))


def _written(wanted: Resolution) -> tuple[str, ...]:
    """List the files that are written: the lock, and what it is exported from."""
    if wanted.recipe.tool == EXPORT:
        return (wanted.lock, _path(wanted, _UV_LOCK))
    return (wanted.lock,)
