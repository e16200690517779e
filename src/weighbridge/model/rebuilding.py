"""Building again: what a trial is given, what is changed around it, and what comes of it."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.sandbox import Act


class Factor(StrEnum):
    """What should make no difference to a build; those that break builds most often come first."""

    HASH_SEED = "hash-seed"
    THREADS = "threads"
    BLAS_KERNEL = "blas-kernel"
    FILE_ORDER = "file-order"
    CLOCK = "clock"
    LOCALE = "locale"
    TIMEZONE = "timezone"
    UMASK = "umask"
    PATH = "path"
    USER = "user"
    HOSTNAME = "hostname"


SMALL = 16 << 20
"""Bytes up to which an input is copied into a build's folder; a larger one is bound there."""

UNSEEDED = "unseeded"
"""What is guilty where two builds differ though nothing was changed between them."""


_SET: Final = frozenset(
    {
        *("HOME", "USER", "LOGNAME", "PATH", "PWD", "OLDPWD", "SHELL", "HOSTNAME", "TMPDIR", "TMP"),
        *("TEMP", "TZ", "LANG", "LANGUAGE", "LD_PRELOAD", "PYTHONHOME", "VIRTUAL_ENV", "TERM", "_"),
        "SHLVL",
    }
)
_SESSION: Final = ("LC_", "XDG_", "SSH_", "DBUS_", "SUDO_", "WEIGHBRIDGE_", "FAKETIME")


def is_set_anew(name: str) -> bool:
    """Tell whether a variable is ours to set, or speaks of the session a build was started from."""
    return name in _SET or name.startswith(_SESSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """An input that lies on this machine.

    Attributes:
        path: Where the build finds it: relative to the record's folder, or absolute.
        source: Where it lies here.
        size: Bytes.
        executable: Whether it may be run.
    """

    path: str
    source: str
    size: int
    executable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a trial may use up.

    Attributes:
        memory: Bytes all its processes may hold together, and as many on the disk.
        seconds: By the clock on the wall.
    """

    memory: int = 8 << 30
    seconds: float = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A build that is to be made again.

    Attributes:
        command: The command and its arguments.
        folder: The folder it runs in, as the record names it.
        materials: Its inputs.
        shelf: A folder of this machine that holds the small ones, and nothing else.
        outputs: Paths of what it makes, and of what it leaves on the way.
        folders: Folders it finds, besides those of inputs and outputs.
        environment: Its environment variables, as the record has them.
        umask: Which permissions new files do not get.
        locale: The locale of the record; empty if it names none.
        processors: How many processors it may use; 0 for all.
        moment: Seconds since 1970 its inputs are stamped with, and a frozen clock shows.
        perturbed: What is changed around it.
        frozen: Whether the clock stands still.
        usual: What the canary of the plain trial read, by factor; empty for the plain trial.
        budget: What it may use up.
    """

    command: tuple[str, ...]
    folder: str
    materials: tuple[Material, ...]
    shelf: str
    outputs: tuple[str, ...]
    folders: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    umask: int = 0o022
    locale: str = ""
    processors: int = 0
    moment: int = 0
    perturbed: frozenset[Factor] = frozenset()
    frozen: bool = False
    usual: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = Budget()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of a trial.

    Attributes:
        code: Exit code of the command; None if it did not come to its end.
        stopped: Why it was ended before its time, or what went wrong around it; empty if nothing.
        outputs: Where each output that was made lies now, by its path.
        missing: Why others could not be taken, by path.
        said: The end of what it printed.
        canary: What the canary read, as JSON, by factor.
        acts: What it did, if that was traced.
        traced: Whether it was.
    """

    code: int | None
    stopped: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    canary: Mapping[str, str] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    traced: bool = False

    @property
    def made(self) -> bool:
        """Whether the command ended well."""
        return self.code == 0 and not self.stopped


class Rebuilder(Protocol):
    """Makes a build again, where it can harm nobody."""

    def rebuild(self, trial: Trial, into: str) -> Rebuilt:
        """Make a build again.

        Args:
            trial: The build.
            into: An empty folder that takes its outputs.

        Raises:
            UnavailableError: The sandbox cannot be made here.
        """


def arrived(factor: Factor, usual: Mapping[str, str], read: Mapping[str, str]) -> bool:
    """Tell whether what was to be changed around a build really was, as the build sees it.

    Args:
        factor: What was to be changed.
        usual: What the canary of the plain build read.
        read: What that of the changed build did.
    """
    if factor not in usual or factor not in read:
        return False
    before, after = json.loads(usual[factor]), json.loads(read[factor])
    if factor is Factor.FILE_ORDER:
        # Listings of several folders: one that is as it was proves nothing for the others.
        same_folders = isinstance(before, list) and len(before) == len(after)
        return same_folders and all(map(operator.ne, before, after))
    return bool(before != after)
