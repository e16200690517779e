from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from weighbridge.adapters.loading import loader
from weighbridge.adapters.loading.watching import SandboxedLoading
from weighbridge.adapters.sandbox.interpreter import Interpreter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.model.behaviour import Behaviour
from weighbridge.model.fact import Unavailable
from weighbridge.model.sandbox import Act, Deed, Ran

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.sandbox import Confined

STARTED = Act(Deed.STARTED, "/usr/bin/id")


class Framework:
    """Stands for any framework: it notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Framework:
        self.asked.append(name)
        return self

    def __call__(self, *_arguments: object, **_options: object) -> Framework:
        return self


@pytest.mark.parametrize(
    ("load", "harmless", "asked"),
    [
        (loader.by_joblib, ["dump", "load"], ["load"]),
        (loader.by_torch, ["save", "zeros", "load"], ["load"]),
        (loader.by_torch_script, [], ["jit", "load"]),
        (loader.by_keras, [], ["models", "load_model"]),
        (loader.by_onnx, [], ["InferenceSession"]),
    ],
)
def test_each_framework_is_asked_to_load(
    load: object, harmless: list[str], asked: list[str]
) -> None:
    for path, wanted in (("-", harmless), ("model", asked)):
        framework = Framework()
        assert callable(load)
        load(path, framework)
        assert framework.asked == wanted


def test_what_came_of_a_loading_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "HARMLESS", str(tmp_path / "harmless"))
    path = tmp_path / "model"
    path.write_bytes(pickle.dumps([1]) + pickle.dumps([2]))
    assert loader.main("pickle", str(path)) == {"loaded": "pickle"}
    assert loader.main("pickle", "-", "no.such.module") == {"loaded": "pickle"}
    path.write_bytes(b"cno_such_module\nx\n.")
    assert loader.main("pickle", str(path))["failed"].startswith("ModuleNotFoundError")
    assert loader.main("numpy", "-") == {"loaded": "numpy"}
    np.savez(tmp_path / "a.npz", a=np.array([1.0]))
    assert loader.main("numpy", str(tmp_path / "a.npz")) == {"loaded": "numpy"}
    monkeypatch.setitem(loader.LOADERS, "torch", ("no_such_framework", None))
    assert loader.main("torch", "-") == {"missing": "no_such_framework"}


class Told:
    """A sandbox that answers as it was told to."""

    name = "told"
    confines = True

    def __init__(self, *answers: Ran) -> None:
        self.answers = list(answers)
        self.commands: list[tuple[str, ...]] = []

    def run(self, program: Confined) -> Ran:
        assert program.traced
        self.commands.append(program.command)
        return self.answers.pop(0)


LOADED = Ran(code=0, output=b'noise\n{"loaded": "pickle"}\n')


def behaviour(tmp_path: Path, *answers: Ran) -> Behaviour | Unavailable:
    loading = SandboxedLoading(Told(*answers), Interpreter(program="/py", folders=("/lib",)))
    return loading.load(tmp_path / "model.pkl", "pickle", ())


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([LOADED, LOADED], Behaviour(loader="pickle", loaded=True)),
        (
            [LOADED, Ran(code=0, output=b"no json", acts=(STARTED,))],
            Behaviour(loader="pickle", loaded=False, reason="exit code 0", acts=(STARTED,)),
        ),
        (
            [LOADED, Ran(code=0, output=b'["loaded"]')],
            Behaviour(loader="pickle", loaded=False, reason="exit code 0"),
        ),
        (
            [LOADED, Ran(code=137)],
            Behaviour(
                loader="pickle",
                loaded=False,
                reason="exit code 137",
                stopped="it had used up its time or memory",
            ),
        ),
        (
            [LOADED, Ran(code=-9, output=LOADED.output, stopped="it ran for 1 seconds")],
            Behaviour(
                loader="pickle", loaded=False, reason="exit code -9", stopped="it ran for 1 seconds"
            ),
        ),
        (
            [Ran(code=0, output=b'{"missing": "torch"}')],
            Unavailable("torch is not installed in /py", "name a Python that has it with --python"),
        ),
        (
            [Ran(code=1)],
            Unavailable("not even a harmless file could be loaded: the interpreter broke down"),
        ),
    ],
)
def test_only_the_trace_is_believed(
    answers: list[Ran], found: Behaviour | Unavailable, tmp_path: Path
) -> None:
    assert behaviour(tmp_path, *answers) == found


def test_the_control_runs_once_for_many_files(tmp_path: Path) -> None:
    sandbox = Told(LOADED, LOADED, LOADED)
    loading = SandboxedLoading(sandbox, Interpreter(program="/py", folders=()))
    for name in ("a", "b"):
        loading.load(tmp_path / name, "pickle", ("collections",))
    assert [command[4:] for command in sandbox.commands] == [
        ("-", "collections"),
        ("/model/a",),
        ("/model/b",),
    ]


def test_a_place_that_does_not_confine_is_refused() -> None:
    with pytest.raises(AssertionError, match="in a sandbox or not at all"):
        SandboxedLoading(LimitedProcess(), Interpreter(program="/py", folders=()))
