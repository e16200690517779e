"""Locks that name the files they admit, whatever their format: wheels are what targets need.

A requirements file has hashes and no names. What it pins is resolved once more, to a lock that has
both; it is looked at and thrown away.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.codec.locks.recipes import COMPILE
from weighbridge.model.errors import UnreadableError
from weighbridge.model.resolution import Refused, Resolution

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock
    from weighbridge.usecases.remedying.means import Made, Means
    from weighbridge.usecases.remedying.pending import Pending

_NAME = "pylock.weighbridge.toml"


def with_files(made: Made, pending: Pending, means: Means) -> Lock:
    """Read a lock, and find out which files it admits if it does not say.

    Args:
        made: The lock, and how it is made.
        pending: The files.
        means: Who resolves.

    Returns:
        The lock with its files; without them if nobody can tell, or nobody asks.

    Raises:
        UnreadableError: It cannot be read.
    """
    lock = pending.lock(made.lock, made.format)
    if lock.names_files or means.resolver is None or not means.looks:
        return lock
    recipe = made.recipe
    if recipe.tool != COMPILE:
        return lock
    name = posixpath.join(recipe.folder, _NAME)
    itself = posixpath.relpath(made.lock, recipe.folder or ".")
    # Its own inputs too: they say where packages come from.
    answer = means.resolver.resolve(
        Resolution(
            root=str(pending.root),
            lock=name,
            format="pylock",
            recipe=replace(recipe, inputs=(*recipe.inputs, itself)),
            files=pending.files,
        )
    )
    if isinstance(answer, Refused):
        return lock
    try:
        return pending.with_files(answer.files).lock(name, "pylock")
    except UnreadableError:
        return lock
