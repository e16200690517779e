from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from scripts.sample_release import safetensors, write_release
from scripts.smoke_wheel import CHECKS, SmokeError, demand, passed_before, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_an_unexpected_exit_code_is_shown_with_the_output(tmp_path: Path) -> None:
    program = (sys.executable, "-c", "print('said'); raise SystemExit(3)")
    assert run(*program, folder=tmp_path, wanted=3) == "said\n"
    with pytest.raises(SmokeError, match=r"(?s)exit code 3, wanted 0.*said"):
        run(*program, folder=tmp_path)


def test_what_should_be_printed_is_demanded() -> None:
    demand("check seal", "check", "seal")
    with pytest.raises(SmokeError, match="'seal' does not occur"):
        demand("check", "check", "seal")


@pytest.mark.parametrize("check", CHECKS)
def test_no_check_passes_on_an_environment_without_weighbridge(
    check: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python", "weighbridge"):
        program = programs / name
        program.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
        program.chmod(0o755)
    with pytest.raises(SmokeError, match="exit code 9"):
        check(programs, tmp_path)


def test_passed_tests_are_counted_without_the_others(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    suite = '<testsuite tests="9" failures="1" errors="2" skipped="3"/>'
    report.write_text(f"<testsuites>{suite}</testsuites>", encoding="utf-8")
    assert passed_before(report) == 3


def test_the_sample_release_is_the_same_every_time(tmp_path: Path) -> None:
    manifests = [
        write_release(tmp_path / name, "model.safetensors", safetensors()) for name in "ab"
    ]
    first, second = (manifest.read_bytes() for manifest in manifests)
    assert first == second
