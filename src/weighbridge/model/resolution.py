"""Making a lock anew: how it was made, what is to change, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a lock is made.

    Attributes:
        tool: `uv pip compile`, `uv lock` or `uv export`.
        options: Options that change what comes of it, each a word of its own, values joined to
            them by an equals sign.
        inputs: What it is made from, as the command names it.
        folder: Where the command runs, relative to the manifest's folder; empty for that itself.
        header: The comment lines the lock begins with; empty if it has none.
    """

    tool: str
    options: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    folder: str = ""
    header: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """A lock that is to be made anew.

    Attributes:
        root: The manifest's folder.
        lock: The lock, relative to it.
        format: `requirements`, `pylock` or `uv`.
        recipe: How it is made.
        files: Files that are to hold something else than they do, relative to the root.
        upgrades: Requirements of packages whose locked versions do not count: `lib==1.2`.
    """

    root: str
    lock: str
    format: str
    recipe: Recipe
    files: Mapping[str, bytes] = field(default_factory=dict)
    upgrades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a resolver wrote.

    Attributes:
        files: Each lock it made, relative to the root.
    """

    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a resolver made nothing.

    Attributes:
        reason: One clause.
        chain: What it says itself, line by line, for people.
        decided: Whether the requirements contradict one another; else nobody knows.
    """

    reason: str
    chain: tuple[str, ...] = ()
    decided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something that speaks against an entry of a lock.

    Attributes:
        package: Its normalised name.
        what: What it is, one clause: `PYSEC-2024-1`, `not for edge`.
        why: Why, one clause, or empty. The same flaw may have another reason in another lock.
        certain: Whether it is known to be there; else nobody can tell that it is not.
    """

    package: str
    what: str
    why: str = field(default="", compare=False)
    certain: bool = True


Look = Callable[[Lock], Iterable[Flaw]]
"""Says what speaks against a lock: the advisories it is affected by, the targets it fails."""
