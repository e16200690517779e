"""Promotions that race for one pointer: one wins a generation, and the others are told."""

from __future__ import annotations

import functools
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.children import end, start
from tests.identities import passphrase_fd
from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import FIRST, SECOND, THIRD
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.cli.main import main
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.promote import promote
from weighbridge.usecases.rollback import roll_back, target_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.usecases.stage import Stage
    from weighbridge.model.ports import Signer, Transaction
    from weighbridge.usecases.deciding import Promotion

T = TypeVar("T")
RACERS = 32


class Gated(EmbeddedRegistry):
    """A registry whose changes begin when all who race have made up their minds."""

    def __init__(self, root: Path, clock: Callable[[], str], barrier: Barrier) -> None:
        super().__init__(root, clock=clock)
        self._barrier = barrier

    def change(self, change: Callable[[Transaction], T]) -> T:
        self._barrier.wait(timeout=60)
        return super().change(change)


def signer(stage: Stage) -> Signer:
    return KeyFolder(stage.keys).locked("dora").unlock(PASSPHRASES["dora"])


def race(stage: Stage, act: Callable[[Gated, int], Promotion]) -> list[Promotion]:
    """Have as many as there are racers do something at once, in threads of this process."""
    registry = Gated(stage.store, lambda: "2026-02-01T01:00:00Z", Barrier(RACERS))
    with ThreadPoolExecutor(RACERS) as pool:
        found = list(pool.map(lambda place: act(registry, place), range(RACERS)))
    registry.close()
    return found


def logged(stage: Stage, since: int, kind: str) -> list[dict[str, Any]]:
    return [entry["body"] for entry in stage.entries()[since:] if entry["kind"].startswith(kind)]


def assert_sound(stage: Stage) -> None:
    assert stage("log", "verify", "--deep").code == 0
    assert stage("registry", "fsck").code == 0


@pytest.mark.slow
def test_of_threads_that_promote_one_wins(stage: Stage) -> None:
    stage.arrive(THIRD)
    size = len(stage.entries())
    key = signer(stage)
    releases = [stage.release(reference) for reference in (FIRST, SECOND)]
    found = race(
        stage,
        lambda registry, place: promote(
            releases[place % 2], "staging", signer=key, registry=registry
        ),
    )
    winners = [one for one in found if one.moved]
    losers = [one for one in found if not one.moved]
    assert len(winners) == 1
    assert winners[0].generation == 2
    assert [(one.lost, one.generation) for one in losers] == [(2, 2)] * (RACERS - 1)
    bodies = logged(stage, size, "promotion.")
    assert len(bodies) == RACERS
    assert [body["generation"] for body in bodies if "generation" in body] == [2]
    assert [body["lost"] for body in bodies if "lost" in body] == [2] * (RACERS - 1)
    assert stage.pointer()["release"] == winners[0].decision.release
    assert_sound(stage)


def test_of_threads_that_roll_back_one_wins(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    size = len(stage.entries())
    key = signer(stage)
    release, expected = target_of("demo", "staging", registry=stage.registry)

    def back(registry: Gated, _: int) -> Promotion:
        return roll_back(
            "demo",
            "staging",
            release=release,
            expected=expected,
            signer=key,
            registry=registry,
            progress=NoProgress(),
        )

    found = race(stage, back)
    assert [one.generation for one in found if one.moved] == [3]
    assert [one.lost for one in found if not one.moved] == [3] * (RACERS - 1)
    assert [body.get("lost") for body in logged(stage, size, "rollback.")].count(3) == RACERS - 1
    assert "rollback.blocked" in stage.done("history", "demo").out
    assert "denied; generation 3 came first\n" in stage.done("history", "demo").out
    assert_sound(stage)


def raced(stage: Stage) -> list[tuple[int, str, str]]:
    """Promote in processes of their own, which begin their changes at once."""
    ready, tells = os.pipe()
    gate, opens = os.pipe()

    def work(place: int) -> None:
        os.close(opens)
        change = EmbeddedRegistry.change

        def gated(registry: EmbeddedRegistry, wanted: Callable[[Transaction], T]) -> T:
            os.write(tells, b"x")
            assert os.read(gate, 1) == b""
            return change(registry, wanted)

        EmbeddedRegistry.change = gated  # type: ignore[method-assign,assignment] # a child's
        folder = stage.folder.parent
        with (folder / f"out{place}").open("w") as out, (folder / f"err{place}").open("w") as err:
            sys.stdout, sys.stderr = out, err
            words = ("promote", (FIRST, SECOND)[place % 2], "--to=staging", "--key=dora")
            code = main([*words, "--output-format=json"])
        os.write(tells, b"x")  # so that nobody waits for one that never came to change anything
        os._exit(code)

    children = []
    for place in range(RACERS):
        with passphrase_fd(PASSPHRASES["dora"]):
            children.append(start(functools.partial(work, place)))
    os.close(tells)
    assert sum(len(os.read(ready, 1)) for _ in range(RACERS)) == RACERS
    os.close(opens)
    codes = [end(child) for child in children]
    os.close(ready)
    os.close(gate)
    folder = stage.folder.parent
    return [
        (code, (folder / f"out{place}").read_text(), (folder / f"err{place}").read_text())
        for place, code in enumerate(codes)
    ]


@pytest.mark.slow
def test_of_processes_that_promote_one_wins(stage: Stage) -> None:
    stage.arrive(THIRD)
    size = len(stage.entries())
    found = raced(stage)
    codes = [code for code, _, _ in found]
    assert (codes.count(0), codes.count(1)) == (1, RACERS - 1)
    for code, out, err in found:
        decision = json.loads(out)
        assert (decision["verdict"], decision["generation"]) == ("allowed", 2)
        assert ("the generation is 2 now" in err) == (code == 1)
    bodies = logged(stage, size, "promotion.")
    assert len(bodies) == RACERS
    assert [body["generation"] for body in bodies if "generation" in body] == [2]
    assert_sound(stage)
