"""A process killed at any line while it writes: all of a change is there, or nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_ledger_contract import check
from tests.children import end, start
from weighbridge import adapters
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from types import FrameType

    from weighbridge.model.ports import Transaction

OURS = str(Path(adapters.__file__).parent)
DIGEST = f"sha256:{1:064x}"


def kill_at(line: int) -> None:
    """Kill this process where it begins the given line of the adapters, counted as they run."""
    left = line

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal left
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)  # type: ignore[arg-type] # a function that returns itself has no type


def begin(registry: EmbeddedRegistry) -> None:
    registry.make_log_key("log.example")

    def change(transaction: Transaction) -> None:
        if transaction.size == 0:
            transaction.append(Kind.REGISTRY_INITIALISED, {})

    registry.change(change)


def seal(registry: EmbeddedRegistry, name: str) -> None:
    def change(transaction: Transaction) -> None:
        if transaction.bind(name, "1.0", DIGEST):
            transaction.append(Kind.RELEASE_SEALED, {"name": name})

    registry.change(change)


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """Make a registry that holds something."""
    registry = EmbeddedRegistry(tmp_path / "used")
    begin(registry)
    seal(registry, "first")
    registry.close()
    return tmp_path / "used"


def kill(root: Path, line: int, *, used: Path | None = None) -> int:
    """Kill a process that seals; afterwards it did or did not, and all else is whole."""
    before = ["first"] if used else []
    if used:
        shutil.copytree(used, root)
    registry = EmbeddedRegistry(root)

    def work() -> None:
        kill_at(line)
        begin(registry)
        seal(registry, "second")

    ended = end(start(work))
    with registry.reading() as view:
        names = [name for name, _, _ in view.releases()]
        assert names in (before, [*before, "second"])
        assert view.size in ({0, 1, 2} if not used else {1 + len(names)})
        assert [topic for topic, _ in view.topics()] == [f"release:{name}" for name in names]
    if names or registry.log_key:
        begin(registry)
        check(registry)
    begin(registry)
    seal(registry, "second")
    assert len(check(registry)) == len(before) + 2
    assert (root / ".gitignore").read_bytes() == b"*\n"
    registry.close()
    return ended


@pytest.mark.parametrize("line", [20, 80, 150, 260])
def test_a_process_killed_while_it_seals(tmp_path: Path, used: Path, line: int) -> None:
    assert kill(tmp_path / "new", line) == -signal.SIGKILL
    assert kill(tmp_path / "old", line, used=used) == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("new", [False, True])
def test_a_process_killed_at_every_seventh_line_while_it_seals(
    tmp_path: Path, used: Path, *, new: bool
) -> None:
    endings: list[int] = []
    while not endings or endings[-1] == -signal.SIGKILL:
        line = 7 * len(endings) + 1
        endings.append(kill(tmp_path / str(line), line, used=None if new else used))
    assert endings[-1] == 0
    assert len(endings) > 35
