"""What is wanted of a server for a team: real processes over loopback, each in its own right.

The server's CPU seconds are those of its process, not of who asks; each program tells its figure.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import subprocess
from functools import partial
from typing import TYPE_CHECKING

from bench import looking_over
from bench.commands import beside
from bench.measure import Cell, Measured, Memory, NotPreparedError
from tests.postgres_servers import cluster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.measure import Command
    from tests.postgres_servers import Cluster

READS = 2_000
FEW, MANY = 1_000, 200_000


def cells(folder: Path) -> list[Measured]:
    """List the cells.

    Args:
        folder: Where registries are made when they are wanted.
    """
    handing = folder / "handing"
    prepare = partial(make, handing, "handing.py")
    return [
        # From nothing to the first 200 of /readyz, over a registry that is there.
        Cell(
            name="serve-ready",
            ours=beside("handing.py", "ready", str(handing)),
            at_most=3,
            clock="told",
            prepare=prepare,
        ),
        # The peer is the same server (uvicorn, guard, log, metrics) but for the route: it has the
        # manifest parsed in memory, and FastAPI writes it by its `response_model`.
        read(handing, "immutable-read"),
        read(handing, "immutable-read-known", "known"),
        *uploads(folder / "uploads"),
        pages("releases", folder / "pages"),
        pages("containing", folder / "pages"),
        pages("topics", folder / "pages"),
        pages("blobs", folder / "pages"),
        pages("releases", folder / "pages-postgres", postgres=True),
        pages("topics", folder / "pages-postgres", postgres=True),
        *dashboards(folder / "dashboard"),
    ]


def read(folder: Path, name: str, *more: str) -> Cell:
    """Compare handing out a manifest with writing it anew."""

    def asked(who: str, *words: str) -> Command:
        return beside("handing.py", who, str(folder), str(READS), *words)

    return Cell(
        name=name,
        ours=asked("ours", *more),
        peer=asked("peer"),
        at_most=0.6,
        clock="told",
        prepare=partial(make, folder, "handing.py"),
    )


def uploads(folder: Path) -> list[Measured]:
    """Weigh a long upload: what it takes of memory, and how long others wait meanwhile."""

    def asked(what: str) -> Command:
        return beside("uploading.py", what, str(folder))

    prepare = partial(make, folder, "uploading.py")
    return [
        Memory(
            name="upload-512m-memory", ours=asked("memory"), at_most=64, told=True, prepare=prepare
        ),
        # Seconds of 99 in 100 who ask for /healthz.
        Cell(
            name="upload-512m-latency",
            ours=asked("latency"),
            at_most=0.05,
            clock="told",
            prepare=prepare,
        ),
    ]


def pages(what: str, folder: Path, *, postgres: bool = False) -> Cell:
    """Compare the p95 of a page of a long list with that of a short one."""

    def prepare() -> None:
        for count in (FEW, MANY):
            if not (folder / str(count)).exists():
                database = made_database() if postgres else ""
                make(folder / str(count), "paging.py", str(count), database)

    return Cell(
        name=f"{what}-200k-postgres" if postgres else f"{what}-200k",
        ours=beside("paging.py", what, str(folder / str(MANY))),
        peer=beside("paging.py", what, str(folder / str(FEW))),
        at_most=2,
        clock="told",
        prepare=prepare,
    )


def dashboards(folder: Path) -> list[Measured]:
    """Weigh pages that look over 200,000 releases: the server's CPU seconds for the dearest."""
    prepare = partial(make, folder, "looking_over.py", str(MANY))

    def stand() -> None:
        prepare()
        if not (folder / looking_over.STANDING).exists():
            atexit.register(_enter(looking_over.standing(folder)).close)

    def told(what: str, at_most: float, made: Callable[[], None]) -> Cell:
        return Cell(
            name=f"dashboard-200k-{what}",
            ours=beside("looking_over.py", what, str(folder)),
            at_most=at_most,
            clock="told",
            prepare=made,
        )

    return [
        # From nothing to the first page: 750,000 entries, each proven and folded.
        told("begin", 25, prepare),
        *(told(family, 0.3, stand) for family in looking_over.FAMILIES),
        Memory(
            name="dashboard-200k-memory",
            ours=beside("looking_over.py", "memory", str(folder)),
            at_most=300,
            told=True,
            prepare=prepare,
        ),
    ]


@functools.cache
def _cluster() -> Cluster:
    """Run a PostgreSQL server until the benchmark ends.

    Raises:
        NotPreparedError: There is none.
    """
    running = contextlib.ExitStack()
    try:
        found = running.enter_context(cluster())
    except (AssertionError, OSError) as error:
        raise NotPreparedError(str(error)) from error
    atexit.register(running.close)
    return found


def _enter(entered: contextlib.AbstractContextManager[None]) -> contextlib.ExitStack:
    """Enter something that runs until it is closed.

    Raises:
        NotPreparedError: It does not run.
    """
    running = contextlib.ExitStack()
    try:
        running.enter_context(entered)
    except SystemExit as error:
        raise NotPreparedError(str(error)) from error
    return running


def made_database() -> str:
    """Make a database, and return its address."""
    server = _cluster()
    return server.address(server.make_database())


def make(folder: Path, program: str, *words: str) -> None:
    """Have a program of this folder make what it asks for, unless it is there.

    Raises:
        NotPreparedError: It could not.
    """
    if folder.exists():
        return
    folder.mkdir(parents=True)
    done = subprocess.run(beside(program, "make", str(folder), *words).arguments, check=False)
    if done.returncode:
        raise NotPreparedError(f"bench/{program} ended with {done.returncode}")
