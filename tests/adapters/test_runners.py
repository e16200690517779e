from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnx.helper
import pytest

from tests.tools import tool, tool_environment
from weighbridge.adapters.runners import program
from weighbridge.adapters.runners.opening import open_runner
from weighbridge.adapters.runners.processes import ProcessRunner
from weighbridge.adapters.sandbox.bubblewrap import open_bubblewrap
from weighbridge.adapters.sandbox.interpreter import this_interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.model.sandbox import SandboxLimits
from weighbridge.model.trial import NoAnswerError, Served, WrongAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.sandbox import Talking
    from weighbridge.model.trial import Conversation

LIMITS = SandboxLimits(seconds=60, memory=8 << 30, output=1 << 14)
ECHO = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"id": asked["id"], "outputs": asked["inputs"], "by": "echo 1"}), flush=True)
"""


@pytest.fixture(params=["sandbox", "process"])
def place(request: pytest.FixtureRequest) -> Talking:
    return sandbox() if request.param == "sandbox" else LimitedProcess()


def sandbox() -> Talking:
    return open_bubblewrap(tool_environment() | {"PATH": str(tool("bwrap").parent)}, tracing=False)


@contextmanager
def talking(
    folder: Path, code: str, place: Talking | None = None, *, patience: float = 30.0
) -> Iterator[Conversation]:
    """Run a command that answers in JSON lines."""
    (folder / "answer.py").write_text(code)
    runner = ProcessRunner(
        place or LimitedProcess(),
        this_interpreter(),
        unconfined=True,
        limits=LIMITS,
        patience=patience,
    )
    command = (sys.executable, "answer.py")
    with runner.open(Served(runner="command", folder=str(folder), command=command)) as opened:
        yield opened


def test_a_command_answers_line_by_line_and_starts_in_the_release(
    tmp_path: Path, place: Talking
) -> None:
    with talking(tmp_path, ECHO, place) as model:
        for value in (1, [0.5, "ä"]):
            answer = model.ask({"x": value})
            assert (answer.outputs, answer.by) == ({"x": value}, "echo 1")
        held = model.memory()
        assert held is not None
        assert held > 1 << 20


def test_a_long_request_meets_a_long_answer(tmp_path: Path) -> None:
    long = "x" * 1_000_000
    with talking(tmp_path, ECHO.replace('asked["inputs"]', '{"n": len(line)}')) as model:
        assert model.ask({"x": long}).outputs["n"] > len(long)


def test_in_the_sandbox_a_command_reaches_nothing_of_the_user(tmp_path: Path) -> None:
    release, secret = tmp_path / "release", tmp_path / "secret"
    release.mkdir()
    secret.write_text("mine")
    code = f"""
import json, os, socket, sys
def attempt(deed):
    try: deed()
    except OSError as error: return type(error).__name__
    return "done"
for line in sys.stdin:
    found = [
        attempt(lambda: open({str(secret)!r})),
        attempt(lambda: open("answer.py", "a")),
        attempt(lambda: socket.create_connection(("192.0.2.1", 9), 1)),
    ]
    print(json.dumps({{"id": 1, "outputs": {{"found": found}}}}), flush=True)
