from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.model.trial import Answer, Load, Served
from weighbridge.usecases.trying.measuring import BLOCKS, STARTS, Plan, Watch, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class World:
    """A clock that moves only when somebody works or waits, and models that take their time.

    Attributes:
        now: Seconds.
        takes: Seconds a request takes, by the model.
        asked: Which models were asked, in order.
        waited: Seconds that were waited.
    """

    takes: Mapping[str, float]
    now: float = 0.0
    asked: list[str] = field(default_factory=list)
    waited: float = 0.0
    started: list[str] = field(default_factory=list)
    local: bool = True
    where: str = "here"

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waited += seconds

    @property
    def watch(self) -> Watch:
        return Watch(clock=lambda: self.now, sleep=self.sleep)

    @contextmanager
    def open(self, served: Served) -> Iterator[Talk]:
        self.now += 1.0
        self.started.append(served.model)
        yield Talk(self, served.model)


@dataclass(slots=True)
class Talk:
    world: World
    model: str

    def ask(self, inputs: Mapping[str, Any]) -> Answer:
        self.world.asked.append(self.model)
        self.world.now += self.world.takes[self.model]
        return Answer(outputs=inputs)

    def memory(self) -> int:
        return 7


def served(model: str) -> Served:
    return Served(runner="command", folder="", model=model)


def plan(seconds: float = 60.0, percent: float = 50.0, **load: Any) -> Plan:  # noqa: ANN401 - parts of a load
    return Plan(load=Load(**load), percent=percent, seconds=seconds)


def test_blocks_of_a_release_and_its_baseline_take_turns() -> None:
    world = World(takes={"new": 0.01, "old": 0.02})
    new, old = measure(world, [served("new"), served("old")], [{"x": 1}], plan(), watch=world.watch)
    assert [len(one.blocks) for one in (new, old)] == [BLOCKS, BLOCKS]
    assert new.blocks[0].latencies == pytest.approx([0.01] * 10)
    assert old.blocks[0].throughput == pytest.approx(50)
    assert (new.memory, old.memory) == (7, 7)
    assert world.started[: 2 * STARTS] == ["new", "old", "old", "new", "new", "old"]
    turns = "".join(one[0] for one in world.asked[-2 * BLOCKS * 10 :: 10])
    assert turns == "noonnoonnoonnoon"


def test_a_cold_start_lasts_from_the_start_to_the_first_answer() -> None:
    world = World(takes={"new": 0.25})
    (found,) = measure(world, [served("new")], [{}], plan(), watch=world.watch)
    assert found.cold_starts == pytest.approx([1.25] * STARTS)
    elsewhere = World(takes={"new": 0.25}, local=False)
    (found,) = measure(elsewhere, [served("new")], [{}], plan(), watch=elsewhere.watch)
    assert found.cold_starts == ()
    assert elsewhere.started == ["new"]


def test_enough_requests_are_made_for_the_percentile_and_no_more_than_there_is_time_for() -> None:
    world = World(takes={"new": 0.001})
    (found,) = measure(world, [served("new")], [{}], plan(percent=99.0), watch=world.watch)
    assert sum(len(block.latencies) for block in found.blocks) == 8 * 38
    slow = World(takes={"new": 1.0})
    (found,) = measure(slow, [served("new")], [{}], plan(16.0, 99.0), watch=slow.watch)
    assert [len(block.latencies) for block in found.blocks] == [2] * BLOCKS


def test_a_load_lasts_as_long_as_it_is_declared() -> None:
    world = World(takes={"new": 0.01})
    (found,) = measure(world, [served("new")], [{}], plan(duration=8.0), watch=world.watch)
    assert all(block.elapsed == pytest.approx(1.0, abs=0.02) for block in found.blocks)


def test_under_a_rate_waiting_in_line_counts() -> None:
    world = World(takes={"new": 0.01})
    (found,) = measure(world, [served("new")], [{}], plan(rate=50.0), watch=world.watch)
    assert found.blocks[0].latencies == pytest.approx([0.01] * 10)
    assert world.waited == pytest.approx(8 * 9 * 0.01)
    late = World(takes={"new": 0.03})
    (found,) = measure(late, [served("new")], [{}], plan(rate=50.0), watch=late.watch)
    assert found.blocks[0].latencies[9] == pytest.approx(0.03 + 9 * 0.01)
    assert late.waited == pytest.approx(0.0)


def test_requests_that_are_open_at_once_are_made_by_as_many() -> None:
    world = World(takes={"new": 0.01}, local=False)
    (found,) = measure(world, [served("new")], [{}], plan(concurrency=3), watch=world.watch)
    assert len(world.started) == 3
    assert all(len(block.latencies) >= 10 for block in found.blocks)
    assert found.memory is None
