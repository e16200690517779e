"""A folder of more files than one page of a listing holds, from sealing to damage."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import WEIGHTS, Bench, blob, commit, sha256
from weighbridge.model.listing import INDEX_MEDIA_TYPE

if TYPE_CHECKING:
    from pathlib import Path

FILES = 10_020


@pytest.fixture
def large(bench: Bench) -> Bench:
    """Turn the artifact `model` into a folder of many files of few contents."""
    for number in range(FILES):
        (bench.folder / f"weights/{number:05}.txt").write_text(str(number % 9))
    bench.edit("path: weights/model.safetensors", "path: weights")
    bench.edit(f'digest: "{sha256(WEIGHTS)}"\n', "\n")
    bench.edit("      size: 75\n", "")
    bench.edit("      format: safetensors\n", "")
    commit(bench.folder)
    return bench


def told(bench: Bench, *words: str) -> tuple[int, list[tuple[str, str]]]:
    """Check the integrity, and return the exit code and what was found of what."""
    found = bench("check", *words, "--select", "INT", "--output-format", "json")
    return found.code, [(f["code"], f["subject"]) for f in found.json["findings"]]


@pytest.mark.slow
def test_a_folder_of_very_many_files_is_sealed_by_an_index_of_pages(large: Bench) -> None:
    assert large("seal").code == 0
    shown = large("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    (model,) = (entry for entry in shown["spec"]["artifacts"] if entry["name"] == "model")
    assert model["mediaType"] == INDEX_MEDIA_TYPE
    assert model["size"] == FILES + len(WEIGHTS)
    assert large("digest", "weights").out == f"{model['digest']}  weights\n"
    assert told(large) == (0, [])
    assert large("registry", "fsck").code == 0

    registry = large.folder / ".weighbridge"
    pages = json.loads(blob(registry, model["digest"]).read_bytes())["pages"]
    assert [page["count"] for page in pages] == [10_000, 21]
    assert large("capture", "--update").code == 0
    (large.folder / "weights/00007.txt").write_text("x")
    (large.folder / "weights/new").write_text("x")
    assert told(large) == (
        1,
        [("INT001", "weights/00007.txt"), ("INT003", "weights/new")],
    )

    shutil.rmtree(large.folder / "weights")
    assert told(large, "demo@1.0.0") == (0, [])
    damage(blob(registry, pages[1]["digest"]))
    code, findings = told(large, "demo@1.0.0")
    assert (code, {subject for _, subject in findings}) == (3, {"weights"})
    assert pages[1]["digest"] in large("registry", "fsck").out
    blob(registry, pages[1]["digest"]).unlink()
    gone = large("registry", "fsck")
    assert (gone.code, f"does not hold {pages[1]['digest']}" in gone.out) == (1, True)


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
