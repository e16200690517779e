"""Small training scripts: the faults planted in some are found and named, and the others pass."""

from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from tests.replay.builds import SCRIPTS, laid_out
from tests.tools import training_python
from weighbridge.model.replay import reaches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.replay import Reproduced

CHEAP = 3
"""Trainings, the plain one included, that the common case may cost."""
CLEAN: dict[str, tuple[str, Reproduced]] = {
    "ngrams": ("out/pairs.json", "bitwise"),
    "numpy_kmeans": ("centres.npy", "bitwise"),
    "numpy_logistic": ("model.npz", "bitwise"),
    "onnx_export": ("model.onnx", "bitwise"),
    "packed_weights": ("model.zip", "stabilised"),
    "sklearn_forest": ("model.joblib", "bitwise"),
    "xgboost_trees": ("model.json", "bitwise"),
    "lightgbm_trees": ("model.txt", "bitwise"),
    "skl2onnx_export": ("model.onnx", "stabilised"),
}
"""What each makes, and how alike it is at least."""
FAULTS = {
    "fault_clock": ("model.json", "clock", 5),
    "fault_reduction": ("model.npy", "blas-kernel", 6),
    "fault_set_order": ("vocabulary.json", "hash-seed", 7),
    "fault_sklearn_unseeded": ("model.joblib", "unseeded", 4),
    "fault_threads": ("model.npy", "threads", 6),
    "fault_timezone": ("model.txt", "timezone", 7),
    "fault_unseeded": ("model.npy", "unseeded", 4),
    "fault_unsorted_glob": ("model.npy", "file-order", 8),
}
"""What each makes, what its outputs depend on, and the trainings it took to find that."""
ALONE = {"fault_hidden_file", "fault_network"}
"""Those that cannot be made again, each with a test of its own."""


def test_no_script_is_left_out() -> None:
    there = {path.stem for path in SCRIPTS.glob("*.py")}
    assert there == {*CLEAN, *FAULTS, *ALONE}
    assert len(there) == 19


@pytest.mark.slow
@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_script_is_made_again_at_the_cost_of_few_trainings(
    name: str, tmp_path: Path
) -> None:
    output, verdict = CLEAN[name]
    project = laid_out(tmp_path, f"{name}.py", python=training_python())
    done = project.replay(project.record(output), perturbed=True)
    assert (done.guilty, done.undecided) == ((), ())
    assert reaches(done.verdict, verdict)
    assert done.builds <= CHEAP
    assert (done.deeds, done.drift, done.outcome) == ((), (), "pass")


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_named(name: str, tmp_path: Path) -> None:
    output, guilty, trainings = FAULTS[name]
    project = laid_out(tmp_path, f"{name}.py", python=training_python())
    done = project.replay(project.record(output), perturbed=True)
    assert [(one.name, one.path) for one in done.guilty] == [(guilty, output)]
    assert done.builds <= trainings
    assert done.outcome == "fail"


def test_a_file_that_c_read_and_nobody_declares_is_named(tmp_path: Path) -> None:
    project = laid_out(tmp_path, "fault_hidden_file.py", python=training_python())
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
    project = laid_out(tmp_path, "fault_network.py", python=training_python())
    record = project.record("model.bin", command=("python", "train.py", str(served)))
    done = project.replay(record)
    assert (done.verdict, done.builds) == ("could-not-replay", 1)
    assert f"127.0.0.1:{served}" in [one.what for one in done.deeds if one.kind == "network"]
