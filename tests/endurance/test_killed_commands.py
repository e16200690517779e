"""Commands killed at named points: what was acknowledged is there, and nothing is half there."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING, TypeAlias

import pytest

from tests.endurance.killing import Act, Victim
from tests.endurance.points import POINTS, Point
from tests.usecases.cast import RELEASE, STORE
from tests.usecases.workshop import LABELS, manifest_text, sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.usecases.cast import Cast

Acting: TypeAlias = "Callable[[Path, int], Act]"

TURNS = 5
"""At each point, of each of five acts: 25 in all."""
BOTH = 2
LOGGED = [point for point in POINTS if point.needs != "binding"]
UNLOGGED = [point for point in POINTS if point.needs != "entry"]


def named(point: Point) -> str:
    return point.name.replace(" ", "-")


def sealing(folder: Path, turn: int) -> Act:
    """Write a release of its own version and labels, to be sealed."""
    labels = LABELS.replace(b"cat", f"cat {turn}".encode())
    (folder / "labels.json").write_bytes(labels)
    text = manifest_text().replace(sha256(LABELS), sha256(labels))
    (folder / "release.yaml").write_text(text.replace('"1.0.0"', f'"2.{turn}.0"'))
    return Act(words=("seal",))


def unowned_sealing(folder: Path, turn: int) -> Act:
    """Seal where nobody owns the registry yet, and nothing is logged."""
    return replace(sealing(folder, turn), entries=0)


def signing(folder: Path, turn: int) -> Act:
    """Sign alone, or with another in either order; an ECDSA signature is a new blob each time."""
    del folder
    by = (("bea",), ("bea", "carl"), ("carl", "bea"))[turn % 3]
    return Act(words=("sign", RELEASE), by=by, entries=len(by))


def trusting(folder: Path, turn: int) -> Act:
    """Propose a change as one owner, then join in as the other, then make one as both at once."""
    del folder
    step = turn % 3
    role = f"role-{turn - 1 if step == 1 else turn}"
    words = ("key", "trust", "dora", "--person", "dora", "--role", role)
    by = (("ann",), ("ben",), ("ann", "ben"))[step]
    return Act(words=words, by=by, code=int(step == 0), again=int(step == 0))


def suffer(victim: Victim, acting: Acting, points: Sequence[Point], turns: int) -> None:
    for turn, point in zip(range(turns), cycle(points), strict=False):
        victim.suffer(acting(victim.folder, turn), point, turn // len(points))


@pytest.fixture
def ownerless_victim(ownerless: Cast) -> Victim:
    """Run commands on a registry that was never used."""
    return Victim(ownerless.folder, ownerless.folder / STORE)


@pytest.fixture
def owned(ownerless_victim: Victim, cast: Cast) -> Victim:
    """Run commands on a registry with owners and a sealed release."""
    assert cast.store == ownerless_victim.store
    return Victim(cast.folder, cast.store)


def test_the_points_are_as_many_as_are_demanded() -> None:
    assert len({point.name for point in POINTS}) == len(POINTS)
    assert min(len(UNLOGGED), len(LOGGED)) >= 6


@pytest.mark.parametrize(
    ("acting", "points"), [(sealing, POINTS), (signing, LOGGED), (trusting, LOGGED)]
)
def test_commands_killed_once_at_every_point(
    owned: Victim, acting: Acting, points: Sequence[Point]
) -> None:
    suffer(owned, acting, points, len(points))


def test_sealing_without_owners_killed_once_at_every_point(ownerless_victim: Victim) -> None:
    suffer(ownerless_victim, unowned_sealing, UNLOGGED, len(UNLOGGED))


@pytest.mark.slow
@pytest.mark.parametrize("point", UNLOGGED, ids=named)
def test_sealing_without_owners_killed_again_and_again(
    ownerless_victim: Victim, point: Point
) -> None:
    suffer(ownerless_victim, unowned_sealing, [point], TURNS)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=named)
def test_sealing_killed_again_and_again(owned: Victim, point: Point) -> None:
    suffer(owned, sealing, [point], TURNS)


@pytest.mark.slow
@pytest.mark.parametrize("point", LOGGED, ids=named)
@pytest.mark.parametrize("acting", [signing, trusting])
def test_signing_and_trusting_killed_again_and_again(
    owned: Victim, acting: Acting, point: Point
) -> None:
    suffer(owned, acting, [point], TURNS)
