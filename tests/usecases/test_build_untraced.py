"""`build` where strace may not trace: Python itself is the witness, and the record is partial."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.usecases.builds import MAKE, PYTHON, built, names, script
from weighbridge.codec.build_record import read_build_record
from weighbridge.model.build_record import Witness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have a strace on the path that may not trace."""
    (tmp_path / "bin").mkdir()
    refusing = tmp_path / "bin/strace"
    refusing.write_text("#!/bin/sh\necho 'ptrace: not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "bin"), os.environ["PATH"])))


def test_without_strace_python_itself_is_the_witness_and_the_record_is_partial(
    run: Bench,
) -> None:
    (run.folder / "seen.csv").write_text("1")
    (run.folder / "hidden.bin").write_text("x")
    script(
        run,
        "import ctypes, socket, subprocess, sys\nopen('seen.csv').read()\n"
        "ctypes.CDLL(None).fopen(b'hidden.bin', b'r')\n"
        "subprocess.run([sys.executable, '-c', 'open(\"child.csv\").read()'], check=True)\n"
        f"socket.socket().connect_ex(('127.0.0.1', 9))\n{MAKE}",
    )
    (run.folder / "child.csv").write_text("2")

    done = run(
        *("build", "--output", "model.txt", "--input", "never.csv", "--record", "record.json"),
        *("--", PYTHON, "train.py"),
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert done.code == 0
    assert "ptrace: not permitted" in done.err
    assert record.witness is Witness.AUDIT_HOOK
    assert record.partial
    assert set(names(record)) == {"train.py", "seen.csv", "child.csv"}
    assert [one.address for one in record.connections] == ["127.0.0.1:9"]
    assert record.dead == ()
    assert record.processes == 2
    assert "error[REP001]: only what Python itself opened was seen" in done.err


def test_a_python_that_does_not_look_for_the_hook_was_seen_by_nobody(run: Bench) -> None:
    script(run, MAKE)

    done = run(
        *("build", "--output", "model.txt", "--record", "record.json"),
        *("--", PYTHON, "-I", "train.py"),
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert record.witness is Witness.NONE
    assert record.inputs == ()
    assert "error[REP001]: nobody saw what it did" in done.err


def test_a_sitecustomize_of_the_projects_own_still_runs(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.folder / "own").mkdir()
    (run.folder / "own/sitecustomize.py").write_text("import builtins\nbuiltins.OWN = 1\n")
    path = os.pathsep.join((str(run.folder / "own"), os.environ.get("PYTHONPATH", "")))
    monkeypatch.setenv("PYTHONPATH", path)
    script(run, f"assert OWN == 1\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert record.witness is Witness.AUDIT_HOOK