"""
    with talking(release, code, sandbox()) as model:
        assert model.ask({}).outputs == {"found": ["FileNotFoundError", "OSError", "OSError"]}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('hello', flush=True); input(); input()", "no JSON"),
        ("input(); print('[1]', flush=True); input()", "something else than was asked"),
        ('input(); print(\'{"id": 2, "outputs": {}}\', flush=True); input()', "something else"),
        ("input(); print('{\"id\": 1}', flush=True); input()", "it fails: no outputs"),
        ('input(); print(\'{"id": 1, "failed": "ouch"}\', flush=True); input()', "ouch"),
        ("input(); print('[' * 10_000, flush=True); input()", "no JSON"),
        ("input(); print('x' * 100_000, flush=True); input()", "longer than 16384 bytes"),
        ("while True: print('x' * 1000, end='')", "longer than 16384 bytes"),
        (
            'o = "[" * 99 + "]" * 99; print(\'{"id": 1, "outputs": {"x": %s}}\' % o, flush=True)',
            "more than 32 deep",
        ),
    ],
)
def test_what_is_no_answer_is_wrong(tmp_path: Path, code: str, message: str) -> None:
    with (
        talking(tmp_path, code) as model,
        pytest.raises(WrongAnswerError, match=message),
    ):
        model.ask({"x": 1})


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("input(); raise SystemExit(3)", "ended with exit code 3"),
        ("input(); raise ValueError('ouch')", "exit code 1: ValueError: ouch"),
        ("import os; input(); os.close(1); os.close(2); input()", "it closed its output"),
        ("input(); input()", "said nothing for 2 seconds"),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "said nothing for 2 seconds"),
        ("import os\nos.close(2)\nos.close(0)\nwhile True: pass", "said nothing for 2 seconds"),
        ('input(); print(\'{"id": 1, "missing": "torch"}\', flush=True); input()', "torch is not"),
    ],
)
def test_where_nothing_comes_back_nothing_is_known(tmp_path: Path, code: str, message: str) -> None:
    with (
        talking(tmp_path, code, patience=2.0) as model,
        pytest.raises(NoAnswerError, match=message),
    ):
        model.ask({"x": 1})


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    runner = ProcessRunner(LimitedProcess(), this_interpreter(), unconfined=True)
    served = Served(runner="command", folder=str(tmp_path), command=("no-such-program",))
    with pytest.raises(NoAnswerError, match="it cannot be started"), runner.open(served):
        pass


def test_whatever_it_started_ends_with_it(tmp_path: Path) -> None:
    code = ECHO.replace(
        "for line", "import subprocess\nsubprocess.Popen(['cat'], stdin=subprocess.PIPE)\nfor line"
    ).replace('asked["inputs"]', '{"pid": __import__("os").getpid()}')
    with talking(tmp_path, code) as model:
        started = model.ask({}).outputs["pid"]
    with pytest.raises(ProcessLookupError):
        __import__("os").kill(started, 0)


@pytest.mark.parametrize("runner", ["scikit-learn", "entrypoint", "command"])
def test_what_is_a_program_runs_in_a_sandbox_or_not_at_all(tmp_path: Path, runner: str) -> None:
    opened = open_runner({"PATH": str(tmp_path)}, runner, python=None, unconfined=False)
    assert (opened.where, opened.local) == ("a process with limits and no sandbox", True)
    served = Served(runner=runner, folder=str(tmp_path), command=("true",))
    with pytest.raises(NoAnswerError, match="runs nowhere else"), opened.open(served):
        pass


def test_a_command_runs_without_a_sandbox_if_somebody_says_so(tmp_path: Path) -> None:
    environ = {"PATH": str(tool("bwrap").parent)}
    free = open_runner(environ, "command", python=None, unconfined=True)
    held = open_runner(environ, "scikit-learn", python=None, unconfined=True)
    assert free.where == "a process with limits and no sandbox"
    assert held.where == "the sandbox"
    assert not open_runner({}, "open-inference", python=None, unconfined=False).local
    del tmp_path


# The program that loads models ------------------------------------------------------------------


def doubling(path: Path) -> None:
    """Write an ONNX model that doubles what it gets, and says whether it is positive."""
    helper = onnx.helper
    graph = helper.make_graph(
        [
            helper.make_node("Add", ["x", "x"], ["y"]),
            helper.make_node("Greater", ["x", "zero"], ["positive"]),
        ],
        "doubling",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None])],
        [
            helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None]),
            helper.make_tensor_value_info("positive", onnx.TensorProto.BOOL, [None]),
        ],
        [helper.make_tensor("zero", onnx.TensorProto.FLOAT, [1], [0.0])],
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def test_onnx_runtime_gets_the_types_the_graph_names(tmp_path: Path, place: Talking) -> None:
    doubling(tmp_path / "model.onnx")
    runner = ProcessRunner(place, this_interpreter())
    model = str(tmp_path / "model.onnx")
    with runner.open(Served(runner="onnxruntime", folder=str(tmp_path), model=model)) as opened:
        answer = opened.ask({"x": [1, -2]})
        assert answer.outputs == {"y": [2.0, -4.0], "positive": [True, False]}
        assert answer.by.startswith("onnxruntime ")
        with pytest.raises(WrongAnswerError, match="it fails: "):
            opened.ask({"z": [1]})
        assert opened.ask({"x": [0.5]}).outputs["y"] == [1.0]


def test_a_model_that_cannot_be_loaded_fails_with_what_its_framework_says(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no model")
    runner = ProcessRunner(LimitedProcess(), this_interpreter())
    served = Served(runner="onnxruntime", folder=str(tmp_path), model=str(tmp_path / "model.onnx"))
    with runner.open(served) as opened, pytest.raises(WrongAnswerError, match="InvalidProtobuf"):
        opened.ask({"x": [1]})


CODE = """
print("loading")
def load(path):
    weights = open(path).read()
    def answer(inputs):
        print("answering")
        return {"y": [float(weights) * one for one in inputs["x"]], "raw": b"b", "pair": (1, 2)}
    return answer
