"""A server of others serves the same file: the same requests, the same numbers."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.serving.models import logarithm
from tests.mlservers import served_by_mlserver
from tests.reference_servers import running
from tests.registries import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60.0
INFER = "/v2/models/demo/versions/3/infer"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """Serve the release in a folder; yield its port and that of its metrics."""
    words, files, variables = served_by_mlserver("demo", "3")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    port, metrics_port = free_port(), free_port()
    filled = [one.format(port=port, metricsPort=metrics_port) for one in words]
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", **variables}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            filled, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(process, port, folder / "log")
        yield port, metrics_port
        process.terminate()
        process.wait(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        # It says so nowhere else; to wait for its end is a pause that ends early when it dies.
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            if ready(port):
                return
        else:
            break
    raise AssertionError(log.read_text())


def ready(port: int) -> bool:
    try:
        return ask(port, "GET", "/v2/health/ready")[0] == 200
    except OSError:
        return False


def ask(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def outputs(answer: dict[str, Any]) -> list[Any]:
    return [
        [one[key] for key in ("name", "shape", "datatype", "data")] for one in answer["outputs"]
    ]


def requests(text: str, name: str, status: int) -> float:
    """Return what mlserver counted of inference requests with a status."""
    found = re.findall(rf"(?m)^{name}{{(.*)}} (\S+)$", text)
    return sum(
        float(value)
        for labels, value in found
        if f'status_code="{status}"' in labels and "/infer" in labels
    )


@pytest.mark.slow
def test_both_servers_give_the_same_numbers(tmp_path: Path) -> None:
    model = logarithm(tmp_path / "model.onnx")
    rows = [[0.1, 1e-3, 7.25], [1e30, 3.0, 0.0]]
    tensor = {"name": "x", "shape": [2, 3], "datatype": "FP32", "data": rows[0] + rows[1]}
    bodies = [
        json.dumps({"id": "1", "inputs": [tensor], "outputs": [{"name": "double"}]}).encode(),
        json.dumps({"id": "2", "inputs": [{**tensor, "shape": [1, 3], "data": rows[:1]}]}).encode(),
    ]
    with serving(tmp_path) as (port, metrics_port), running(model, version="3") as ours:
        for body in bodies:
            status, text = ask(port, "POST", INFER, body)
            theirs = json.loads(text)
            assert status == 200, text
            status, value, _ = ours.ask("POST", INFER, body)
            assert status == 200
            assert outputs(value) == outputs(theirs)
            assert value.keys() == theirs.keys() - {"parameters"}
            for key in ("id", "model_name", "model_version"):
                assert value[key] == theirs[key]
        wrong = json.dumps({"inputs": [{**tensor, "name": "y"}]}).encode()
        assert ask(port, "POST", INFER, wrong)[0] == 500
        assert ours.ask("POST", INFER, wrong)[0] == 400
        text = ask(metrics_port, "GET", "/metrics")[1]
    (tmp_path / "metrics").write_text(text)
    assert requests(text, "rest_server_requests_total", 200) == 2
    assert requests(text, "rest_server_requests_total", 500) == 1
    assert requests(text, "rest_server_request_duration_seconds_count", 200) == 2
    assert 'model_infer_request_success_total{model="demo",version="3"} 2.0' in text
    assert 'model_infer_request_failure_total{model="demo",version="3"} 1.0' in text
