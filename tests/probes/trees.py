"""Questions to ask of a tree, and manifests that list its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from weighbridge.codec.manifest import read_release
from weighbridge.model.fact import PathProblem, Unavailable
from weighbridge.probes.open_file import FileSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.release import ModelRelease
    from weighbridge.probes.tree import WorkTree


def content(tree: WorkTree, path: str) -> bytes:
    source = tree.open(path)
    assert isinstance(source, FileSource), source
    with source:
        return source.read_at(0, source.size)


def refused(tree: WorkTree, path: str) -> tuple[str, str]:
    """Say the kind of a problem and its target; `kind` and `open` must agree on it."""
    problem = tree.kind(path)
    assert isinstance(problem, PathProblem)
    assert tree.open(path) == problem
    assert tree.link(path) is None
    return problem.kind, problem.target


def reason(tree: WorkTree, path: str) -> str:
    found = tree.open(path)
    assert isinstance(found, Unavailable), found
    return found.reason


def walked(tree: WorkTree, path: str = "model") -> list[str | PathProblem]:
    return list(tree.files(path))


def release(*artifacts: Mapping[str, object]) -> ModelRelease:
    """Write a manifest that lists some artifacts."""
    listed = [{"name": f"n{i}", "role": "weights", **a} for i, a in enumerate(artifacts)]
    document = {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "ModelRelease",
        "metadata": {"name": "ranker", "version": "1.0", "owner": {"team": "search"}},
        "spec": {
            "source": {},
            "model": {"name": "ranker"},
            "environment": {"runtime": {"implementation": "cpython", "version": "3.11.7"}},
            "dependencies": {"runtime": {"lock": "a.lock", "format": "pylock"}},
            "artifacts": listed,
        },
    }
    return read_release(json.dumps(document).encode(), "manifest.json")[0]
