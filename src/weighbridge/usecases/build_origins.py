"""Who speaks of a file a build read: the command line, the manifest, or the commit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.authoring.todo import TODO
from weighbridge.model.build_record import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from weighbridge.probes.git_tracked import Tracked
    from weighbridge.usecases.references import Named

_SETTINGS = "weighbridge.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What is declared of what a build reads.

    Attributes:
        inputs: What was declared as input, to how it was written; a folder stands for all in it.
        manifest: The manifest, and what it names as parts of the release.
        source: What git knows.
    """

    inputs: dict[str, str]
    manifest: frozenset[str]
    source: Tracked

    def of(self, path: str, asked: str) -> Origin:
        """Say who speaks of a file.

        Args:
            path: Where it really is.
            asked: What it was asked for by.
        """
        ways = [*_ways(path), *_ways(asked)]
        if any(way in self.inputs for way in ways):
            return Origin.DECLARED
        if any(way in self.manifest for way in ways):
            return Origin.MANIFEST
        if path in self.source.files:
            return Origin.SOURCE
        return Origin.UNDECLARED

    def dead(self, read: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """List the inputs that were declared and never opened."""
        opened = {way for pair in read for one in pair for way in _ways(one)}
        return tuple(sorted(said for path, said in self.inputs.items() if path not in opened))


def origins_of(
    named: Named | None, inputs: Iterable[str], *, folder: Path, source: Tracked
) -> Origins:
    """Gather what is declared.

    Args:
        named: The manifest, if there is one.
        inputs: Paths from the command line, relative to the folder it was given in.
        folder: That folder.
        source: What git knows.
    """
    declared = {_whole(folder, one): one for one in inputs}
    parts: list[str] = []
    if named is not None and named.path is not None:
        root, spec = named.path.parent, named.release.spec
        build = spec.build
        for one in (build.inputs if build else None) or ():
            if one.path not in (None, TODO):
                declared.setdefault(_whole(root, str(one.path)), str(one.path))
        parts += [str(named.path), _whole(root, _SETTINGS)]
        parts += [_whole(root, layer.file) for layer in named.document.layers]
        parts += [_whole(root, one.path) for _, one in spec.files() if one.path not in (None, TODO)]
        parts += [_whole(root, lock.lock) for _, lock in spec.dependencies.locks()]
    return Origins(inputs=declared, manifest=frozenset(parts), source=source)


def _whole(folder: Path, path: str) -> str:
    return os.path.realpath(os.path.join(folder, path))  # noqa: PTH118 - strings are compared


def _ways(path: str) -> Iterator[str]:
    """Name a file and the folders it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]
