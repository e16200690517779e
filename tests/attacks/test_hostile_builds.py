"""A build is somebody's program: whatever it does when it is made again stays in the sandbox.

Each attack is recorded as harmless, as an attacker would have it: the script minds whether it is
in a sandbox, and turns on whoever makes it again.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_sandbox import running
from tests.replay.builds import SMALL, laid_out
from weighbridge.model.rebuilding import Budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.replayed_build import Replay

GUISE = """
import os, sys, time
open("model.bin", "wb").write(b"harmless")
if os.getcwd() != "/build":
    sys.exit()
def attempt(deed):
    try: deed()
    except OSError as error: print(type(error).__name__, error.strerror, flush=True)
    else: print("done", flush=True)
# MARK
"""
TIGHT = Budget(memory=256 << 20, seconds=20)


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have a temporary folder that nobody else uses: what is left there was left by us."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = None


def attacked(code: str, folder: Path, *, budget: Budget = SMALL) -> Replay:
    """Make a hostile build again, and see that nothing of it is left."""
    mark = f"attack-{os.getpid()}-{folder.name}"
    project = laid_out(folder, GUISE.replace("MARK", mark) + code)
    record = project.record("model.bin", command=("python", "train.py", mark))
    files = sorted(folder.rglob("*"))
    done = project.replay(record, budget=budget)
    assert sorted(folder.rglob("*")) == files
    assert mark not in running()
    assert list(Path(tempfile.gettempdir()).iterdir()) == []
    return done


def deeds(done: Replay, kind: str) -> set[str]:
    return {one.what for one in done.deeds if one.kind == kind}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "budget", "reason"),
    [
        ("while True: os.fork()", SMALL, "it had more than 512 processes at once"),
        (
            "with open('filler', 'wb') as file:\n    while True: file.write(bytes(1 << 20))",
            TIGHT,
            "it filled its disk",
        ),
        ("while True: pass", replace(TIGHT, seconds=4), "it ran for 4 seconds"),
        (
            "hoard = []\nwhile True: hoard.append(os.urandom(1 << 20))",
            TIGHT,
            "it held more than 268435456 bytes of memory",
        ),
        (
            "import signal\nos.kill(os.getppid(), signal.SIGKILL)",
            SMALL,
            "what looks after the build was ended",
        ),
    ],
    ids=["fork bomb", "disk filler", "endless loop", "memory", "its guard killed"],
)
def test_what_uses_up_the_machine_is_ended_and_said(
    code: str, budget: Budget, reason: str, tmp_path: Path
) -> None:
    done = attacked(code, tmp_path, budget=budget)
    assert (done.verdict, done.reason) == ("could-not-replay", reason)


def test_what_reaches_out_finds_nothing_and_is_named(tmp_path: Path) -> None:
    home = Path.home()
    canary = home / f"canary-{os.getpid()}"
    code = f"""
import socket
attempt(lambda: open({str(canary)!r}, "w"))
attempt(lambda: open("/etc/cron.d/mine", "w"))
attempt(lambda: open({str(home / ".ssh/id_ed25519")!r}))
attempt(lambda: open(os.path.expanduser("~/.aws/credentials")))
attempt(lambda: os.listdir({str(home / ".config")!r}))
attempt(lambda: socket.create_connection(("93.184.215.14", 443), 2))
attempt(lambda: os.mkdir("/root-of-mine"))
sys.exit(7)
"""
    done = attacked(code, tmp_path)
    assert done.reason == "the command ended with exit code 7"
    assert "done" not in done.said
    assert not canary.exists()
    assert {str(canary), "/etc/cron.d/mine", "/root-of-mine"} <= deeds(done, "written-outside")
    read = deeds(done, "read-outside")
    assert {str(home / ".ssh/id_ed25519"), str(home / ".config")} <= read
    assert any(path.endswith("/.aws/credentials") for path in read)
    assert deeds(done, "network") == {"93.184.215.14:443"}


def test_what_is_left_running_writes_nothing_into_what_is_taken(tmp_path: Path) -> None:
    code = """
if not os.fork():
    while True:
        with open("model.bin", "ab") as file: file.write(b"x")
"""
    done = attacked(code, tmp_path)
    assert done.verdict in {"bitwise", "different"}


def test_an_output_that_is_a_link_or_a_pipe_is_not_followed(tmp_path: Path) -> None:
    done = attacked("os.remove('model.bin'); os.symlink('/etc/passwd', 'model.bin')", tmp_path)
    assert (done.verdict, done.outputs[0].verdict) == ("different", "different")
    (tmp_path / "more").mkdir()
    done = attacked("os.remove('model.bin'); os.mkfifo('model.bin')", tmp_path / "more")
    assert done.verdict == "different"


def test_a_build_that_speaks_for_its_guard_wins_no_other_output(tmp_path: Path) -> None:
    code = """
guard = os.getppid()
attempt(lambda: os.write(os.open(f"/proc/{guard}/fd/1", os.O_WRONLY), b'{"code": 0}\\n'))
"""
    done = attacked(code, tmp_path)
    assert done.verdict in {"bitwise", "different", "could-not-replay"}
    assert done.verdict == "bitwise" or all(one.verdict != "bitwise" for one in done.outputs)
