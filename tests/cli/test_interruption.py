from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import clean_environ, command, commit

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

HUGE = 1 << 42
"""Bytes no test will wait for; the file is sparse and takes no room."""


def family(pid: int) -> list[int]:
    """List a process and those it started."""
    threads = list(Path(f"/proc/{pid}/task").iterdir())
    started = [child for one in threads for child in (one / "children").read_text().split()]
    return [pid, *(one for child in started for one in family(int(child)))]


def opened(process: subprocess.Popen[str], path: Path) -> bool:
    """Tell whether a process, or one that it started, has a file open."""
    try:
        links = [link for pid in family(process.pid) for link in Path(f"/proc/{pid}/fd").iterdir()]
        return any(os.path.realpath(link) == str(path) for link in links)
    except OSError:
        return False


def has_begun(process: subprocess.Popen[str], path: Path) -> bool:
    """Wait until a process reads a file; False if it ended before."""
    while process.poll() is None:
        if opened(process, path):
            return True
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
    return False


@pytest.mark.parametrize("words", [("seal",), ("check",), ("scan", "weights"), ("capture",)])
def test_an_interrupted_run_leaves_nothing_behind(words: tuple[str, ...], bench: Bench) -> None:
    weights = bench.folder / "weights/model.safetensors"
    # A whole file before the huge one: its copy waits in the store when the interruption comes.
    bench.edit("path: weights/model.safetensors", "path: weights")
    (bench.folder / "weights/a-small-one").write_text("x")
    commit(bench.folder)
    with weights.open("r+b") as file:
        file.truncate(HUGE)
    before = {path for path in bench.folder.rglob("*") if ".git" not in path.parts}
    with subprocess.Popen(
        command(*words),
        cwd=bench.folder,
        env=clean_environ(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert has_begun(process, weights), process.communicate(timeout=30)
            started = family(process.pid)[1:]
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert err.strip() == "interrupted; nothing was half written"
    after = {path for path in bench.folder.rglob("*") if ".git" not in path.parts}
    # A registry may have been begun; all it holds is the word to git to leave it alone.
    assert {path.name for path in after - before if path.is_file()} <= {".gitignore"}
    assert not list(bench.folder.rglob("registry.db"))
