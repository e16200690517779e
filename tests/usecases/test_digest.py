from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.usecases.workshop import LABELS, WEIGHTS, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def test_a_file_has_the_sha256_of_its_bytes(bench: Bench) -> None:
    found = bench("digest", "labels.json", "weights/model.safetensors")
    assert (found.code, found.err) == (0, "")
    assert (
        found.out
        == f"{sha256(LABELS)}  labels.json\n{sha256(WEIGHTS)}  weights/model.safetensors\n"
    )
    assert found.out.split()[0] == "sha256:" + hashlib.sha256(LABELS).hexdigest()


def test_a_folder_has_the_digest_of_its_listing(bench: Bench) -> None:
    (bench.folder / "weights/.hidden").write_bytes(b"")
    listing = {
        "files": [
            {"digest": sha256(b""), "path": ".hidden", "size": 0},
            {"digest": sha256(WEIGHTS), "path": "model.safetensors", "size": len(WEIGHTS)},
        ]
    }
    text = json.dumps(listing, sort_keys=True, separators=(",", ":"))
    wanted = sha256(text.encode())
    assert bench("digest", "weights").out == f"{wanted}  weights\n"
    assert bench("digest", "weights/").out == f"{wanted}  weights/\n"


def test_the_json_has_sizes_too(bench: Bench) -> None:
    found = bench("digest", "labels.json", "weights", "--output-format", "json").json
    assert list(found) == ["schemaVersion", "files"]
    assert found["files"][0] == {
        "path": "labels.json",
        "digest": sha256(LABELS),
        "size": len(LABELS),
    }
    assert found["files"][1]["size"] == len(WEIGHTS)


def test_nothing_is_left_out_of_a_folder(bench: Bench) -> None:
    plain = bench("digest", ".").out
    (bench.folder / ".git/extra").write_text("x")
    assert bench("digest", ".").out != plain
