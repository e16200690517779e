from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import EVIL_PICKLE, WEIGHTS, Ran, run_apart, safetensors
from weighbridge.adapters import dask_engine

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

NOBODY = "dask://127.0.0.1:9"
VERBS = [
    ("scan", ".", "--output-format=json"),
    ("check", "--output-format=json"),
    ("digest", ".", "extra/link.bin", "--output-format=json"),
]


@pytest.fixture(scope="module")
def folder(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, and beside it files of which some are not clean, and some not even files."""
    folder = tmp_path_factory.mktemp("engines") / "project"
    shutil.copytree(committed, folder)
    extra = folder / "extra"
    extra.mkdir()
    for name, data in {
        "evil.pkl": EVIL_PICKLE,
        "cut.safetensors": WEIGHTS[:-1],
        "large.safetensors": safetensors(*map(float, range(30_000))),
        "promised.gguf": WEIGHTS,
        "zeros.bin": bytes(200_000),
        "é": b"text\n",
    }.items():
        (extra / name).write_bytes(data)
    (extra / "link.bin").symlink_to("zeros.bin")
    (folder / "weighbridge.toml").write_text('engine = "processes:3"\n')
    return folder


@pytest.fixture(scope="module")
def here(folder: Path) -> dict[tuple[str, ...], Ran]:
    """What is said where the command reads the files itself."""
    return {verb: run_apart(folder, *verb, "--engine", "here") for verb in VERBS}


@pytest.mark.parametrize(
    ("words", "environ"),
    [
        (("--engine", "processes:1"), {}),
        ((), {"WEIGHBRIDGE_ENGINE": "processes:2"}),
        ((), {}),
    ],
    ids=["flag", "variable", "file"],
)
@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_every_engine_says_the_same(
    folder: Path,
    here: dict[tuple[str, ...], Ran],
    verb: tuple[str, ...],
    words: tuple[str, ...],
    environ: dict[str, str],
) -> None:
    assert here[verb].out
    assert run_apart(folder, *verb, *words, environ=environ) == here[verb]


def test_what_is_said_is_worth_comparing(here: dict[tuple[str, ...], Ran]) -> None:
    scanned, checked, digested = (here[verb] for verb in VERBS)
    assert {file["verdict"] for file in scanned.json["files"]} == {
        "clean",
        "malicious",
        "needs-review",
    }
    assert {ran.code for ran in (scanned, checked, digested)} == {0, 1}


@pytest.mark.parametrize("verb", ["scan", "check", "digest"])
@pytest.mark.parametrize(
    "name",
    ["", "there", "process", "processes:0", "processes:x", "dask://", "dask://host", "HERE"],
)
def test_an_engine_that_is_none_is_refused(bench: Bench, verb: str, name: str) -> None:
    words = (verb, ".") if verb != "check" else (verb,)
    found = bench(*words, f"--engine={name}")
    assert (found.code, found.out) == (2, "")
    assert "engine is one of processes, processes:N, dask://HOST:PORT, here" in found.err
    assert "--engine" in found.err


@pytest.mark.parametrize("way", ["variable", "file"])
def test_it_is_said_where_a_wrong_engine_was_named(
    bench: Bench, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "variable":
        monkeypatch.setenv("WEIGHBRIDGE_ENGINE", "there")
    else:
        monkeypatch.delenv("WEIGHBRIDGE_ENGINE")
        (bench.folder / "weighbridge.toml").write_text('\nengine = "there"\n')
    found = bench("scan", ".")
    assert (found.code, found.out) == (2, "")
    assert "engine is one of" in found.err
    assert ("WEIGHBRIDGE_ENGINE" if way == "variable" else "weighbridge.toml:2:1") in found.err


def test_the_nearest_to_the_user_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_engine, "_CONNECT", "200ms")
    (bench.folder / "weighbridge.toml").write_text(f'engine = "{NOBODY}"\n')
    assert bench("digest", "labels.json").code == 0  # the variable says `here`
    monkeypatch.delenv("WEIGHBRIDGE_ENGINE")
    assert NOBODY in bench("digest", "labels.json").err
    assert bench("digest", "labels.json", "--engine=processes:1").code == 0
    monkeypatch.setenv("WEIGHBRIDGE_ENGINE", NOBODY)
    assert bench("digest", "labels.json", "--engine=here").code == 0


@pytest.mark.parametrize("verb", ["scan", "check", "digest"])
def test_a_cluster_that_does_not_answer_is_said_so(
    bench: Bench, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_engine, "_CONNECT", "200ms")
    words = (verb, ".") if verb != "check" else (verb,)
    found = bench(*words, "--engine", NOBODY)
    assert (found.code, found.out) == (2, "")
    assert f"no Dask scheduler answers at {NOBODY}" in found.err
    assert "name another engine with --engine" in found.err
