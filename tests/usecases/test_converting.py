from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from safetensors.numpy import load_file

from tests.tools import tool
from tests.torch_files import BIAS, WEIGHT, archive, pickled, state, state_file
from tests.usecases.workshop import commit, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

ENTRY = """\
    - name: model
      role: weights
      path: weights/model.safetensors
      format: safetensors
      size: {size}
      digest: "{digest}"
"""
SELECT = ("--select", "SEC,INT")


@pytest.fixture(autouse=True)
def _sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")


def entry(path: str, form: str, data: bytes) -> str:
    return (
        ENTRY.format(size=len(data), digest=sha256(data))
        .replace("weights/model.safetensors", path)
        .replace("format: safetensors", f"format: {form}")
    )


def with_model(bench: Bench, data: bytes) -> None:
    """Have the release ship torch's file instead of safetensors."""
    old = bench.folder / "weights/model.safetensors"
    bench.edit(
        entry("weights/model.safetensors", "safetensors", old.read_bytes()),
        entry("weights/model.pt", "pytorch", data),
    )
    old.unlink()
    (bench.folder / "weights/model.pt").write_bytes(data)
    commit(bench.folder)


def test_a_pickle_of_tensors_becomes_safetensors_and_nothing_else_changes(bench: Bench) -> None:
    with_model(bench, state_file())
    before = bench.files()
    shown = bench("check", "--diff", *SELECT)
    assert shown.code == 0
    assert "+      path: weights/model.safetensors" in shown.out
    assert "weights/model.pt would become weights/model.safetensors: 3 tensors" in shown.err
    assert bench.files() == before

    done = bench("check", "--fix", *SELECT)
    assert done.code == 0
    assert "SEC013" not in done.out
    assert "weights/model.pt became weights/model.safetensors: 3 tensors proved equal" in done.err
    assert "1 tensor shared numbers with another: copied" in done.err
    assert "converted in the sandbox" in done.err
    after = bench.files()
    new = after.pop("weights/model.safetensors")
    assert after.keys() == before.keys()
    assert load_file(bench.folder / "weights/model.safetensors")["turned"].shape == (3, 2)
    old = before["weights/model.pt"]
    assert after["release.yaml"] == before["release.yaml"].replace(
        entry("weights/model.pt", "pytorch", old).encode(),
        entry("weights/model.safetensors", "safetensors", new).encode(),
    )


def test_without_a_sandbox_it_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    git = shutil.which("git")
    assert git is not None
    places = bench.folder.parent / "bin"
    places.mkdir()
    (places / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(places))
    with_model(bench, state_file())
    done = bench("check", "--fix", *SELECT)
    assert "converted in a process with limits and no sandbox" in done.err


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("weights/model.safetensors", b"something else", "holds something else"),
        ("weights/model.safetensors", None, "another artifact of this release"),
    ],
)
def test_nothing_is_written_over(
    name: str, content: bytes | None, reason: str, bench: Bench
) -> None:
    with_model(bench, state_file())
    if content is None:
        bench.edit("path: labels.json", f"path: {name}")
        content = (bench.folder / "labels.json").read_bytes()
    (bench.folder / name).write_bytes(content)
    done = bench("check", "--fix", *SELECT)
    assert f"weights/model.pt is not converted: {name} is" in done.err
    assert reason in done.err
    assert (bench.folder / name).read_bytes() == content


def test_the_same_file_from_an_earlier_run_is_proved_and_listed(bench: Bench) -> None:
    with_model(bench, state_file())
    manifest = (bench.folder / "release.yaml").read_bytes()
    bench("check", "--fix", *SELECT)
    once = bench.files()
    (bench.folder / "release.yaml").write_bytes(manifest)
    assert "3 tensors proved equal" in bench("check", "--fix", *SELECT).err
    assert bench.files() == once


def test_what_would_lose_something_is_left_and_said(bench: Bench) -> None:
    data = archive(pickled({"state": state(), "epoch": 3}), [WEIGHT, BIAS])
    with_model(bench, data)
    before = bench.files()
    done = bench("check", "--fix", *SELECT)
    assert "weights/model.pt is not converted: beside tensors it holds `state` (a dict)" in done.err
    assert done.err.endswith("nothing to fix safely\n")
    assert "note[SEC013]" in done.out
    assert bench.files() == before


def test_a_foreign_call_is_left_behind_and_a_harmful_one_leaves_all(bench: Bench) -> None:
    clean = pickled(state())
    call = b"cmylab\nhello\n(X\x02\x00\x00\x00hitR0"
    with_model(bench, archive(clean[:2] + call + clean[2:], [WEIGHT, BIAS]))
    assert bench("check", *SELECT).code == 1
    assert bench("check", "--fix", *SELECT).code == 0
    harmful = archive(
        clean[:2] + call.replace(b"mylab\nhello", b"os\nsystem") + clean[2:], [WEIGHT, BIAS]
    )
    with_model(bench, harmful)
    done = bench("check", "--fix", *SELECT)
    assert done.code == 1
    assert done.err == "nothing to fix safely\n"
    assert "would call os.system" in done.out


def test_a_file_that_is_not_the_declared_one_is_not_made_it(bench: Bench) -> None:
    with_model(bench, state_file())
    other = archive(pickled(state()), [WEIGHT, BIAS], {"extra": b""})
    (bench.folder / "weights/model.pt").write_bytes(other)
    done = bench("check", "--fix", *SELECT)
    assert done.code == 1
    assert "INT001" in done.out
    assert not (bench.folder / "weights/model.safetensors").exists()
