"""What is at hand for mending locks, and how each lock is made."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.codec.locks.recipes import LOCK, NoRecipeError, recipe_of

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock
    from weighbridge.model.ports import Resolver
    from weighbridge.model.resolution import Look, Recipe
    from weighbridge.usecases.remedying.pending import Pending

TRIES = 8
"""Versions that are tried for one package."""

WITHOUT_UV = 'there is no uv here: `pip install "weighbridge[remedy]"`'


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What is at hand.

    Attributes:
        resolver: Who makes locks; None if nobody can.
        looks: Each says what speaks against a lock that names its files: the targets it fails. A
            new lock must not have more of it than the old one.
        affected: Says by which advisories the entries of a lock are affected; an upgraded package
            must have none.
        tries: Versions that are tried for one package.
    """

    resolver: Resolver | None
    looks: tuple[Look, ...] = ()
    affected: Look | None = None
    tries: int = TRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A lock of the manifest, and how it is made.

    Attributes:
        lock: Its path.
        format: Its format.
        recipe: How it is made.
    """

    lock: str
    format: str
    recipe: Recipe

    def inputs(self) -> list[str]:
        """List what it is made from, relative to the manifest's folder."""
        folder = self.recipe.folder
        return [posixpath.normpath(posixpath.join(folder, name)) for name in self.recipe.inputs]


def how_made(pending: Pending, lock: str, format: str, python: str) -> Made:  # noqa: A002 - the manifest's word
    """Tell how a lock is made, and where: in the manifest's folder, or in its own.

    Args:
        pending: The files.
        lock: Its path.
        format: Its format.
        python: The release's Python.

    Raises:
        NoRecipeError: It cannot be told, or what it is made from is not there.
        UnreadableError: The lock cannot be read.
    """
    recipe = recipe_of(pending.read(lock), lock, format, python)
    own = posixpath.dirname(lock)
    folders = dict.fromkeys([recipe.folder] if recipe.tool == LOCK else ["", own])
    for folder in folders:
        made = Made(lock=lock, format=format, recipe=replace(recipe, folder=folder))
        if all(map(pending.there, made.inputs())):
            return made
    names = ", ".join(recipe.inputs)
    raise NoRecipeError(f"what {lock} is made from is not there: {names}")


def differences(old: Lock, new: Lock, besides: str = "") -> tuple[str, ...]:
    """List the entries of a lock that have another version in another: `app 1.0 → 2.0`."""
    before, after = versions(old), versions(new)
    names = sorted((before.keys() | after.keys()) - {besides})
    return tuple(
        f"{name} {before.get(name, 'nothing')} → {after.get(name, 'nothing')}"
        for name in names
        if before.get(name) != after.get(name)
    )


def versions(lock: Lock) -> dict[str, str]:
    """List the versions of each entry of a lock, those of one name together."""
    found: dict[str, set[str]] = {}
    for pin in lock.pins:
        found.setdefault(pin.name, set()).add(pin.version or pin.reference or pin.specifier)
    return {name: ", ".join(sorted(several)) for name, several in found.items()}
