"""The job that target kargo renders, run as it is, on what lies in an OCI layout."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.render.golden import OPTIONS
from tests.render.orders import files_of, rendered
from tests.usecases.stage import FIRST, PRODUCTION
from tests.usecases.workshop import clean_environ

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.stage import Stage

RULES = "  evidence:\n    - {type: report, signedBy: {role: checker}, noneAbove: warning}\n"
"""Without ages: the job looks at the real clock."""


def script(scratch: Path) -> list[str]:
    """Return the job's command, with a scratch folder of its own."""
    files = files_of(rendered("kargo", options=OPTIONS["kargo"]))
    (metric,) = yaml.safe_load(files["analysistemplate.yaml"])["spec"]["metrics"]
    (container,) = metric["provider"]["job"]["spec"]["template"]["spec"]["containers"]
    own = "/tmp/"  # noqa: S108 - of the container; here it has another
    return [one.replace(own, f"{scratch}/") for one in container["command"]]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Make the programs the image has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    python = shlex.quote(sys.executable)
    for name, command in (("weighbridge", f"{python} -m weighbridge"), ("python3", python)):
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def run(stage: Stage, programs: Path, artifact: str, environment: str) -> tuple[int, str]:
    place = stage.folder.parent
    environ = clean_environ() | {
        "ARTIFACT": artifact,
        "ENVIRONMENT": environment,
        "LOG_KEY": str(stage.store / "log.pub"),
        "PATH": f"{programs}{os.pathsep}{os.defpath}",
        "WEIGHBRIDGE_REGISTRY": str(stage.store),
    }
    command = script(programs.parent)
    done = subprocess.run(
        command, cwd=place, env=environ, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_what_was_promoted_is_verified_and_the_gate_asked(stage: Stage, programs: Path) -> None:
    stage.rule(RULES)
    pushed = stage.done("push", FIRST, "oci:../layout", "--form=image")
    artifact = f"oci:layout@{pushed.out.split()[0]}"
    code, told = run(stage, programs, artifact, "staging")
    assert code == 0, told
    assert f"allowed: {FIRST} to staging" in told
    # Nobody approved it for production, where it also has not been in staging.
    stage.apply(PRODUCTION)
    code, told = run(stage, programs, artifact, "production")
    assert code == 1, told
    # What Kargo fills in is no program, whatever it holds.
    marker = programs.parent / "marker"
    code, told = run(stage, programs, f'$(touch {marker})"; touch {marker} #', "staging")
    assert code != 0, told
    assert not marker.exists()
    # A byte of what lies there is another.
    for path in (stage.folder.parent / "layout" / "blobs" / "sha256").iterdir():
        data = path.read_bytes()
        if len(data) > 1024 and not data.startswith(b"{"):
            path.chmod(0o644)
            path.write_bytes(data[:600] + bytes([data[600] ^ 1]) + data[601:])
            break
    code, told = run(stage, programs, artifact, "staging")
    assert code == 1, told
    assert "allowed" not in told
