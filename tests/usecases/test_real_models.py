"""Models that people ship, from the wheels that carry them: nobody shall cry wolf at these."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench

MODELS = TOOLS / "models"
NO_MODEL = frozenset({".py", ".pyi", ".pyc", ".md", ".txt"})
# Raw numbers with no header, which joblib up to 0.9 put beside the pickle that says what they are.
HEADLESS = ".npy.z"


def models() -> list[Path]:
    """List the files that are no program."""
    found = [
        path
        for path in sorted(MODELS.rglob("*"))
        if path.is_file()
        and path.suffix not in NO_MODEL
        and not any(part.endswith(".dist-info") for part in path.parts)
        and path.parent != MODELS
    ]
    assert len(found) > 100, "there are no models: run `make tools`"
    return found


def is_misnamed(file: dict[str, Any]) -> bool:
    """joblib's tests call streams of zlib `.gz`: a name that lies is a finding, and stays one."""
    return bool(file["path"].endswith(".gz")) and file["format"] in {"zlib", "zfile"}


@pytest.mark.slow
def test_real_models_are_clean(run: Bench) -> None:
    paths = [str(path) for path in models()]
    scanned = run("scan", "--output-format", "json", *paths).json["files"]
    assert len(scanned) == len(paths)
    formats = Counter(file["format"] for file in scanned)
    assert {"onnx", "pickle", "torch-zip", "hdf5", "tflite", "tf-saved-model"} <= formats.keys()
    assert {"safetensors", "npy", "gzip", "xz", "lzma", "bzip2", "zlib", "coreml"} <= formats.keys()
    assert [file["path"] for file in scanned if file["verdict"] == "malicious"] == []
    codes = {file["path"]: {finding["code"] for finding in file["findings"]} for file in scanned}
    assert not any("SEC005" in found for found in codes.values())
    misnamed = [file["path"] for file in scanned if is_misnamed(file)]
    headless = [file["path"] for file in scanned if file["path"].endswith(HEADLESS)]
    assert (len(misnamed), len(headless)) == (10, 3)
    unread = [file["path"] for file in scanned if file["status"] != "complete"]
    assert [path for path in unread if path not in headless] == []
    assert [path for path in misnamed if codes[path] != {"INT008"}] == []
    others = [file for file in scanned if file["path"] not in {*misnamed, *headless}]
    flagged = [file["path"] for file in others if file["verdict"] != "clean"]
    assert len(flagged) <= 0.03 * len(others), flagged
