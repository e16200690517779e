"""`init`: look at what is there and write a first manifest; what cannot be known is `TODO`."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from weighbridge.adapters.files import write_file
from weighbridge.codec.canonical import digest
from weighbridge.codec.schemas import SCHEMA_FILE
from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.release import API_VERSION, KIND, TODO, ModelRelease
from weighbridge.probes.artifacts import ArtifactProbe
from weighbridge.probes.git import observe_source
from weighbridge.probes.python import observe_python
from weighbridge.probes.tree import WorkTree
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.editing import dotted
from weighbridge.usecases.references import MANIFEST, shown_path
from weighbridge.usecases.surveying import MODEL_FORMATS, find_lock, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.ports import Progress

HEADER = f"# yaml-language-server: $schema=https://{API_VERSION}/{SCHEMA_FILE}\n"
IGNORED = b".weighbridge/"
_LICENSE = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,126}")


class _Quoted(str):
    """Text that is written in quotes although it needs none: versions, as people should."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes block style, versions in quotes."""


def _represent_quoted(dumper: yaml.SafeDumper, text: _Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Dumper.add_representer(_Quoted, _represent_quoted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A manifest that was made from what is there.

    Attributes:
        path: Where it belongs.
        text: Its text.
        found: What it was made from, a line each.
        unread: What could not be looked at, a line each.
        left_out: Files beside the model that the manifest does not list.
        todos: Paths of what its author has yet to say, as `set` takes them.
    """

    path: Path
    text: str
    found: tuple[str, ...]
    unread: tuple[str, ...]
    left_out: tuple[str, ...]
    todos: tuple[str, ...]


def propose(
    directory: str,
    *,
    start: Path,
    environ: Mapping[str, str],
    progress: Progress | None = None,
) -> Proposal:
    """Make a manifest for the model in a folder; nothing is written.

    Raises:
        UnreadableError: The folder is not there, or holds no model file.
        UsageError: It has a manifest already.
    """
    folder = start / directory
    path = folder / MANIFEST
    if not folder.is_dir():
        help_ = ["name the model's folder"]
        raise UnreadableError(f"{shown_path(folder, start)} is not a folder", help=help_)
    if path.is_symlink() or path.exists():
        help_ = ["`weighbridge capture --update` brings it up to date"]
        message = f"{shown_path(path, start)} exists already; it is left as it is"
        raise UsageError(message, help=help_)
    tree = WorkTree(folder)
    found = survey(tree)
    if not found.has_model:
        formats = f"formats known by content: {', '.join(sorted(MODEL_FORMATS))}"
        help_ = ["name the folder the model lies in", formats]
        cause = "; ".join(f"not read: {line}" for line in found.unread[:3])
        message = f"{shown_path(folder, start)} holds no model file"
        raise UnreadableError(message, cause=cause, help=help_)
    artifacts = list(_artifacts(tree, found.roles, progress))
    lock = _lock(tree)
    text = HEADER + yaml.dump(
        _document(folder, artifacts, lock, environ),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=sys.maxsize,
    )
    _, read = read_guarded(text.encode(), MANIFEST, ModelRelease)
    named = [] if lock["lock"] == TODO else [f"lock: {lock['lock']}"]
    return Proposal(
        path=path,
        text=text,
        found=(*(f"{entry['role']}: {entry['path']}" for entry in artifacts), *named),
        unread=found.unread,
        left_out=tuple(name for name in found.left_out if name != lock["lock"]),
        todos=tuple(dotted(at) for at in read.todos),
    )


def write(proposal: Proposal) -> None:
    """Write a proposed manifest, and tell git to leave the registry beside it alone.

    Raises:
        UnreadableError: There is a `.gitignore` that cannot be read; nothing was written.
        StorageError: The folder cannot be written to.
    """
    ignore = proposal.path.parent / ".gitignore"
    try:
        before = ignore.read_bytes()
    except FileNotFoundError:
        before = b""
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableError(f"{ignore} cannot be read: {reason}") from error
    write_file(proposal.path, proposal.text.encode())
    if IGNORED not in before.splitlines():
        line_break = b"\r\n" if b"\r\n" in before else b"\n"
        gap = b"" if before.endswith(b"\n") or not before else line_break
        write_file(ignore, before + gap + IGNORED + line_break)


def _artifacts(
    tree: WorkTree, roles: Mapping[str, str], progress: Progress | None
) -> Iterator[dict[str, Any]]:
    names: set[str] = set()
    for path, file in ArtifactProbe(tree, progress=progress).files(roles).files.items():
        if not isinstance(file, ObservedFile):
            raise UnreadableError(f"{path}: {file.reason}", help=[file.hint] if file.hint else [])
        found = file.structure
        known = "unknown" if isinstance(found, Unavailable) else found.format
        role = roles[path]
        yield {
            "name": _unique(path, names),
            "role": role,
            "path": path,
            **({"format": known} if known != "unknown" and role == "weights" else {}),
            "size": file.size,
            "digest": file.digest,
        }


def _unique(path: str, taken: set[str]) -> str:
    """Name an artifact after its file: as short as tells it from those named before."""
    inside = Path(path)
    candidates = [_slug(inside.stem), _slug(inside.name), _slug(path)]
    numbered = (f"{candidates[-1]}-{number}" for number in range(2, len(taken) + 3))
    name = next(name for name in (*candidates, *numbered) if name not in taken)
    taken.add(name)
    return name


def _slug(text: str) -> str:
    slug = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return slug[:100].strip("-._") or "model"


def _document(
    folder: Path,
    artifacts: list[dict[str, Any]],
    lock: dict[str, str],
    environ: Mapping[str, str],
) -> dict[str, Any]:
    project = _project(folder)
    name = _slug(str(project.get("name") or folder.resolve().name))
    weights = next(entry for entry in artifacts if entry["role"] == "weights")
    source = observe_source(folder, own_files=(), pinned=())
    repo = "" if isinstance(source, Unavailable) else source.repo
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {
            "name": name,
            **_version(project),
            "owner": {"team": TODO, "contact": TODO},
        },
        "spec": {
            "source": {"repo": repo} if repo else {},
            "model": {
                "name": name,
                "task": TODO,
                **({"format": weights["format"]} if "format" in weights else {}),
                "license": _license(project),
            },
            "environment": {"runtime": _runtime(folder, environ)},
            "dependencies": {"runtime": lock},
            "artifacts": artifacts,
        },
    }


def _project(folder: Path) -> dict[str, Any]:
    """Read `[project]` of a pyproject.toml beside the model, if there is a sound one."""
    try:
        table = tomllib.loads((folder / "pyproject.toml").read_bytes().decode())["project"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}


def _version(project: Mapping[str, Any]) -> dict[str, str]:
    """Take the project's version, or begin at 0.1.0; the scheme is said where it is plain."""
    version = str(project.get("version", "0.1.0"))
    if not _VERSION.fullmatch(version):
        version = "0.1.0"
    is_semver = re.fullmatch(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}", version)
    return {"version": _Quoted(version), **({"versioning": "semver"} if is_semver else {})}


def _license(project: Mapping[str, Any]) -> str:
    """Take the project's SPDX expression; the older forms of the field say too little."""
    found = project.get("license")
    return found if isinstance(found, str) and _LICENSE.fullmatch(found) else TODO


def _runtime(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    python = observe_python(folder, environ=environ)
    if isinstance(python, Unavailable):
        return {"implementation": "cpython", "version": TODO}
    return {"implementation": python.implementation, "version": _Quoted(python.version)}


def _lock(tree: WorkTree) -> dict[str, str]:
    todo = {"lock": TODO, "format": TODO}
    found = find_lock(tree)
    if found is None:
        return todo
    name, format_name = found
    source = tree.open(name)
    if isinstance(source, PathProblem | Unavailable):
        return todo
    with source:
        content = source.read_at(0, source.size)
    return {"lock": name, "format": format_name, "digest": digest(content)}
