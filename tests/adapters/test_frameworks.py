"""Models that the frameworks trained: run in a Python with those, they answer as they do there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.adapters.test_runners import sandbox
from tests.tools import training_python
from tests.trained import Trained, train
from weighbridge.adapters.runners.processes import ProcessRunner
from weighbridge.adapters.sandbox.interpreter import named_interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.model.trial import NoAnswerError, Served, WrongAnswerError

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.sandbox.interpreter import Interpreter
    from weighbridge.model.sandbox import Talking
    from weighbridge.model.trial import Answer

pytestmark = pytest.mark.slow

LOADING = """
import numpy as np
from safetensors.numpy import load_file

def load(path):
    tensors = load_file(path)
    return lambda inputs: {
        "score": np.array(inputs["X"], dtype="float32") @ tensors["weights"] + tensors["bias"]
    }
"""
DATA = {
    "model.json": ("xgboost", "xgboost "),
    "model.ubj": ("xgboost", "xgboost "),
    "model.txt": ("lightgbm", "lightgbm "),
    "model.onnx": ("onnxruntime", "onnxruntime "),
}
"""Models that hold no program: who runs them, and how what says so begins."""
PROGRAMS = {
    **dict.fromkeys(
        (
            "pipeline.joblib",
            "pipeline.joblib.gz",
            "columns.joblib",
            "boosting.joblib",
            "vectors.joblib",
        ),
        ("scikit-learn", "sklearn "),
    ),
    "model.safetensors": ("entrypoint", "entrypoint loading:load"),
}
"""Models that are programs, or are loaded by one."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    found = train(tmp_path_factory.mktemp("trained"))
    (found.folder / "loading.py").write_text(LOADING)
    return found


@pytest.fixture(scope="module")
def interpreter() -> Interpreter:
    return named_interpreter(str(training_python()))


def asked(
    trained: Trained,
    name: str,
    runner: str,
    place: Talking,
    python: Interpreter,
    *,
    dtype: str = "",
) -> Answer:
    """Start a model and ask it for the rows that were asked when it was trained."""
    served = Served(
        runner=runner,
        folder=str(trained.folder),
        model=str(trained.folder / name),
        entrypoint="loading:load" if runner == "entrypoint" else "",
        dtypes={"X": dtype} if dtype else {},
    )
    with ProcessRunner(place, python).open(served) as opened:
        return opened.ask({"X": trained.asked})


def check(answer: Answer, wanted: dict[str, Any]) -> None:
    """Hold an answer against the framework's own: to float32, since kernels may differ."""
    assert answer.outputs.keys() == wanted.keys()
    for name, values in wanted.items():
        np.testing.assert_allclose(answer.outputs[name], values, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", [*DATA, *PROGRAMS])
def test_in_the_sandbox_a_model_answers_as_its_framework_does(
    name: str, trained: Trained, interpreter: Interpreter
) -> None:
    runner, by = (DATA | PROGRAMS)[name]
    answer = asked(trained, name, runner, sandbox(), interpreter)
    check(answer, trained.answers[name])
    assert answer.by.startswith(by)


@pytest.mark.parametrize("name", DATA)
def test_a_model_that_is_data_answers_without_a_sandbox_too(
    name: str, trained: Trained, interpreter: Interpreter
) -> None:
    answer = asked(trained, name, DATA[name][0], LimitedProcess(), interpreter)
    check(answer, trained.answers[name])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_model_that_is_a_program_runs_in_a_sandbox_or_not_at_all(
    name: str, trained: Trained, interpreter: Interpreter
) -> None:
    with pytest.raises(NoAnswerError, match="runs nowhere else"):
        asked(trained, name, PROGRAMS[name][0], LimitedProcess(), interpreter)


def test_an_estimator_gets_a_table_of_the_type_that_the_signature_names(
    trained: Trained, interpreter: Interpreter
) -> None:
    """Clusters of float32 take nothing else, and lists of numbers become float64."""
    name = "clusters.joblib"
    with pytest.raises(WrongAnswerError, match="Buffer dtype mismatch"):
        asked(trained, name, "scikit-learn", sandbox(), interpreter)
    answer = asked(trained, name, "scikit-learn", sandbox(), interpreter, dtype="float32")
    check(answer, trained.answers[name])


@pytest.mark.parametrize(
    ("name", "runner", "missing"),
    [
        ("model.json", "xgboost", "xgboost"),
        ("model.txt", "lightgbm", "lightgbm"),
        ("pipeline.joblib", "scikit-learn", "joblib"),
    ],
)
def test_a_python_without_the_framework_is_named_and_nothing_is_known(
    name: str, runner: str, missing: str, trained: Trained
) -> None:
    python = named_interpreter(sys.executable)
    with pytest.raises(NoAnswerError, match=f"^{missing} is not installed in "):
        asked(trained, name, runner, sandbox(), python)


def test_code_that_needs_what_is_not_installed_says_nothing_of_the_model(
    tmp_path: Path, interpreter: Interpreter
) -> None:
    for content, error, message in (
        ("import torch\n", NoAnswerError, "^torch is not installed in "),
        ("def load(path):\n    import torch\n", NoAnswerError, "^torch is not installed in "),
        (None, WrongAnswerError, "loading is not in the release"),
    ):
        code = tmp_path / "loading.py"
        code.unlink(missing_ok=True)
        if content is not None:
            code.write_text(content)
        here = Trained(folder=tmp_path, asked=[[1.0]], answers={})
        with pytest.raises(error, match=message):
            asked(here, "model.bin", "entrypoint", sandbox(), interpreter)
