"""What surrounds a model: the project, git, the Python environment, the lock."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import digest
from weighbridge.model.authoring.base import TODO
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.git import observe_source
from weighbridge.probes.python import observe_python
from weighbridge.usecases.proposing.licences import spdx
from weighbridge.usecases.proposing.partial import Partial
from weighbridge.usecases.proposing.values import mapping, slug, version
from weighbridge.usecases.surveying import find_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from weighbridge.usecases.proposing.folder import Folder

PROJECT = "pyproject.toml"


def project(folder: Folder) -> Partial:
    """Read `[project]` of a pyproject.toml, if there is a sound one."""
    if folder.kind(PROJECT) != "file":
        return Partial()
    try:
        document = tomllib.loads((folder.whole(PROJECT) or b"").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError):
        folder.note(PROJECT, "not sound TOML")
        return Partial()
    table = mapping(document.get("project"))
    name = str(table["name"]) if table.get("name") else ""
    metadata = {
        "name": slug(name) if name else "",
        "version": version(table.get("version")),
    }
    # The older forms of the field, a table or a classifier, say too little.
    licence = spdx(table.get("license"))
    return Partial(document={"metadata": metadata, "spec": {"model": {"license": licence}}})


def git(root: Path) -> Partial:
    """Say where the repository is; `seal` adds the commit."""
    source = observe_source(root, own_files=(), pinned=())
    repo = "" if isinstance(source, Unavailable) else source.repo
    return Partial(document={"spec": {"source": {"repo": repo}}})


def python(root: Path, environ: Mapping[str, str]) -> Partial:
    """Say which Python is there."""
    found = observe_python(root, environ=environ)
    runtime: dict[str, Any] = {"implementation": "cpython", "version": TODO}
    if not isinstance(found, Unavailable):
        runtime = {"implementation": found.implementation, "version": found.version}
    return Partial(document={"spec": {"environment": {"runtime": runtime}}})


def lock(folder: Folder, candidates: Iterable[tuple[str, str]]) -> Partial:
    """Take the first lock that can be read: named by a source, beside the model, the project's."""
    tree = folder.tree
    found_by_name = filter(None, (find_lock(tree, folder.inside), find_lock(tree)))
    for name, form in (*candidates, *found_by_name):
        source = tree.open(name)
        if isinstance(source, PathProblem | Unavailable):
            continue
        with source:
            content = source.read_at(0, source.size)
        found = {"lock": name, "format": form, "digest": digest(content)}
        document = {"spec": {"dependencies": {"runtime": found}}}
        return Partial(document=document, found=(f"lock: {name}",))
    todo = {"lock": TODO, "format": TODO}
    return Partial(document={"spec": {"dependencies": {"runtime": todo}}})
