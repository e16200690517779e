"""Every target gives the same bytes, whatever machine, clock, folder or locale it is asked on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from weighbridge.render.targets import TARGETS

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib
from tests.render.orders import rendered
from weighbridge.render.targets import TARGETS
for target in TARGETS:
    for version in target.versions:
        done = rendered(target.kind, version=version)
        text = repr([(one.path, one.content, one.executable) for one in done.files])
        said = repr((done.notices, done.refusals))
        print(target.kind, version, hashlib.sha256((text + said).encode()).hexdigest())
"""
SURROUNDINGS = (
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4711", "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8"},
)


def listed(surroundings: dict[str, str], folder: Path) -> list[str]:
    environ = {
        **os.environ,
        **surroundings,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    return [listed(one, tmp_path_factory.mktemp("elsewhere")) for one in SURROUNDINGS]


def test_the_same_bytes_come_out_in_other_surroundings(digests: list[list[str]]) -> None:
    assert digests[0] == digests[1]


@pytest.mark.parametrize("kind", [one.kind for one in TARGETS])
def test_every_target_and_version_was_rendered(kind: str, digests: list[list[str]]) -> None:
    versions = next(one.versions for one in TARGETS if one.kind == kind)
    assert [line.split()[1] for line in digests[0] if line.split()[0] == kind] == list(versions)
