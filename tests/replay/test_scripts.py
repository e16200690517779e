"""Small training scripts: the faults planted in some are found and named, and the others pass."""

from __future__ import annotations

import http.server
import importlib.util
import threading
from typing import TYPE_CHECKING

import pytest

from tests.replay.builds import laid_out
from weighbridge.model.replay import reaches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.replay import Reproduced

CHEAP = 3
"""Trainings, the plain one included, that the common case may cost."""
CLEAN = {
    "ngrams": ("out/pairs.json", "", "bitwise"),
    "numpy_kmeans": ("centres.npy", "", "bitwise"),
    "numpy_logistic": ("model.npz", "", "bitwise"),
    "onnx_export": ("model.onnx", "", "bitwise"),
    "packed_weights": ("model.zip", "", "stabilised"),
    "sklearn_forest": ("model.joblib", "sklearn", "bitwise"),
    "xgboost_trees": ("model.json", "xgboost", "bitwise"),
    "lightgbm_trees": ("model.txt", "lightgbm", "bitwise"),
    "skl2onnx_export": ("model.onnx", "skl2onnx", "stabilised"),
}
"""What each makes, the package it needs beside numpy and onnx, and how alike it is at least."""
FAULTS = {
    "fault_clock": ("model.json", "", "clock"),
    "fault_reduction": ("model.npy", "", "blas-kernel"),
    "fault_set_order": ("vocabulary.json", "", "hash-seed"),
    "fault_sklearn_unseeded": ("model.joblib", "sklearn", "unseeded"),
    "fault_threads": ("model.npy", "", "threads"),
    "fault_timezone": ("model.txt", "", "timezone"),
    "fault_unseeded": ("model.npy", "", "unseeded"),
    "fault_unsorted_glob": ("model.npy", "", "file-order"),
}
"""What each makes, the package it needs, and what its outputs depend on."""


def _cases(table: dict[str, tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """List the scripts whose package is here, with what they make and what is wanted of them."""
    return [
        (name, output, wanted)
        for name, (output, package, wanted) in table.items()
        if not package or importlib.util.find_spec(package)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "output", "verdict"), _cases(CLEAN))
def test_a_clean_script_is_made_again_at_the_cost_of_few_trainings(
    name: str, output: str, verdict: Reproduced, tmp_path: Path
) -> None:
    project = laid_out(tmp_path, f"{name}.py")
    done = project.replay(project.record(output), perturbed=True)
    assert reaches(done.verdict, verdict)
    assert (done.guilty, done.undecided) == ((), ())
    assert done.builds <= CHEAP
    assert (done.deeds, done.drift, done.outcome) == ((), (), "pass")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "output", "guilty"), _cases(FAULTS))
def test_a_planted_fault_is_found_and_named(
    name: str, output: str, guilty: str, tmp_path: Path
) -> None:
    project = laid_out(tmp_path, f"{name}.py")
    done = project.replay(project.record(output), perturbed=True)
    assert [one.name for one in done.guilty] == [guilty]
    assert done.guilty[0].path == output
    assert done.outcome == "fail"


def test_a_file_that_c_read_and_nobody_declares_is_named(tmp_path: Path) -> None:
    project = laid_out(tmp_path, "fault_hidden_file.py")
    done = project.replay(project.record("model.txt"))
    assert (done.verdict, done.outcome) == ("could-not-replay", "inconclusive")
    hidden = str(tmp_path / "hidden" / "bias.txt")
    assert hidden in [one.what for one in done.deeds if one.kind == "undeclared-input"]
    tried = [one.what for one in done.deeds if one.kind == "read-outside"]
    assert any(path.endswith("/hidden/bias.txt") for path in tried)
    assert "hidden/bias.txt is not there" in done.said


@pytest.fixture
def served() -> Iterator[int]:
    """Serve the same ten bytes to whoever asks; return the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"w" * 10)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_was_fetched_cannot_be_made_again_and_the_address_is_named(
    served: int, tmp_path: Path
) -> None:
    project = laid_out(tmp_path, "fault_network.py")
    record = project.record("model.bin", command=("python", "train.py", str(served)))
    done = project.replay(record)
    assert (done.verdict, done.builds) == ("could-not-replay", 1)
    assert f"127.0.0.1:{served}" in [one.what for one in done.deeds if one.kind == "network"]
