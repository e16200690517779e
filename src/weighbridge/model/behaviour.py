"""What a model file did when it was loaded in the sandbox, and which of it is its own doing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.model.sandbox import Act, Deed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sys")
_SHARED: Final = frozenset(
    {
        "/",
        "/dev/null",
        "/dev/random",
        "/dev/urandom",
        "/dev/zero",
        "/etc/ld.so.cache",
        "/etc/ld.so.preload",
        "/etc/localtime",
    }
)
_SINKS: Final = frozenset({"/dev/null", "/dev/tty"})
# Names that are another at every run: semaphores, what `tempfile` tries a folder with, UUIDs.
_CHANCE: Final = (
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "*"),
    (re.compile(r"^(/dev/shm/(?:sem\.)?)\S+$"), r"\1*"),
    (re.compile(r"^(/tmp/)(?:tmp)?[a-z0-9_]{8}(/|$)"), r"\1*\2"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What came of loading one file.

    Attributes:
        loader: What it was loaded with.
        loaded: Whether the loader came to its end.
        reason: Why it did not; what the loader said, which may be untrue.
        stopped: Why it was ended; empty if it ended by itself.
        acts: What it did that no loading of a harmless file does.
    """

    loader: str
    loaded: bool
    reason: str = ""
    stopped: str = ""
    acts: tuple[Act, ...] = ()


def own_acts(
    seen: Iterable[Act], usual: Iterable[Act], *, imports: Sequence[str], model: str
) -> tuple[Act, ...]:
    """Leave out what loading does by itself: the interpreter's files, and what is usual.

    Args:
        seen: What was done while the model was loaded.
        usual: What was done while a harmless one was.
        imports: Folders the interpreter reads its modules from.
        model: The model's own path.
    """
    known = {_certain(act) for act in usual}
    found = dict.fromkeys(_certain(act) for act in seen)
    return tuple(act for act in found if act not in known and not _idle(act, imports, model))


def _certain(act: Act) -> Act:
    what = act.what
    for pattern, name in _CHANCE:
        what = pattern.sub(name, what)
    return Act(act.deed, what)


def _idle(act: Act, imports: Sequence[str], model: str) -> bool:
    if act.deed is Deed.WRITTEN:
        return act.what in _SINKS
    if act.deed is not Deed.OPENED:
        return False
    inside = any(_beneath(act.what, folder) for folder in (*_SYSTEM, *imports))
    return inside or act.what in _SHARED or act.what in set(_ways(model))


def _beneath(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _ways(model: str) -> Iterator[str]:
    """Name the model and the folders it lies in."""
    while model:
        yield model
        model = model.rpartition("/")[0]
