from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.group_commit import GroupCommit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Savepoint = Callable[[], AbstractContextManager[list[int]]]


class Notebook:
    """Numbers that are kept a transaction at a time; a gate holds commits back until it opens."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.commits: list[int] = []
        self.refuses: Callable[[list[int]], bool] = lambda _: False
        self.gate = threading.Event()
        self.gate.set()
        self.inside = threading.Event()
        self.group: GroupCommit[list[int]] = GroupCommit(self.transaction)

    @contextmanager
    def transaction(self) -> Iterator[Savepoint]:
        written: list[int] = []

        @contextmanager
        def savepoint() -> Iterator[list[int]]:
            mark = len(written)
            try:
                yield written
            except BaseException:
                del written[mark:]
                raise

        yield savepoint
        self.inside.set()
        assert self.gate.wait(30)
        if self.refuses(written):
            raise OSError("the disk is full")
        self.kept += written
        self.commits.append(len(written))

    def add(self, number: int) -> int:
        def change(written: list[int]) -> int:
            written.append(number)
            return number

        return self.group.run(change)

    def wait_for(self, count: int) -> None:
        """Wait until a number of changes stand in line."""
        while len(self.group._waiting) < count:
            threading.Event().wait(0.001)


@contextmanager
def held(notebook: Notebook) -> Iterator[ThreadPoolExecutor]:
    """Begin a transaction and hold it back while the body queues changes behind it."""
    notebook.gate.clear()
    with ThreadPoolExecutor(32) as pool:
        first = pool.submit(notebook.add, 0)
        assert notebook.inside.wait(30)
        yield pool
        notebook.gate.set()
        assert first.result(30) == 0


def test_a_change_alone_is_a_commit_of_its_own() -> None:
    notebook = Notebook()
    assert [notebook.add(number) for number in range(3)] == [0, 1, 2]
    assert (notebook.kept, notebook.commits) == ([0, 1, 2], [1, 1, 1])


def test_those_who_wait_share_one_commit() -> None:
    notebook = Notebook()
    with held(notebook) as pool:
        others = [pool.submit(notebook.add, number) for number in range(1, 20)]
        notebook.wait_for(19)
    assert [other.result(30) for other in others] == list(range(1, 20))
    assert notebook.commits == [1, 19]
    assert sorted(notebook.kept) == list(range(20))


def test_a_change_that_fails_harms_no_other() -> None:
    notebook = Notebook()

    def fail(written: list[int]) -> None:
        written.append(-1)
        raise ValueError("bad change")

    with held(notebook) as pool:
        good = [pool.submit(notebook.add, number) for number in (1, 2)]
        bad = [pool.submit(notebook.group.run, fail) for _ in range(2)]
        good += [pool.submit(notebook.add, number) for number in (3, 4)]
        notebook.wait_for(6)
    assert [other.result(30) for other in good] == [1, 2, 3, 4]
    for other in bad:
        with pytest.raises(ValueError, match="bad change"):
            other.result(30)
    assert (sorted(notebook.kept), notebook.commits) == ([0, 1, 2, 3, 4], [1, 4])


def test_a_commit_that_fails_is_the_answer_of_all_who_shared_it() -> None:
    notebook = Notebook()
    notebook.refuses = lambda written: 7 in written

    def fail(_: list[int]) -> None:
        raise ValueError("refused because of what is not kept either")

    with held(notebook) as pool:
        others = [pool.submit(notebook.add, number) for number in range(5, 10)]
        others.append(pool.submit(notebook.group.run, fail))  # type: ignore[arg-type]
        notebook.wait_for(6)
    for other in others:
        with pytest.raises(OSError, match="the disk is full"):
            other.result(30)
    assert notebook.kept == [0]
    assert notebook.add(1) == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interruption_is_the_answer_of_the_thread_it_hit(
    kind: type[BaseException],
) -> None:
    notebook = Notebook()
    attempts: list[int] = []

    def interrupted(_: list[int]) -> None:
        attempts.append(1)
        raise kind

    with held(notebook) as pool:
        leader = pool.submit(notebook.group.run, interrupted)
        notebook.wait_for(1)
        others = [pool.submit(notebook.add, number) for number in range(1, 6)]
        notebook.wait_for(6)
    with pytest.raises(kind):
        leader.result(30)
    assert [other.result(30) for other in others] == [1, 2, 3, 4, 5]
    assert (sorted(notebook.kept), notebook.commits) == ([0, 1, 2, 3, 4, 5], [1, 5])
    assert attempts == [1]
    assert notebook.add(9) == 9


def test_after_an_interruption_the_others_run_again_each_alone() -> None:
    notebook = Notebook()
    interruptions = [KeyboardInterrupt()]

    def interrupted_once(written: list[int]) -> int:
        written.append(2)
        if interruptions:
            raise interruptions.pop()
        return 2

    with held(notebook) as pool:
        leader = pool.submit(notebook.add, 1)
        notebook.wait_for(1)
        others = [pool.submit(notebook.add, 3)]
        notebook.wait_for(2)
        others.append(pool.submit(notebook.group.run, interrupted_once))
        notebook.wait_for(3)
        others.append(pool.submit(notebook.add, 4))
        notebook.wait_for(4)
    with pytest.raises(KeyboardInterrupt):
        leader.result(30)
    assert [other.result(30) for other in others] == [3, 2, 4]
    assert (notebook.kept, notebook.commits) == ([0, 3, 2, 4], [1] * 4)


def test_one_who_is_interrupted_while_waiting_holds_up_nobody() -> None:
    notebook = Notebook()
    with held(notebook) as pool:
        gone = pool.submit(notebook.add, 1)
        notebook.wait_for(1)
        (request,) = notebook.group._waiting
        notebook.group._leave(request)  # as an interruption of its wait does
        other = pool.submit(notebook.add, 2)
        notebook.wait_for(1)
        request.done = True
        request.wake()
        assert gone.result(30) is None
    assert other.result(30) == 2
    assert notebook.kept == [0, 2]
    assert notebook.add(3) == 3


def test_a_change_within_a_change_is_refused() -> None:
    notebook = Notebook()
    with pytest.raises(RuntimeError, match="within it"):
        notebook.group.run(lambda _: notebook.add(1))
    assert notebook.add(2) == 2
    assert notebook.kept == [2]


def test_no_wake_is_lost() -> None:
    notebook = Notebook()
    notebook.refuses = lambda written: len(written) == 3
    told: list[int] = []

    def add_many(thread: int) -> None:
        for turn in range(200):
            number = thread * 1000 + turn
            try:
                assert notebook.add(number) == number
                told.append(number)
            except OSError:
                assert number not in notebook.kept

    threads = [threading.Thread(target=add_many, args=(thread,)) for thread in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert sorted(told) == sorted(notebook.kept)
    assert not notebook.group._is_led
