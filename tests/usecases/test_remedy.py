from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.usecases.relocked import some_wheels, with_lock
from tests.usecases.workshop import clean_environ, commit, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

SELECT = ("--select", "DEP001,DEP002,DEP003")


@pytest.fixture
def drifted(bench: Bench) -> Bench:
    """Give the release an input that was raised after its lock was made, which has no hashes."""
    some_wheels(bench.folder / "wheels")
    with_lock(bench.folder, "app\nlib>=1.2\n")
    commit(bench.folder)
    return bench


def hide_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", os.defpath)


def test_a_lock_behind_its_input_is_made_anew_with_the_digest(drifted: Bench) -> None:
    before = drifted.files()
    shown = drifted("check", "--diff", "--offline", *SELECT)
    assert shown.code == 1
    assert "+lib==1.3 \\\n+    --hash=sha256:" in shown.out
    assert "--- a/release.yaml\n" in shown.out
    assert "requirements.lock is made anew\n  with it: lib 1.1 → 1.3\n" in shown.err
    assert drifted.files() == before
    found = drifted("check", "--fix", *SELECT)
    assert (found.code, found.out.splitlines()[-1][:5]) == (0, "pass:")
    assert found.err.endswith("2 changes made\n")
    after = drifted.files()
    assert sha256(after["requirements.lock"]).encode() in after["release.yaml"]
    assert after.keys() == before.keys()
    assert drifted("check", "--fix", *SELECT).err == "nothing to fix safely\n"


def test_an_open_entry_is_pinned_by_a_new_lock(drifted: Bench) -> None:
    with_lock(drifted.folder, "lib<2\n", "lib>=1.0\n")
    found = drifted("check", "--fix", "--select", "DEP001,DEP002")
    assert found.code == 0
    assert "lib >=1.0 → 1.3" in found.err
    assert "\nlib==1.3 " in (drifted.folder / "requirements.lock").read_text()


def test_without_uv_the_sentences_are_told_and_nothing_changes(
    drifted: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_uv(monkeypatch)
    before = drifted.files()
    found = drifted("check", "--fix", *SELECT)
    assert found.code == 1
    assert "requirements.lock is not mended: there is no uv here" in found.err
    assert "  run `uv pip compile --universal --python-version=3." in found.err
    assert drifted.files() == before


def test_what_uv_fetched_is_kept_beside_the_registry_or_where_the_user_says(
    drifted: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drifted("seal")
    drifted("remedy", *SELECT)
    assert (drifted.folder / ".weighbridge/cache/uv").is_dir()
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "own"))
    drifted("remedy", *SELECT)
    assert (tmp_path / "own").is_dir()


def test_remedy_lists_what_is_automatic_first(drifted: Bench) -> None:
    drifted.edit("labels.json, digest", "absent.json, digest")
    commit(drifted.folder)
    before = drifted.files()
    found = drifted("remedy", "--select", "DEP,INT")
    assert found.code == drifted("check", "--select", "DEP,INT").code == 1
    first, *_ = found.out.split("\n\n")
    assert first == "`weighbridge check --fix` mends 3 findings:"
    assert "  error[DEP003]: lib==1.1 in requirements.lock does not fulfil lib>=1.2" in found.out
    assert "    requirements.lock is made anew\n    with it: lib 1.1 → 1.3\n" in found.out
    assert found.out.count("is made anew") == 1
    assert "somebody has to decide about 4 findings:\n\n  error[INT002]" in found.out
    assert found.out.splitlines()[-1].startswith("fail: 4 errors")
    assert drifted.files() == before


def test_remedy_without_uv_is_as_whole(drifted: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_uv(monkeypatch)
    found = drifted("remedy", "--output-format", "json", *SELECT).json
    assert (found["schemaVersion"], found["verdict"]) == (1, "fail")
    assert {step["way"] for step in found["steps"]} == {"command"}
    (step,) = [step for step in found["steps"] if step["code"] == "DEP003"]
    assert step["commands"][0].startswith("uv pip compile --universal")
    assert step["mending"]["mended"] is False
    assert step["mending"]["lock"] == "requirements.lock"
    assert found["summary"]["errors"] == 3


def test_remedy_of_a_release_in_order_says_so(bench: Bench) -> None:
    found = bench("remedy", "--ignore", "GOV007")
    assert found.code == 0
    assert found.out.startswith("pass: ")


def test_of_a_sealed_release_nothing_is_automatic(drifted: Bench) -> None:
    drifted("seal")
    found = drifted("remedy", "demo@1.0.0", "--output-format", "json", *SELECT)
    assert found.code == 1
    assert {step["way"] for step in found.json["steps"]} == {"command"}
    assert all(step["mending"] is None for step in found.json["steps"])


def heard(reader: int) -> bytes:
    """Read what comes through a pipe next; nothing once all who held it are gone."""
    assert select.select([reader], [], [], 60)[0]
    return os.read(reader, 100)


@pytest.mark.slow
def test_an_interrupted_resolution_leaves_nothing(drifted: Bench, tmp_path: Path) -> None:
    pipe, place = tmp_path / "pipe", tmp_path / "temporary"
    os.mkfifo(pipe)
    place.mkdir()
    program = tmp_path / "bin/uv"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec 3> {pipe}\ntail -f /dev/null &\necho begun >&3\nwait\n")
    program.chmod(0o755)
    before = drifted.files()
    run = "import sys; sys.modules['uv'] = None; from weighbridge.cli.main import main; main()"
    environ = clean_environ() | {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(place),
        "WEIGHBRIDGE_ENGINE": "here",
    }
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen(
        [sys.executable, "-c", run, "check", "--fix", *SELECT],
        cwd=drifted.folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert heard(reader) == b"begun\n"
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
            assert heard(reader) == b""
        finally:
            process.kill()
            os.close(reader)
    assert err.strip() == "interrupted; nothing was half written"
    assert list(place.iterdir()) == []
    assert drifted.files() == before
