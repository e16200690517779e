from __future__ import annotations

import os
import pickle
import posixpath
import subprocess
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.tools import tool
from tests.torch_files import Called, pickled, state_file
from weighbridge.model.behaviour import own_acts
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.sandbox import Act, Deed
from weighbridge.model.structure import GlobalUse, Structure, TensorInfo
from weighbridge.usecases.dynamic import Watch, loader_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench
    from weighbridge.model.behaviour import Behaviour


@pytest.fixture
def _sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a Python whose xgboost writes a file whenever a booster is made."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "xgboost").mkdir()
    (site / "xgboost/__init__.py").touch()
    core = 'open("/tmp/at-import", "w").close()\ndef Booster(): open("/tmp/at-call", "w").close()\n'
    (site / "xgboost/core.py").write_text(core)
    return folder / "bin" / "python"


@pytest.mark.usefixtures("_sandbox")
def test_what_a_file_does_is_held_against_what_was_read_in_it(run: Bench, python: Path) -> None:
    folder = run.folder / "models"
    folder.mkdir()
    canary = run.folder / "canary"
    harmful = Called(posixpath.__name__.replace("posixpath", "posix"), "system", f"touch {canary}")
    (folder / "clean.pkl").write_bytes(pickle.dumps(OrderedDict(weight=[0.5])))
    (folder / "harmful.pkl").write_bytes(pickled(harmful))
    (folder / "sly.pkl").write_bytes(pickled(Called("xgboost.core", "Booster")))
    (folder / "torch.pt").write_bytes(state_file())
    (folder / "own.pkl").write_bytes(pickled(Called("mylab.models", "Net")))
    (folder / "notes.txt").write_text("harmless\n")
    np.save(folder / "objects.npy", np.array([1.0, {"a": 1}], dtype=object), allow_pickle=True)

    done = run("scan", "models", "--dynamic", "--python", str(python), "--output-format", "json")
    files = {posixpath.basename(file["path"]): file for file in done.json["files"]}
    dynamic = {
        name: [found["message"] for found in file["findings"] if found["code"] == "SEC012"]
        for name, file in files.items()
    }
    assert done.code == 1
    assert done.err == "6 files loaded in the sandbox; nothing loads 1 other\n"
    assert not canary.exists()
    assert (files["clean.pkl"]["verdict"], dynamic["clean.pkl"]) == ("clean", [])
    assert files["harmful.pkl"]["verdict"] == "malicious"
    assert any("starts a program: /bin/sh -c touch" in said for said in dynamic["harmful.pkl"])
    assert files["sly.pkl"]["verdict"] == "malicious"
    assert dynamic["sly.pkl"] == ["loading sly.pkl writes files: /tmp/at-call"]
    assert dynamic["notes.txt"] == []
    for name, why in (("torch.pt", "torch is not"), ("objects.npy", "numpy is not")):
        assert files[name]["verdict"] == "needs-review"
        assert why in dynamic[name][0]
    assert "could not be loaded" in dynamic["own.pkl"][0]


@pytest.mark.usefixtures("_sandbox")
def test_a_framework_that_is_there_is_used(run: Bench) -> None:
    np.save(run.folder / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = run("scan", "a.npy", "--dynamic")
    assert (done.code, done.out.split()[0]) == (0, "clean")


def test_without_a_sandbox_nothing_is_loaded(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    canary = run.folder / "canary"
    (run.folder / "a.pkl").write_bytes(pickled(Called("os", "system", f"touch {canary}")))
    monkeypatch.setenv("PATH", str(run.folder))
    done = run("scan", "a.pkl", "--dynamic")
    assert done.code == 3
    assert "there is no bwrap, and nothing is run outside a sandbox" in done.err
    assert "apt install bubblewrap" in done.err
    assert not canary.exists()
    assert run("scan", "a.pkl", "--python", sys.executable).code == 2


def test_every_format_that_runs_has_a_loader() -> None:
    joblib = GlobalUse(module="joblib.numpy_pickle", name="NumpyArrayWrapper", offset=0)
    plain = Structure(format="pickle", status="complete")
    tensor = TensorInfo(name="0", dtype="FLOAT", shape=(1,))
    script = (("torchscript", "code/a.py"),)
    assert loader_of(plain) == "pickle"
    assert loader_of(Structure(format="pickle", status="complete", globals=(joblib,))) == "joblib"
    assert loader_of(Structure(format="pickle", status="complete", tensors=(tensor,))) == "torch"
    assert loader_of(Structure(format="zlib", status="complete", members=(plain,))) == "joblib"
    assert loader_of(Structure(format="zlib", status="complete")) is None
    assert loader_of(Structure(format="torch-zip", status="complete")) == "torch"
    zipped = Structure(format="torch-zip", status="complete", metadata=script)
    assert loader_of(zipped) == "torch-script"
    assert loader_of(Structure(format="safetensors", status="complete")) is None


class Nothing:
    """Loads nothing."""

    def load(self, path: Path, loader: str, modules: tuple[str, ...]) -> Behaviour | Unavailable:
        raise AssertionError((path, loader, modules))


def test_what_lies_elsewhere_is_not_loaded() -> None:
    watch = Watch(Nothing())
    structure = Structure(format="pickle", status="complete")
    file = ObservedFile(path="a", size=1, digest="", structure=structure)
    assert watch.observe(None, file) == Unavailable(
        "it lies elsewhere", "fetch it, and scan the copy"
    )
    unread = ObservedFile(path="a", size=1, digest="", structure=Unavailable("gone"))
    assert watch.observe(None, unread) is None
    assert (watch.loaded, watch.without) == (1, 1)


def test_what_is_usual_and_what_is_the_interpreters_is_left_out() -> None:
    uuid = "67fa4f14-9525-420e-b5d2-f4910d9abb75"
    usual = [
        Act(Deed.WRITTEN, "/dev/shm/sem.aB3"),  # noqa: S108 - of a sandbox
        Act(Deed.WRITTEN, "/tmp/abcdefgh"),  # noqa: S108 - of a sandbox
        Act(Deed.WRITTEN, f"/.cache/id.{uuid}"),
        Act(Deed.STARTED, "/usr/bin/uname"),
    ]
    seen = [
        Act(Deed.WRITTEN, "/dev/shm/sem.zZ9"),  # noqa: S108 - of a sandbox
        Act(Deed.WRITTEN, "/tmp/12345678"),  # noqa: S108 - of a sandbox
        Act(Deed.WRITTEN, f"/.cache/id.{uuid.replace('6', '7')}"),
        Act(Deed.STARTED, "/usr/bin/uname"),
        Act(Deed.WRITTEN, "/dev/null"),
        Act(Deed.OPENED, "/venv/lib/a.py"),
        Act(Deed.OPENED, "/usr/lib/x.so"),
        Act(Deed.OPENED, "/model/a.pkl"),
        Act(Deed.OPENED, "/model"),
        Act(Deed.OPENED, "/venvious/a"),
        Act(Deed.WRITTEN, "/venv/lib/a.py"),
        Act(Deed.STARTED, "/usr/bin/id"),
    ]
    assert own_acts(seen, usual, imports=["/venv"], model="/model/a.pkl") == tuple(seen[-3:])
