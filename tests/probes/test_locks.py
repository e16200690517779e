from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.codec.locks.samples import CONDA, REQUIREMENTS, UV
from weighbridge.codec.canonical import digest
from weighbridge.codec.locks import LIMITS
from weighbridge.codec.manifest import read_release
from weighbridge.model.fact import MISSING, InputRequirement, ObservedLock, Unavailable
from weighbridge.model.lock import Lock
from weighbridge.probes.locks import observe_lock_bytes, observe_locks

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.release import ModelRelease


def release(dependencies: str) -> ModelRelease:
    text = f"""\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata: {{name: ranker, version: "1.0", owner: {{team: search}}}}
spec:
  source: {{}}
  model: {{name: ranker}}
  environment: {{runtime: {{implementation: cpython, version: "3.11.7"}}}}
  dependencies: {dependencies}
  artifacts: [{{name: model, role: weights, path: model.onnx}}]
"""
    return read_release(text.encode(), "release.yaml")[0]


def observe(root: Path, path: str, kind: str = "requirements") -> ObservedLock | Unavailable:
    found = observe_locks(root, release(f"{{runtime: {{lock: {path}, format: {kind}}}}}"))
    assert list(found) == [path]
    return found[path]


def observed(root: Path, path: str, kind: str = "requirements") -> ObservedLock:
    found = observe(root, path, kind)
    assert isinstance(found, ObservedLock)
    return found


def reason(root: Path, path: str) -> str:
    found = observe(root, path)
    assert isinstance(found, Unavailable)
    return found.reason


def test_a_lock_and_its_input(tmp_path: Path) -> None:
    (tmp_path / "runtime.lock").write_text(REQUIREMENTS)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["numpy>=1.26"]\n')
    found = observed(tmp_path, "runtime.lock")
    assert found.digest == digest(REQUIREMENTS.encode())
    assert isinstance(found.lock, Lock)
    assert [pin.name for pin in found.lock.pins] == ["numpy", "colorama", "scikit-learn"]
    assert found.inputs == (
        InputRequirement(file="pyproject.toml", line=2, requirement="numpy>=1.26"),
    )


def test_every_lock_is_observed(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(UV)
    found = observe_locks(
        tmp_path,
        release(
            "{runtime: {lock: uv.lock, format: uv}, dev: {lock: dev.lock, format: pylock},"
            " test: {lock: TODO, format: pylock}}"
        ),
    )
    assert list(found) == ["uv.lock", "dev.lock", "TODO"]
    assert isinstance(found["uv.lock"], ObservedLock)
    assert found["dev.lock"] == Unavailable(MISSING)
    assert found["TODO"] == Unavailable(
        "the manifest does not name the lock yet", "replace the TODO"
    )


@pytest.mark.parametrize("inputs", ["locks/a.in", "a.in"])
def test_inputs_lie_beside_the_manifest_or_the_lock(tmp_path: Path, inputs: str) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/runtime.lock").write_text("# uv pip compile a.in -o runtime.lock\na==1\n")
    (tmp_path / inputs).write_text("a\n")
    found = observed(tmp_path, "locks/runtime.lock").inputs
    assert found == (InputRequirement(file=inputs, line=1, requirement="a"),)


@pytest.mark.parametrize("header", ["", "# uv pip compile ../a.in", "# pip-compile /a.in"])
def test_inputs_that_are_not_there_are_left_out(tmp_path: Path, header: str) -> None:
    root = tmp_path / "release"
    root.mkdir()
    (tmp_path / "a.in").write_text("outside\n")
    (root / "broken.in").write_text("a=1\n")
    (root / "runtime.lock").write_text(f"{header}\na==1\n")
    assert observed(root, "runtime.lock").inputs == ()


def test_a_broken_lock_still_has_a_digest(tmp_path: Path) -> None:
    (tmp_path / "runtime.lock").write_text("a==1\nb=1\n")
    found = observed(tmp_path, "runtime.lock")
    assert found.digest == digest(b"a==1\nb=1\n")
    assert isinstance(found.lock, Unavailable)
    assert found.lock.reason == "runtime.lock:2: 'b=1' is not a requirement (PEP 508)"
    assert found.lock.hint


@pytest.mark.parametrize("kind", ["poetry", "TODO"])
def test_other_formats_are_unavailable(kind: str) -> None:
    found = observe_lock_bytes("env.lock", kind, b"x").lock
    assert found == Unavailable(
        f"{kind} locks are not read by this version",
        "name a lock of another format: conda, pylock, requirements, uv",
    )


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "dangling").symlink_to("nowhere")
    for path in ("runtime.lock", "file/runtime.lock", "dangling"):
        assert reason(tmp_path, path) == MISSING


def test_nothing_outside_is_read(tmp_path: Path) -> None:
    root = tmp_path / "release"
    (root / "locks").mkdir(parents=True)
    (tmp_path / "secret.lock").write_text("a==1\n")
    (root / "link.lock").symlink_to("../secret.lock")
    (root / "up").symlink_to("..")
    for path in ("link.lock", "up/secret.lock", "../secret.lock", f"{tmp_path}/secret.lock"):
        assert reason(root, path) == "its path leads out of the folder of the manifest"


def test_links_inside_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real.lock").write_text("a==1\n")
    (tmp_path / "link.lock").symlink_to("real.lock")
    assert observed(tmp_path, "link.lock").digest == digest(b"a==1\n")


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.lock")
    (tmp_path / "folder.lock").mkdir()
    (tmp_path / "cycle.lock").symlink_to("cycle.lock")
    assert reason(tmp_path, "pipe.lock") == "it is not a regular file"
    assert reason(tmp_path, "folder.lock") == "it is a directory"
    assert reason(tmp_path, "cycle.lock") == "its path leads in a circle"


def test_size_is_limited(tmp_path: Path) -> None:
    with (tmp_path / "big.lock").open("wb") as stream:
        stream.truncate(LIMITS.size + 1)
    assert reason(tmp_path, "big.lock") == "is larger than 16 MiB"


def test_bytes_of_a_sealed_release() -> None:
    found = observe_lock_bytes("runtime.lock", "requirements", REQUIREMENTS.encode())
    assert (found.path, found.digest) == ("runtime.lock", digest(REQUIREMENTS.encode()))
    assert isinstance(found.lock, Lock)
    assert found.inputs == ()


def test_an_input_that_cannot_be_read_leaves_the_question_open(tmp_path: Path) -> None:
    (tmp_path / "runtime.in").write_text("a=1\n")
    (tmp_path / "runtime.lock").write_text("a==1\n")
    inputs = observed(tmp_path, "runtime.lock").inputs
    assert isinstance(inputs, Unavailable)
    assert "runtime.in:1" in inputs.reason


def test_a_lock_of_conda_is_read_and_held_against_no_input(tmp_path: Path) -> None:
    (tmp_path / "conda-lock.yml").write_text(CONDA)
    (tmp_path / "conda-lock.in").write_text("numpy\n")
    found = observed(tmp_path, "conda-lock.yml", "conda")
    assert isinstance(found.lock, Lock)
    assert [pin.ecosystem for pin in found.lock.pins] == ["conda", "conda", "pypi"]
    assert found.inputs == ()


def test_a_project_beside_a_lock_of_uv_is_read_with_its_groups_and_pythons(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(UV)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nrequires-python = ">=3.10"\n[dependency-groups]\ndev = ["pytest"]\n'
    )
    found = observed(tmp_path, "uv.lock", "uv")
    assert found.requires_python == ">=3.10"
    assert found.inputs == (
        InputRequirement(file="pyproject.toml", line=4, requirement="pytest", group="dev"),
    )
