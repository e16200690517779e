"""From owners to an outsider's verdict in a network namespace that has no network."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.house.tree import ROOT
from tests.usecases.workshop import clean_environ

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "tests.usecases.offline_loop"


def looped(folder: Path, *wrapper: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*wrapper, sys.executable, "-m", PROGRAM, str(folder)],
        cwd=ROOT,
        env=clean_environ() | {"WEIGHBRIDGE_ENGINE": "here"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.slow
def test_the_whole_loop_needs_no_network(committed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(committed, folder)
    done = looped(folder, "unshare", "--map-root-user", "--net")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nverified: demo@1.0.0 to production  sha256:" in done.stdout
    assert "proven: it stands in " in done.stderr


@pytest.mark.slow
def test_a_network_would_have_been_seen(tmp_path: Path) -> None:
    done = looped(tmp_path)
    assert done.returncode == 1
    assert "there is a network" in done.stderr or "can be reached" in done.stderr