class Nested:
    load = staticmethod(load)
"""


@pytest.mark.parametrize("entrypoint", ["code:load", "code:Nested.load"])
def test_a_release_is_run_by_code_of_its_own_and_its_prints_are_no_answers(
    tmp_path: Path, entrypoint: str
) -> None:
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "weights").write_text("3")
    served = Served(
        runner="entrypoint",
        folder=str(tmp_path),
        model=str(tmp_path / "weights"),
        entrypoint=entrypoint,
    )
    with ProcessRunner(sandbox(), this_interpreter()).open(served) as opened:
        answer = opened.ask({"x": [1, 2]})
    assert answer.outputs == {"y": [3.0, 6.0], "raw": "b", "pair": [1, 2]}
    assert answer.by == f"entrypoint {entrypoint}"


class Estimator:
    """What scikit-learn's classifiers look like from outside."""

    def predict(self, table: list[list[float]]) -> Any:  # noqa: ANN401 - an array
        return np.array([int(row[0] > 0) for row in table])


class Classifier(Estimator):
    def predict_proba(self, table: list[list[float]]) -> Any:  # noqa: ANN401 - an array
        return np.array([[0.25, 0.75] for _ in table])


class Framework:
    """What stands in for a framework: it hands out the estimator it was made with."""

    __version__ = "1"

    def __init__(self, loaded: object = None) -> None:
        self._loaded = loaded

    def load(self, path: str) -> object:
        del path
        return self._loaded

    def Booster(self, model_file: str) -> Framework:  # noqa: N802 - the name it has there
        del model_file
        return self

    def DMatrix(self, table: Any) -> Any:  # noqa: N802, ANN401 - the name it has there
        return table

    def predict(self, table: Any, **options: bool) -> Any:  # noqa: ANN401 - an array
        assert not options.get("validate_features")
        return table.sum(axis=1)


def test_an_estimator_answers_with_labels_and_with_probabilities_if_it_has_any() -> None:
    answering = program.with_joblib("model", Framework(Classifier()))
    found = program.plain(answering({"x": [[1.0], [-1.0]]}))
    assert found == {"label": [1, 0], "probabilities": [[0.25, 0.75]] * 2}
    plain = program.with_joblib("model", Framework(Estimator()))
    assert program.plain(plain({"x": [[1.0]]})) == {"label": [1]}


@pytest.mark.parametrize("load", [program.with_xgboost, program.with_lightgbm])
def test_a_booster_answers_with_its_predictions(load: Any) -> None:  # noqa: ANN401 - either
    answering = load("model", Framework())
    assert program.plain(answering({"x": [[1, 2], [3, 4]]})) == {"predictions": [3.0, 7.0]}
    with pytest.raises(ValueError, match="it takes one input"):
        answering({"x": [[1]], "y": [[1]]})


def test_a_framework_that_is_not_installed_is_named() -> None:
    assert program.loaded("lightgbm", "model") == (None, {"missing": "lightgbm"})
    request = {"id": 7, "inputs": {}}
    assert program.answered(None, {"missing": "x"}, request) == {"id": 7, "missing": "x"}


def test_what_a_model_raises_is_no_end_of_the_program() -> None:
    def raising(inputs: Any) -> Any:  # noqa: ANN401 - never called through
        raise KeyError(inputs["x"])

    said = program.answered(raising, {"by": "x"}, {"id": 1, "inputs": {"x": "é"}})
    assert said == {"id": 1, "failed": "KeyError: 'é'"}
    assert json.loads(json.dumps(program.plain({"a": np.float32(0.5)}))) == {"a": 0.5}
