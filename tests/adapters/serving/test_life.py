"""A server begins, ends and refuses to begin."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.serving.models import in_sequence, logarithm
from tests.reference_servers import answer_of, configuration, running
from tests.tools import training_python
from weighbridge.adapters.serving import command, reference_server

if TYPE_CHECKING:
    from pathlib import Path

BODY = json.dumps(
    {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}
).encode()


def test_who_has_begun_is_answered_before_it_ends(tmp_path: Path) -> None:
    with running(logarithm(tmp_path / "model.onnx")) as server, closing(server.connect()) as begun:
        begun.putrequest("POST", "/v2/models/demo/infer")
        begun.putheader("Content-Length", str(len(BODY)))
        begun.endheaders(BODY[:10])
        while server.metrics()["requests_in_flight"] < 1:
            pass
        os.kill(server.process.pid, signal.SIGTERM)
        while server.ask("GET", "/v2/health/ready")[0] != 503:
            pass
        assert server.ask("GET", "/v2/health/live")[0] == 200
        status, value, headers = server.ask("POST", "/v2/models/demo/infer", BODY)
        assert (status, headers["Connection"]) == (503, "close")
        assert value == {"error": "the server is about to end"}
        assert server.metrics()["requests_errors_total"] == 1
        begun.send(BODY[10:])
        assert answer_of(begun)[0] == 200
        assert server.event("ended")["idle"]
        assert server.process.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with running(logarithm(tmp_path / "model.onnx")) as server, closing(server.connect()) as kept:
        kept.request("GET", "/v2/health/ready")
        assert answer_of(kept)[0] == 200
        os.kill(server.process.pid, number)
        assert server.process.wait() == 0


def test_it_lives_before_it_is_ready(tmp_path: Path) -> None:
    pipe = tmp_path / "model.onnx"
    os.mkfifo(pipe)  # whoever reads it waits until somebody writes
    with running(pipe, ready=False) as server:
        assert server.ask("GET", "/v2/health/live")[0] == 200
        for path in ("/v2/health/ready", "/v2/models/demo", "/v2/models/demo/ready"):
            status, value, _ = server.ask("GET", path)
            assert (status, value) == (503, {"error": "the model is being loaded"})
        assert server.ask("POST", "/v2/models/demo/infer", BODY)[0] == 503
        assert server.metrics()["model_loaded"] == 0
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait() == 0


def test_it_needs_nothing_but_its_own_files(tmp_path: Path) -> None:
    program = shutil.copy(reference_server(), tmp_path)
    shutil.copytree(reference_server().parent / "reference", tmp_path / "reference")
    started = command(str(training_python()), "model.onnx", "demo", "", 0)
    logarithm(tmp_path / "model.onnx")
    process = subprocess.Popen(
        [*(program if one == str(reference_server()) else one for one in started)],
        cwd=tmp_path,
        env={},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process:
        try:
            events = [json.loads(process.stderr.readline())["event"] for _ in range(2)]
        finally:
            process.terminate()
        assert events == ["listening", "ready"]
        assert process.wait() == 0


def refused(*more: str, model: str = "missing.onnx", **variables: str) -> tuple[int, str]:
    done = subprocess.run(
        [*command(sys.executable, model, "demo", "", 0), *more],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_model_that_cannot_be_loaded_ends_it(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    for model in (tmp_path / "broken.onnx", tmp_path / "missing.onnx"):
        code, said = refused(model=str(model))
        assert code == 1
        assert f"reference_server: cannot load {model}: " in said


def test_an_output_that_is_no_tensor_is_left_out(tmp_path: Path) -> None:
    with running(in_sequence(tmp_path / "model.onnx", also=True), ready=False) as server:
        assert server.event("ready")["leftOut"] == ["sequence"]
        tensor = {"name": "x", "shape": [3], "datatype": "FP32", "data": [1, 2, 3]}
        _, value = server.infer({"inputs": [tensor]})
    assert [one["name"] for one in value["outputs"]] == ["double"]
    code, said = refused(model=str(in_sequence(tmp_path / "other.onnx", also=False)))
    assert code == 1
    assert "none of its outputs is a tensor" in said


@pytest.mark.parametrize(
    ("parameters", "variables", "words"),
    [
        ({"max_batch_size": 0}, {}, "max_batch_size is no positive integer"),
        ({"max_batch_size": True}, {}, "max_batch_size is no positive integer"),
        ({"max_batch_size": None}, {}, "max_batch_size is no positive integer"),
        ([], {}, "parameters.json holds no object"),
        ({}, {"WEIGHBRIDGE_RELEASE": "sha256:def"}, "the configuration is of 'sha256:abc'"),
        ({}, {"WEIGHBRIDGE_RELEASE": "a\nb"}, "WEIGHBRIDGE_RELEASE is no digest"),
        ({}, {"OMP_NUM_THREADS": "many"}, "OMP_NUM_THREADS is no number of threads"),
        ({}, {"WEIGHBRIDGE_CONFIG": "missing"}, "cannot read missing/release.json"),
    ],
)
def test_a_configuration_that_does_not_hold_together_ends_it(
    tmp_path: Path,
    parameters: Any,  # noqa: ANN401 - what JSON holds
    variables: dict[str, str],
    words: str,
) -> None:
    given = str(configuration(tmp_path / "config", parameters))
    code, said = refused(**{"WEIGHBRIDGE_CONFIG": given, **variables})
    assert code == 1
    assert words in said


def test_a_port_that_is_taken_ends_it(tmp_path: Path) -> None:
    with running(logarithm(tmp_path / "model.onnx")) as server:
        code, said = refused(f"--port={server.port}")
    assert code == 1
    assert "in use" in said


def test_the_command_names_a_version_where_there_is_one() -> None:
    assert command("python", "m.onnx", "demo", "3", "{port}") == (
        *("python", "-I", str(reference_server()), "--model", "m.onnx", "--name", "demo"),
        *("--version", "3", "--host", "127.0.0.1", "--port", "{port}"),
    )


def test_it_is_written_in_the_python_of_old_releases() -> None:
    folder = reference_server().parent
    for path in [reference_server(), *folder.glob("reference/*.py")]:
        ast.parse(path.read_text(), feature_version=(3, 9))
