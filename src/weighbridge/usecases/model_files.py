"""The files of a model that is signed for others, or was by others: which they are, and digests.

What OMS leaves out (`.git` and the like, at the root) is counted all the same: it is told apart,
never forgotten.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnreadableError, UsageError
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.probes.reading.shards import Cut, ShardReading
from weighbridge.probes.tree import WorkTree
from weighbridge.seal.oms.matching import NOTES, SeenFile, record_digest
from weighbridge.seal.oms.names import LEFT_OUT, WHOLE, has_pattern, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.ports import Progress
    from weighbridge.model.reading import FileReader
    from weighbridge.seal.oms.manifest import Method
    from weighbridge.seal.oms.matching import Seen
    from weighbridge.seal.oms.names import HashType

    Readers = Callable[[HashType], FileReader]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model somebody named: a folder, or one file.

    Attributes:
        shown: The path, as the user named it.
        name: Its last part.
        root: The folder its paths are relative to.
        file: The name of the file, if it is one.
        is_link: Whether the path itself is a symbolic link.
    """

    shown: str
    name: str
    root: Path
    file: str = ""
    is_link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in a model.

    Attributes:
        paths: Files that are part of it, sorted as they were found.
        ignored: Files that were left out on purpose.
        places: Files in each place OMS leaves out by itself.
        problems: Paths that are not followed.
        notes: Names other systems may spell in another way.
        unclear: Places OMS leaves out in which something is not followed.
    """

    paths: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    places: dict[str, list[str]] = field(default_factory=dict)
    problems: list[PathProblem] = field(default_factory=list)
    notes: list[PathProblem] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)


def find_model(path: str, start: Path) -> Model:
    """Find what a user named.

    Raises:
        UnreadableError: It is not there, or is neither a folder nor a file.
    """
    full = start / path
    try:
        mode = full.stat().st_mode
        is_link = full.is_symlink()
    except FileNotFoundError:
        raise UnreadableError(f"{path} is not there", help=["check the spelling"]) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnreadableError(f"{path} cannot be read: {reason}") from error
    whole = os.path.normpath(os.path.abspath(full))  # noqa: PTH100 - a link keeps its name
    name = os.path.basename(whole) or "model"  # noqa: PTH119 - as above
    if stat.S_ISDIR(mode):
        return Model(shown=path, name=name, root=full, is_link=is_link)
    if not stat.S_ISREG(mode):
        raise UnreadableError(f"{path} is neither a folder nor a file")
    return Model(shown=path, name=name, root=full.parent, file=name, is_link=is_link)


def inside(model: Model, path: str, start: Path) -> str | None:
    """Write a path a user named as one beneath a model; None if it lies elsewhere.

    Raises:
        UsageError: Nothing can be called that.
    """
    if has_pattern(path):
        wanted = "a path; what is below a folder goes with it"
        raise UsageError(f"{path!r} is a pattern, and the format has none", wanted=wanted)
    within = plain_path(path)
    if within is not None and os.path.lexists(model.root / within):
        return within
    return beneath(model, start / path) or within


def beneath(model: Model, path: Path) -> str | None:
    """Write a path as one beneath a model; None if it lies elsewhere."""
    above, name = os.path.split(os.path.normpath(path))
    real = os.path.join(os.path.realpath(above), name)  # noqa: PTH118 - text
    relative = os.path.relpath(real, os.path.realpath(model.root))
    return None if relative.split("/")[0] == ".." else plain_path(relative)


def find_files(model: Model, *, follow: bool, ignored: Iterable[str]) -> Found:
    """Walk a model.

    Args:
        model: The model.
        follow: Whether symbolic links are followed.
        ignored: Paths that are left out on purpose, with all below them.

    Raises:
        UnreadableError: The folder may not be read.
    """
    found = Found()
    if model.file:
        found.paths.append(model.file)
        return found
    entries = frozenset(ignored)
    above = tuple(f"{entry}/" for entry in entries)
    for one in WorkTree(model.root, follow=follow).files(""):
        path = one if isinstance(one, str) else one.path
        if not path:
            message = f"{model.shown} may not be read"
            raise UnreadableError(message, help=["give yourself permission to read it"])
        if path in entries or path.startswith(above):
            if isinstance(one, str):
                found.ignored.append(path)
        elif path.startswith(".") and (place := path.partition("/")[0]) in LEFT_OUT:
            found.places.setdefault(place, []).append(path)
            if isinstance(one, PathProblem):
                found.unclear.add(place)
        elif isinstance(one, str):
            found.paths.append(path)
        else:
            (found.notes if one.kind in NOTES else found.problems).append(one)
    return found


def read_files(
    model: Model,
    paths: Sequence[str],
    method: Method,
    *,
    readers: Readers,
    progress: Progress,
    sizes: Mapping[str, int] | None = None,
) -> dict[str, Seen]:
    """Digest files of a model.

    Args:
        model: The model.
        paths: Which; the one file of a model that is one may be called `.`.
        method: How.
        readers: Makes who reads whole files, by the digest.
        progress: Who watches.
        sizes: What size each file must have to be cut.
    """
    tree = WorkTree(model.root)
    names = {model.file if model.file and path == WHOLE else path: path for path in paths}
    if not method.shard_size:
        reader = readers(method.hash_type)
        return {names[path]: _whole(one) for path, one in reader.read(tree, names)}
    cutting = ShardReading(
        shard_size=method.shard_size, algorithm=method.hash_type, progress=progress
    )
    wanted = {path: (sizes or {})[own] for path, own in names.items() if own in (sizes or {})}
    return {names[path]: _cut(one) for path, one in cutting.read(tree, names, sizes=wanted)}


def record_places(model: Model, found: Found, readers: Readers) -> dict[str, str]:
    """Digest what lies in the places OMS leaves out; without those that cannot be read whole."""
    wanted = {place: paths for place, paths in found.places.items() if place not in found.unclear}
    flat = [path for paths in wanted.values() for path in paths]
    if not flat:
        return {}
    seen = {path: _whole(one) for path, one in readers("sha256").read(WorkTree(model.root), flat)}
    record = {}
    for place, paths in wanted.items():
        files = [(path, seen[path]) for path in paths]
        digests = [(path, one.digests[0]) for path, one in files if isinstance(one, SeenFile)]
        if len(digests) == len(files):
            record[place] = record_digest(digests)
    return record


def _whole(one: ObservedFile | PathProblem | Unavailable) -> Seen:
    if not isinstance(one, ObservedFile):
        return one
    return SeenFile((one.digest.partition(":")[2],), one.size, one.link)


def _cut(one: Cut | PathProblem | Unavailable) -> Seen:
    if not isinstance(one, Cut):
        return one
    return SeenFile(one.digests, one.size, one.link)
