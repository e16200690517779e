"""Moments of a twin, each made once and copied for every fault that is planted there."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from weighbridge.usecases.drilling.playing import add_harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from weighbridge.usecases.drilling.scene import Scene

FOUNDED, WEIGHED, APPROVED = "founded", "weighed", "approved"
PROMOTED, SUCCEEDED = "promoted", "succeeded"


def _weigh(scene: Scene) -> None:
    """Have all evidence given, and the release brought to the environments before."""
    scene.play(scene.steps())


def _approve(scene: Scene) -> None:
    """Have it approved by who must."""
    scene.approve()


def _promote(scene: Scene) -> None:
    """Have it promoted."""
    scene.promote()


def _follow(scene: Scene) -> None:
    """Have another release take its place, so that there is a way back."""
    add_harmless(scene)
    scene.follow()
    scene.approve()
    scene.promote()


_MADE_OF: dict[str, tuple[str, Callable[[Scene], None]]] = {
    WEIGHED: (FOUNDED, _weigh),
    APPROVED: (WEIGHED, _approve),
    PROMOTED: (APPROVED, _promote),
    SUCCEEDED: (PROMOTED, _follow),
}
"""Of which moment each is made, and how."""


class Stages:
    """The moments of a twin."""

    def __init__(self, scene: Scene, root: Path) -> None:
        """Begin with a twin that was founded.

        Args:
            scene: The twin.
            root: The folder all copies lie in.
        """
        self._root = root
        self._known = {FOUNDED: scene}
        self._copies = 0

    @contextlib.contextmanager
    def at(self, moment: str) -> Iterator[Scene]:
        """Copy the twin as it is at a moment; the copy is removed afterwards."""
        self._copies += 1
        folder = self._root / f"copy-{self._copies}"
        scene = self._made(moment).forked(folder)
        try:
            yield scene
        finally:
            scene.registry.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _made(self, moment: str) -> Scene:
        if moment not in self._known:
            before, make = _MADE_OF[moment]
            scene = self._made(before).forked(self._root / moment)
            make(scene)
            self._known[moment] = scene
        return self._known[moment]
