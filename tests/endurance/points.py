"""Named points at which a process can be killed, found by wrapping the functions it runs through.

The code under test knows nothing of them. Wrapping is for a forked child: nothing is put back.
"""

from __future__ import annotations

import functools
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from weighbridge.adapters.blobs.folder import FolderArrival
from weighbridge.adapters.blobs.store import BlobIncoming
from weighbridge.adapters.session import Session
from weighbridge.cli import console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point in a run.

    Attributes:
        name: What happens there.
        owner: Whose function it is at.
        function: Its name.
        when: Where in it; halfway only half of its bytes are handed on.
        sql: How the statement it is given begins, if it is given one.
        kept: Whether what the run changes is there from then on.
        needs: What a change must have for a run to pass here.
    """

    name: str
    owner: Any
    function: str
    when: Literal["before", "halfway", "after"]
    sql: str = ""
    kept: bool = False
    needs: Literal["", "entry", "binding"] = ""

    def watch(self, reached: Callable[[Point], None]) -> None:
        """Call somebody whenever this process passes here."""
        real = getattr(self.owner, self.function)

        @functools.wraps(real)
        def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of any function
            if self.sql and not args[1].lstrip().startswith(self.sql):
                return real(*args, **kwargs)
            if self.when == "before":
                reached(self)
            if self.when == "halfway":
                real(args[0], args[1][: len(args[1]) // 2])
                reached(self)
                return real(args[0], args[1][len(args[1]) // 2 :])
            result = real(*args, **kwargs)
            if self.when == "after":
                reached(self)
            return result

        setattr(self.owner, self.function, wrapped)


POINTS = (
    Point(name="a blob half written", owner=FolderArrival, function="write", when="halfway"),
    Point(name="before a blob is synced", owner=FolderArrival, function="close", when="before"),
    Point(name="before a blob's rename", owner=Path, function="replace", when="before"),
    Point(name="after a blob's rename", owner=Path, function="replace", when="after"),
    Point(name="a blob in its place", owner=BlobIncoming, function="commit", when="after"),
    Point(name="before BEGIN", owner=Session, function="command", when="before", sql="BEGIN IMM"),
    Point(name="after BEGIN", owner=Session, function="command", when="after", sql="BEGIN IMM"),
    Point(
        name="after the release's row",
        owner=Session,
        function="write",
        when="after",
        sql="INSERT INTO release",
        needs="binding",
    ),
    Point(
        name="after the entry's row",
        owner=Session,
        function="write",
        when="after",
        sql="INSERT INTO entry",
        needs="entry",
    ),
    Point(
        name="after the topics",
        owner=Session,
        function="write_many",
        when="after",
        sql="INSERT INTO topic",
        needs="entry",
    ),
    Point(
        name="after the nodes",
        owner=Session,
        function="write_many",
        when="after",
        sql="INSERT INTO node",
        needs="entry",
    ),
    Point(
        name="checkpoint signed",
        owner=Session,
        function="write",
        when="before",
        sql="INSERT INTO checkpoint",
        needs="entry",
    ),
    Point(
        name="checkpoint stored",
        owner=Session,
        function="write",
        when="after",
        sql="INSERT INTO checkpoint",
        needs="entry",
    ),
    Point(name="before COMMIT", owner=Session, function="commit", when="before"),
    Point(name="after COMMIT", owner=Session, function="commit", when="after", kept=True),
    Point(
        name="before the answer", owner=console, function="print_result", when="before", kept=True
    ),
    Point(name="after the answer", owner=console, function="print_result", when="after", kept=True),
)


def kill_at(point: Point, hit: int) -> None:
    """Have this process killed when it passes a point for the given time."""
    left = hit

    def reached(_: Point) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    point.watch(reached)


def count(points: Sequence[Point], work: Callable[[], object]) -> list[int]:
    """Say how often some work in this process passes each point."""
    hits = dict.fromkeys(points, 0)

    def reached(point: Point) -> None:
        hits[point] += 1

    for point in points:
        point.watch(reached)
    work()
    return list(hits.values())
