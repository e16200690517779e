from __future__ import annotations

import json
import math
import socket
from typing import Any

import pytest

from tests.inference_server import answered, doubling, serving, tensor
from weighbridge.adapters.runners.inference import InferenceRunner, check_endpoint
from weighbridge.model.errors import UsageError
from weighbridge.model.trial import NoAnswerError, Served, WrongAnswerError

X = {"x": [[1.0, 2.0]]}


def ask(url: str, inputs: dict[str, Any], **dtypes: str) -> Any:  # noqa: ANN401 - plain values
    runner = InferenceRunner(patience=2.0, largest=1 << 16)
    served = Served(runner="open-inference", folder="", endpoint=url, dtypes=dtypes)
    with runner.open(served) as model:
        assert model.memory() is None
        return model.ask(inputs)


@pytest.mark.parametrize("keep_alive", [True, False])
def test_a_server_is_asked_in_the_words_of_the_protocol(*, keep_alive: bool) -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> tuple[int, bytes]:
        asked.append(request)
        return doubling(request)

    with serving(answer, keep_alive=keep_alive) as url:
        found = ask(url, X)
    assert (found.outputs, found.by) == ({"y": [[2.0, 4.0]]}, "demo 3")
    assert asked == [{"inputs": [tensor("x", [1, 2], [1.0, 2.0])]}]


def test_the_signature_says_of_what_type_an_input_is_before_the_server_does() -> None:
    def answer(request: dict[str, Any]) -> tuple[int, bytes]:
        return answered(tensor("type", [], [request["inputs"][0]["datatype"]], "BYTES"))

    with serving(answer) as url:
        assert ask(url, {"x": 1}).outputs == {"type": ["FP32"]}
        assert ask(url, {"x": 1}, x="int64").outputs == {"type": ["INT64"]}
        assert ask(url, {"x": 1}, x="datetime").outputs == {"type": ["FP32"]}
    with serving(answer, described=(404, b"")) as url, pytest.raises(NoAnswerError, match="type"):
        ask(url, {"x": 1})


def test_a_ragged_input_is_no_tensor() -> None:
    with serving(doubling) as url, pytest.raises(NoAnswerError, match="not all of one length"):
        ask(url, {"x": [[1], [2, 3]]})


@pytest.mark.parametrize(
    ("shape", "data", "nested"),
    [
        ([2, 2], [1, 2, 3, 4], [[1, 2], [3, 4]]),
        ([2, 2], [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ([1], [1], [1]),
        ([0], [], []),
        ([10**12, 0], [], []),
        ([2, 1, 1], [1, 2], [[[1]], [[2]]]),
    ],
)
def test_data_has_the_shape_it_is_said_to_have(
    shape: list[int],
    data: Any,  # noqa: ANN401 - plain values
    nested: Any,  # noqa: ANN401 - plain values
) -> None:
    with serving(lambda _: answered(tensor("y", shape, data))) as url:
        assert ask(url, X).outputs == {"y": nested}


def test_a_number_that_is_none_arrives_as_it_is() -> None:
    with serving(lambda _: answered(tensor("y", [1], [math.nan]))) as url:
        (value,) = ask(url, X).outputs["y"]
    assert math.isnan(value)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ((200, b"<html>"), "not of the protocol"),
        ((200, b"[" * 60_000), "not of the protocol"),
        ((200, b"[]"), "not of the protocol"),
        ((200, b'{"outputs": [{"name": "y"}]}'), "not of the protocol"),
        (answered(tensor("y", [3], [1, 2])), "not of the protocol"),
        (answered(tensor("y", [-1, -2], [1, 2])), "not of the protocol"),
        (answered(tensor("y", [1] * 99, [1])), "not of the protocol"),
        (answered(tensor("y", [1], [[1], [2, 3]])), "not of the protocol"),
        ((200, b" " * (1 << 17)), "longer than 65536 bytes"),
        ((500, json.dumps({"error": "ouch"}).encode()), "answers 500: .*ouch"),
        ((400, b"no"), "answers 400"),
    ],
)
def test_garbage_and_too_much_of_it_is_wrong(reply: tuple[int, bytes], message: str) -> None:
    with serving(lambda _: reply) as url, pytest.raises(WrongAnswerError, match=message):
        ask(url, X)


def test_a_server_that_never_answers_is_not_waited_for() -> None:
    with serving(lambda _: None) as url, pytest.raises(NoAnswerError, match="does not answer"):
        ask(url, X)


def test_half_an_answer_is_none() -> None:
    with serving(doubling, promised=5) as url, pytest.raises(NoAnswerError, match="5 bytes are"):
        ask(url, X)


def test_a_server_that_is_not_there_or_has_no_such_model_says_nothing_of_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(NoAnswerError, match="does not answer"):
        ask(f"http://127.0.0.1:{port}/v2/models/demo", X)
    with serving(lambda _: (404, b"")) as url, pytest.raises(NoAnswerError, match="answers 404"):
        ask(url, X)


def test_a_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    count = iter(range(9))

    def answer(request: dict[str, Any]) -> tuple[int, bytes]:
        next(count)
        return doubling(request)

    with serving(answer) as url:
        runner = InferenceRunner(patience=5.0)
        served = Served(runner="open-inference", folder="", endpoint=url)
        with runner.open(served) as model:
            assert model.ask(X).outputs == {"y": [[2.0, 4.0]]}
            opened: Any = model
            opened._connection.sock.shutdown(socket.SHUT_RDWR)
            assert model.ask(X).outputs == {"y": [[2.0, 4.0]]}
    assert next(count) == 2


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/v2/models/demo",
        "http:///v2/models/demo",
        "http://127.0.0.1/models/demo",
        "http://127.0.0.1/v2/models/",
        "http://127.0.0.1/v2/models/demo?x=1",
        "http://127.0.0.1:99999/v2/models/demo",
        "http://ann:secret@127.0.0.1/v2/models/demo",
        "http://models.example.com/v2/models/demo",
    ],
)
def test_an_address_that_is_no_models_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_endpoint(url, offline=False)


def test_another_machine_is_asked_over_https_unless_the_network_is_off() -> None:
    check_endpoint("https://models.example.com/v2/models/demo", offline=False)
    check_endpoint("http://[::1]:8080/v2/models/demo/versions/3", offline=True)
    with pytest.raises(UsageError, match="--offline"):
        check_endpoint("https://models.example.com/v2/models/demo", offline=True)
