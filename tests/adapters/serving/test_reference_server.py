from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.serving.models import TYPES, picking
from tests.reference_servers import answer_of, running
from weighbridge.adapters.runners.inference import InferenceRunner
from weighbridge.model.trial import Served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reference_servers import Running

X = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1.0, 2.0, 4.0]}
VALUES: dict[str, list[Any]] = {
    "BOOL": [True, False],
    "BYTES": ["", "häß\0 \U0001f600"],
    "FP16": [0.5, -65504],
    "FP32": [1.5, 3.4028234663852886e38],
    "FP64": [1e-300, 1e300],
    "INT16": [-(2**15), 2**15 - 1],
    "INT32": [-(2**31), 2**31 - 1],
    "INT64": [-(2**63), 2**63 - 1],
    "INT8": [-128, 127],
    "UINT16": [0, 2**16 - 1],
    "UINT32": [0, 2**32 - 1],
    "UINT64": [0, 2**64 - 1],
    "UINT8": [0, 255],
}


def given(name: str, data: list[Any], shape: list[int] | None = None) -> dict[str, Any]:
    return {"name": name, "shape": shape or [len(data)], "datatype": name, "data": data}


def test_server_and_model_say_what_they_are(logarithms: Running) -> None:
    def told(path: str) -> Any:  # noqa: ANN401 - what JSON holds
        status, value, headers = logarithms.ask("GET", path)
        assert (status, headers["X-Weighbridge-Release"]) == (200, "sha256:abc")
        return value

    about = {"name": "weighbridge-reference-server", "version": "1", "extensions": []}
    assert told("/v2") == about
    assert told("/v2/health/live") == {"live": True}
    assert told("/v2/health/ready") == {"ready": True}
    for model in ("/v2/models/demo", "/v2/models/demo/versions/3"):
        assert told(f"{model}/ready") == {"name": "demo", "ready": True}
        assert told(model) == {
            "name": "demo",
            "versions": ["3"],
            "platform": "onnxruntime_onnx",
            "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}],
            "outputs": [
                {"name": "double", "datatype": "FP32", "shape": [-1, 3]},
                {"name": "log", "datatype": "FP32", "shape": [-1, 3]},
            ],
        }
    status, said, headers = logarithms.ask("HEAD", "/v2")
    assert (status, said, headers["Content-Length"]) == (200, "", str(len(dump(about))))


def dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("data", [[1, 2.0, 4, 8, 16, 32], [[1, 2, 4], [8, 16, 32]]])
def test_data_may_be_flat_or_nested(logarithms: Running, data: list[Any]) -> None:
    asked = {
        "id": "a 1",
        "parameters": {"binary_data_output": False},
        "inputs": [{**X, "shape": [2, 3], "data": data}],
        "outputs": [{"name": "double"}],
    }
    assert logarithms.infer(asked) == (
        200,
        {
            "model_name": "demo",
            "model_version": "3",
            "id": "a 1",
            "outputs": [
                {
                    "name": "double",
                    "shape": [2, 3],
                    "datatype": "FP32",
                    "data": [2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
                }
            ],
        },
    )


def test_what_json_has_no_number_for_is_null(logarithms: Running) -> None:
    _, value = logarithms.infer({"id": None, "inputs": [{**X, "data": [0, -1, 1]}]})
    assert "id" not in value
    assert [one["name"] for one in value["outputs"]] == ["double", "log"]
    assert value["outputs"][1]["data"] == [None, None, 0.0]


def test_each_type_comes_back_as_it_went(mirrors: Running) -> None:
    status, value = mirrors.infer({"inputs": [given(one, VALUES[one]) for one in TYPES]})
    assert status == 200
    assert "model_version" not in value
    assert {one["datatype"]: one["data"] for one in value["outputs"]} == VALUES
    status, value = mirrors.infer({"inputs": [{**given(one, []), "shape": [0]} for one in TYPES]})
    assert (status, {tuple(one["data"]) for one in value["outputs"]}) == (200, {()})


WRONG: list[tuple[str, Any]] = [
    ("BOOL", 1),
    ("BOOL", "true"),
    ("BYTES", 1),
    ("BYTES", "\ud800"),
    ("FP16", 65520),
    ("FP32", 1e39),
    ("FP32", True),
    ("FP32", None),
    ("FP64", 10**400),
    ("FP64", "1"),
    ("INT32", 1.0),
    ("INT32", False),
    ("INT32", 2**31),
    ("INT64", -(2**63) - 1),
    ("INT8", 128),
    ("INT8", [1]),
    ("UINT64", 2**64),
    ("UINT8", -1),
]


@pytest.mark.parametrize(("datatype", "wrong"), WRONG)
def test_a_value_of_another_type_is_refused(mirrors: Running, datatype: str, wrong: object) -> None:
    tensors = [given(one, [wrong] if one == datatype else VALUES[one]) for one in TYPES]
    status, value = mirrors.infer({"inputs": tensors})
    assert (status, list(value)) == (400, ["error"])
    assert datatype in value["error"]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ([], "a request is an object"),
        ({"id": 1, "inputs": [X]}, "id is no text"),
        ({}, "inputs is no list of objects"),
        ({"inputs": [1]}, "inputs is no list of objects"),
        ({"inputs": []}, "the input x is missing"),
        ({"inputs": [{}]}, "an input has no name"),
        ({"inputs": [X, X]}, "the input x is given twice"),
        ({"inputs": [{**X, "name": "y"}]}, "the model has no input 'y'"),
        ({"inputs": [{**X, "datatype": "FP64"}]}, "the input x is not given as FP32"),
        ({"inputs": [{**X, "datatype": ["FP32"]}]}, "the input x is not given as FP32"),
        ({"inputs": [{**X, "shape": 3}]}, "the shape of x is no list"),
        ({"inputs": [{**X, "shape": [1] * 33}]}, "the shape of x is no list of at most 32"),
        ({"inputs": [{**X, "shape": [True, 3]}]}, "the shape of x holds what is no size"),
        ({"inputs": [{**X, "shape": [-1, 3]}]}, "the shape of x holds what is no size"),
        ({"inputs": [{**X, "shape": [2**63, 3]}]}, "the shape of x holds what is no size"),
        ({"inputs": [{**X, "shape": [1, 2]}]}, "has the shape [-1, 3], not [1, 2]"),
        ({"inputs": [{**X, "shape": [3]}]}, "has the shape [-1, 3], not [3]"),
        ({"inputs": [{**X, "shape": [3, 3]}]}, "holds 3, and max_batch_size is 2"),
        ({"inputs": [{**X, "shape": [2, 3]}]}, "x has 3 values"),
        ({"inputs": [{**X, "data": "abc"}]}, "the data of x is no list"),
        ({"inputs": [{**X, "data": [[1], [2], [3]]}]}, "is nested as [3, 1]"),
        ({"inputs": [{**X, "data": [[1, 2, 3], 4]}]}, "not all of one length"),
        ({"inputs": [{**X, "data": [1, 2, [3]]}]}, "a value of x is not of type FP32"),
        ({"inputs": [X], "outputs": {}}, "outputs is no list of objects"),
        ({"inputs": [X], "outputs": [{}]}, "an output has no name"),
        ({"inputs": [X], "outputs": [{"name": "y"}]}, "the model has no output 'y'"),
        ({"inputs": [X], "outputs": [{"name": "log"}] * 2}, "an output is asked for twice"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    logarithms: Running, request_: object, words: str
) -> None:
    status, value = logarithms.infer(request_)
    assert status == 400
    assert words in value["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v2/", 404),
        ("GET", "/v2/models", 404),
        ("GET", "/v2/models/other", 404),
        ("GET", "/v2/models/demo/versions/4", 404),
        ("GET", "/v2/models/other/ready", 404),
        ("POST", "/v2/models/other/infer", 404),
        ("POST", "/v2/models/demo/versions/4/infer", 404),
        ("POST", "/elsewhere", 404),
        ("GET", "/v2/models/demo/infer", 405),
        ("POST", "/v2/models/demo", 405),
        ("POST", "/v2/health/ready", 405),
        ("POST", "/metrics", 405),
        ("DELETE", "/v2/models/demo", 405),
        ("POST", "/v2/models/demo/infer", 411),
    ],
)
def test_what_is_not_there_or_not_asked_so(
    logarithms: Running, method: str, path: str, status: int
) -> None:
    connection = logarithms.connect()
    connection.putrequest(method, path)
    connection.endheaders()
    seen, value, headers = answer_of(connection)
    connection.close()
    assert (seen, list(value)) == (status, ["error"])
    assert ("Allow" in headers) == (status == 405)
    assert headers["X-Weighbridge-Release"] == "sha256:abc"


