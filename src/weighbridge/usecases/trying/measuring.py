"""Measuring a release under load, block by block, between blocks of its baseline.

Which of both goes first alternates, so that what drifts on the machine drifts for both.
"""

from __future__ import annotations

import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.trial import Block, Measured
from weighbridge.rules.behaviour.intervals import samples_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.model.trial import Conversation, Load, Runner, Served

BLOCKS: Final = 8
STARTS: Final = 3
_WARM: Final = 3
_LEAST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who tells the time, and waits.

    Attributes:
        clock: Seconds of a clock that never goes back.
        sleep: Waits some seconds.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep  # noqa: TID251 - a rate is kept by waiting until a request is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured.

    Attributes:
        load: The load.
        percent: The percentile that is to be told, in percent.
        seconds: Seconds all blocks of one release may take; what is not done by then is not done.
    """

    load: Load
    percent: float
    seconds: float


def measure(
    runner: Runner,
    served: Sequence[Served],
    requests: Sequence[Mapping[str, Any]],
    plan: Plan,
    *,
    watch: Watch | None = None,
) -> list[Measured]:
    """Measure a release, and others beside it.

    Args:
        runner: Who runs all of them.
        served: The release, and its baseline if there is one.
        requests: What they are asked, over and over.
        plan: What is to be measured.
        watch: Who tells the time.

    Raises:
        NoAnswerError: One of them did not answer.
        WrongAnswerError: One of them answered what is no answer.
    """
    watch = watch or Watch()
    with ExitStack() as held:
        sides = [_Side(runner, one, requests, plan, watch) for one in served]
        for turn in range(STARTS):
            for side in _order(sides, turn):
                side.start(held if turn == STARTS - 1 else None)
        for turn in range(BLOCKS):
            for side in _order(sides, turn):
                side.run()
        return [side.measured() for side in sides]


def _order(sides: list[_Side], turn: int) -> list[_Side]:
    return sides if turn % 2 == 0 else sides[::-1]


class _Side:
    """One release that is measured."""

    def __init__(
        self,
        runner: Runner,
        served: Served,
        requests: Sequence[Mapping[str, Any]],
        plan: Plan,
        watch: Watch,
    ) -> None:
        self._runner, self._served, self._requests = runner, served, requests
        self._plan, self._watch = plan, watch
        self._cold: list[float] = []
        self._blocks: list[Block] = []
        self._conversations: list[Conversation] = []

    def start(self, held: ExitStack | None) -> None:
        """Start it, and wait for its first answer; only what is held goes on.

        What is started here alone has a cold start: a server has run before.
        """
        if held is None:
            if self._runner.local:
                with ExitStack() as briefly:
                    self._begin(briefly)
            return
        conversation = self._begin(held)
        more = range(self._plan.load.concurrency - 1)
        opened = (held.enter_context(self._runner.open(self._served)) for _ in more)
        self._conversations = [conversation, *opened]
        for one in self._conversations:
            for index in range(_WARM):
                one.ask(self._requests[index % len(self._requests)])

    def _begin(self, held: ExitStack) -> Conversation:
        begin = self._watch.clock()
        conversation = held.enter_context(self._runner.open(self._served))
        conversation.ask(self._requests[0])
        if self._runner.local:
            self._cold.append(self._watch.clock() - begin)
        return conversation

    def run(self) -> None:
        """Make one block of requests."""
        load, clock = self._plan.load, self._watch.clock
        wanted = max(_LEAST, math.ceil(samples_for(self._plan.percent) / BLOCKS))
        least, most = load.duration / BLOCKS, self._plan.seconds / BLOCKS
        numbers, latencies = itertools.count(), list[float]()
        begin = clock()

        def work(conversation: Conversation) -> None:
            for index in numbers:
                past = clock() - begin
                if past >= max(most, least) or (index >= wanted and past >= least):
                    return
                # Under a rate a request counts from when it was due: waiting in line is waiting.
                due = begin + index / load.rate if load.rate else clock()
                if due > clock():
                    self._watch.sleep(due - clock())
                conversation.ask(self._requests[index % len(self._requests)])
                latencies.append(clock() - due)

        if len(self._conversations) == 1:
            work(self._conversations[0])
        else:
            with ThreadPoolExecutor(len(self._conversations)) as pool:
                list(pool.map(work, self._conversations))
        if latencies:
            self._blocks.append(Block(latencies=tuple(latencies), elapsed=clock() - begin))

    def measured(self) -> Measured:
        """Return what was measured."""
        (first, *more) = self._conversations
        return Measured(
            blocks=tuple(self._blocks),
            cold_starts=tuple(self._cold),
            memory=None if more else first.memory(),
        )
