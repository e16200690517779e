"""Whoever drives a delivery is killed, at every point; the next one ends it as it should."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.delivering.yard import NEW, OLD, Killed, Machine
from weighbridge.model.delivery import Phase

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.delivering.yard import Yard
    from weighbridge.model.delivery import Delivery

ROUNDS = 400
"""More than any of these deliveries takes."""


@pytest.fixture
def standing(yard: Yard) -> Yard:
    """The first release runs, and the second is promoted."""
    yard.deliver()
    yard.arrive(NEW)
    return yard


def driven(yard: Yard, lives: list[int]) -> Delivery:
    """Deliver; each driver is killed after so many touches, and the last one is not."""
    for touches in lives:
        yard.machine.touches, yard.machine.killed_at = 0, touches
        try:
            done = yard.deliver()
        except Killed:
            continue
        yard.machine.killed_at = None
        return done
    yard.machine.killed_at = None
    return yard.deliver()


def check(yard: Yard, *, bad: bool, deep: bool = True) -> None:
    """See that all is as if nobody had ever been killed."""
    new, old = yard.release(NEW), yard.release(OLD)
    *_, one = yard.delivered()
    assert one.position.phase is (Phase.ROLLED_BACK if bad else Phase.DELIVERED)
    assert list(yard.machine.running) == [old if bad else new]
    assert yard.machine.starts == [old, new], "each was started once"
    shares = [share for digest, share in yard.machine.shares if digest == new]
    assert shares == ([0, 10, 0] if bad else [0, 10, 50, 100])
    entries = yard.entries()
    kinds = [one["kind"] for one in entries]
    assert kinds.count("delivery.started") == 2
    assert kinds.count("rollback.done") == (1 if bad else 0)
    evidence = [one for one in entries if one["kind"] == "evidence.added"]
    assert len([one for one in evidence if "/delivery/" in one["body"]["predicateType"]]) == 2
    assert yard.pointer()["release"] == (old if bad else new)
    if deep:
        assert yard.done("log", "verify", "--deep").code == 0


@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
@pytest.mark.parametrize("life", [6, 9, 14])
def test_drivers_that_live_short_lives_get_there_together(
    life: int, standing: Yard, *, bad: bool
) -> None:
    standing.machine.errors[standing.release(NEW)] = 0.3 if bad else 0.0

    driven(standing, [life] * 100)

    check(standing, bad=bad)


@pytest.mark.slow
@pytest.mark.parametrize("bad", [False, True], ids=["good", "bad"])
def test_a_driver_may_be_killed_at_every_second_point(
    tmp_path: Path, standing: Yard, *, bad: bool
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(standing.store, kept)
    before = standing.machine
    points = 0
    for point in range(1, ROUNDS, 2):
        shutil.rmtree(standing.store)
        shutil.copytree(kept, standing.store)
        machine = standing.machine = Machine(now=before.now)
        machine.running = dict(before.running)
        machine.laid_out = dict(before.laid_out)
        machine.starts, machine.shares = list(before.starts), list(before.shares)
        machine.errors[standing.release(NEW)] = 0.3 if bad else 0.0

        driven(standing, [point])

        check(standing, bad=bad, deep=point % 10 == 0)
        points += 1
        if machine.touches < point:
            break
    assert points > 20
