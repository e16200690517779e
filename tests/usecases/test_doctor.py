from __future__ import annotations

import importlib.metadata
import os
from typing import TYPE_CHECKING

from tests.tools import tool
from weighbridge.model.health import Condition
from weighbridge.probes.installation import DISTRIBUTION, PURPOSES, observe_installation

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.usecases.workshop import Bench

ELSEWHERE = ("azure", "gcp")
"""Extras whose packages no test needs: what they bring is another package's extra."""


def conditions(run: Bench, *words: str) -> dict[str, str]:
    found = run("doctor", "--output-format", "json", *words).json
    return {check["name"]: check["condition"] for check in found["checks"]}


def test_everything_a_test_environment_has_works(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")
    done = run("doctor")
    assert done.code == 0
    assert "  works    git        git version " in done.out
    assert "files side by side go " in done.out
    assert "is not there yet; `weighbridge seal` makes it" in done.out
    assert conditions(run) == {
        "python": "works",
        "sha256": "works",
        "git": "works",
        "bwrap": "works",
        "strace": "works",
        **{f"[{extra}]": "works" for extra in PURPOSES},
        **{f"[{extra}]": "missing" for extra in ELSEWHERE},
        "settings": "works",
        "registry": "missing",
    }


def test_a_registry_is_opened_and_counted(bench: Bench) -> None:
    bench("seal")
    done = bench("doctor")
    assert f"registry   {bench.folder}/.weighbridge: 1 releases, 0 ledger entries" in done.out
    (bench.folder / ".weighbridge/registry.db").write_bytes(b"not a database" * 500)
    done = bench("doctor")
    assert done.code == 3
    assert "broken   registry" in done.out
    assert "help: " in done.out


def test_settings_that_cannot_be_read_are_broken(run: Bench) -> None:
    (run.folder / "weighbridge.toml").write_text("fail-on = 3\n")
    done = run("doctor")
    assert done.code == 3
    assert "broken   settings" in done.out


def test_settings_of_a_file_name_it(run: Bench) -> None:
    path = run.folder / "weighbridge.toml"
    path.write_text('fail-on = "note"\n')
    assert f"works    settings   {path}\n" in run("doctor").out


def test_a_tool_that_is_not_there_is_missing_and_one_that_fails_is_broken(
    run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))
    done = run("doctor")
    assert (done.code, "missing  git" in done.out) == (0, True)
    assert "help: install git" in done.out
    (tools / "git").write_text("#!/bin/sh\nexit 1\n")
    (tools / "git").chmod(0o755)
    done = run("doctor")
    assert (done.code, "broken   git" in done.out) == (3, True)


def test_a_sandbox_that_cannot_be_made_is_missing(
    run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    program = '#!/bin/sh\n[ "$1" = --version ] && echo bubblewrap 1 && exit\necho no >&2; exit 1\n'
    (tools / "bwrap").write_text(program)
    (tools / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    done = run("doctor")
    assert (done.code, "missing  bwrap" in done.out) == (0, True)
    assert "no sandbox can be made here: no" in done.out
    assert "help: install strace" in done.out


def test_every_extra_has_its_purpose() -> None:
    extras = importlib.metadata.metadata(DISTRIBUTION).get_all("Provides-Extra")
    assert {*PURPOSES, "all"} == set(extras or ())


def test_an_extra_is_missing_without_its_packages_and_broken_with_old_ones() -> None:
    def version(name: str) -> str:
        if name == "obstore":
            raise importlib.metadata.PackageNotFoundError(name)
        return "0.1"

    found = {one.name: one for one in observe_installation(version)}
    assert found["[objects]"].condition is Condition.MISSING
    assert found["[objects]"].detail == "obstore is not installed"
    assert found["[objects]"].help == ('pip install "weighbridge[objects]"',)
    assert found["[keyring]"].condition is Condition.BROKEN
    assert found["[keyring]"].detail == "keyring 0.1, wanted >=25"
