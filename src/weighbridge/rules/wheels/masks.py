"""Masks over targets: a bit a target, set where the target admits a tag."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from weighbridge.rules.wheels import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.rules.wheels.names import WheelName
    from weighbridge.rules.wheels.systems import System

T = TypeVar("T")
Words = tuple[str, ...]


class Masks:
    """What each target admits, as masks.

    A tag is admitted where its pair and its platform are, so each half has a mask of its own, and
    a wheel that of its halves.
    """

    def __init__(self, systems: Sequence[System]) -> None:
        """Learn what each target admits.

        Args:
            systems: The targets; the first is bit 0.
        """
        self.every = (1 << len(systems)) - 1
        self._pairs: dict[tags.Pair, int] = {}
        self._free: dict[tags.Pair, int] = {}
        self._sure: dict[str, int] = {}
        self._possible: dict[str, int] = {}
        for bit, system in enumerate(systems):
            _add(self._pairs, tags.pairs(system), 1 << bit)
            _add(self._free, tags.free_pairs(system), 1 << bit)
            _add(self._sure, tags.platforms(system), 1 << bit)
            _add(self._possible, tags.possible_platforms(system), 1 << bit)
        known = self._pairs.keys() | self._free.keys()
        self._interpreters = {interpreter for interpreter, _ in known}
        self._abis = {abi for _, abi in known}
        self._of_pairs: dict[tuple[Words, Words], tuple[int, int]] = {}
        self._of_platforms: dict[Words, tuple[int, int, bool]] = {}

    def wheel(self, wheel: WheelName) -> tuple[int, int]:
        """Return where a wheel is admitted for sure, and where it may be."""
        bound, free = self.pairs(wheel)
        sure, possible, anywhere = self._platforms(wheel.platforms)
        beside = free if anywhere else 0
        return bound & sure | beside, bound & possible | beside

    def pairs(self, wheel: WheelName) -> tuple[int, int]:
        """Return where its interpreters and ABIs are admitted: with a platform, and with none."""
        key = (wheel.interpreters, wheel.abis)
        found = self._of_pairs.get(key)
        if found is None:
            # Of a hostile name only words that mean something here are multiplied.
            interpreters = set(wheel.interpreters) & self._interpreters
            pairs = [(one, abi) for one in interpreters for abi in self._abis & set(wheel.abis)]
            found = _any_of(self._pairs, pairs), _any_of(self._free, pairs)
            self._of_pairs[key] = found
        return found

    def _platforms(self, words: Words) -> tuple[int, int, bool]:
        found = self._of_platforms.get(words)
        if found is None:
            found = _any_of(self._sure, words), _any_of(self._possible, words), tags.ANY in words
            self._of_platforms[words] = found
        return found


def _add(masks: dict[T, int], keys: Iterable[T], bit: int) -> None:
    for key in keys:
        masks[key] = masks.get(key, 0) | bit


def _any_of(masks: dict[T, int], keys: Iterable[T]) -> int:
    mask = 0
    for key in keys:
        mask |= masks.get(key, 0)
    return mask