def test_many_requests_go_over_one_connection(logarithms: Running) -> None:
    connection = logarithms.connect()
    body = json.dumps({"inputs": [X], "outputs": [{"name": "double"}]}).encode()
    for path, data, wanted in [
        ("/v2/models/demo/infer", body, 200),
        ("/v2/models/demo/infer", b"{", 400),
        ("/v2/models/d%65mo/versions/3/infer?x=1", body, 200),
    ] * 3:
        connection.request("POST", path, data)
        port = connection.sock.getsockname()[1]
        assert answer_of(connection)[0] == wanted
        assert connection.sock.getsockname()[1] == port
        connection.request("GET", "/v2/health/live")
        assert answer_of(connection)[0] == 200
    connection.close()


def test_our_own_runner_can_ask_it(logarithms: Running) -> None:
    url = f"http://127.0.0.1:{logarithms.port}/v2/models/demo"
    served = Served(runner="open-inference", folder="", endpoint=url, dtypes={})
    with InferenceRunner().open(served) as model:
        found = model.ask({"x": [[1.0, 1.0, 1.0]]})
    assert found.outputs["log"] == [[0.0, 0.0, 0.0]]
    assert found.by == "demo 3"


def test_metrics_tell_faults_of_the_model_from_mistakes_of_clients(tmp_path: Path) -> None:
    with running(picking(tmp_path / "model.onnx"), version="7") as server:
        before = server.metrics()
        assert set(before.values()) == {0.0, 1.0}
        assert [name for name, value in before.items() if value] == ["model_loaded"]
        for index, status in [(0, 200), (3, 200), (4, 500), (True, 400)]:
            tensor = {"name": "index", "shape": [1], "datatype": "INT64", "data": [index]}
            assert server.infer({"inputs": [tensor]})[0] == status
        failed = server.event("failed")
        after = server.metrics()
    assert (failed["status"], failed["path"]) == (500, "/v2/models/demo/infer")
    assert "out of data bounds" in failed["error"]
    assert after.keys() == before.keys()
    names = ("requests_total", "requests_errors_total", "requests_rejected_total")
    assert [after[name] for name in names] == [4, 1, 1]
    assert (after["requests_in_flight"], after["request_duration_seconds_count"]) == (0, 4)
    buckets = [
        value
        for name, value in after.items()
        if name.startswith("request_duration") and "le=" in name
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 4
    assert 0 < after["request_duration_seconds_sum"] < math.inf
