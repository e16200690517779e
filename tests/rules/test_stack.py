"""What a target states besides wheels: one walk for the matrix and for the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, verdict
from tests.rules.targets import TORCH, cells, facts_of, of
from weighbridge.model.coverage import Fit
from weighbridge.model.fact import Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Lock, LockedFile, Pin
from weighbridge.model.structure import Structure
from weighbridge.rules import sample
from weighbridge.rules.compatibility import stack
from weighbridge.rules.compatibility.needed import installed_on
from weighbridge.rules.compatibility.orchestrators import runtime_of
from weighbridge.rules.marker_environments import of_target

if TYPE_CHECKING:
    from weighbridge.model.fact import Facts

# Frameworks, orchestrators ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pin", "python", "fit"),
    [
        (Pin(name="torch", version="2.14.1"), "3.14", Fit.YES),
        (Pin(name="torch", version="2.14.1"), "3.13t", Fit.UNKNOWN),
        (Pin(name="torch", version="2.14.1"), "3.9t", Fit.NO),
        (Pin(name="torch", version="2.5.1"), "3.12", Fit.YES),
        (Pin(name="torch", version="2.5.1"), "3.13", Fit.IF),
        (Pin(name="torch", version="2.5.1"), "3.14", Fit.NO),
        (Pin(name="torch", version="2.14.1"), "3.9", Fit.NO),
        (Pin(name="torch", version="2.14.1"), "3.15", Fit.NO),
        (Pin(name="torch", version="9.9"), "3.12", Fit.UNKNOWN),
    ],
)
def test_a_framework_is_built_for_the_python_of_a_target(pin: Pin, python: str, fit: Fit) -> None:
    assert of("torch", facts_of(pin, python=python)).fit is fit
    found = ask("CMP002", facts_of(replace(pin, requires_python=">=3"), python=python))
    assert ("edge" in {one.subject for one in found}) is (fit in {Fit.NO, Fit.IF})


def test_a_framework_nobody_knows_is_judged_by_what_the_lock_says() -> None:
    pin = Pin(name="torch", version="9.9", files=(LockedFile(name="torch-9.9.tar.gz"),))
    assert "torch" not in {cell.package for cell in cells(facts_of(pin, python="3.12"))}


@pytest.mark.parametrize(
    ("runtime", "kubernetes", "fit"),
    [
        ("containerd 2.1.4", "1.33", Fit.YES),
        ("containerd 2.3.1", "1.35", Fit.IF),
        ("containerd 2.3.1", "1.36", Fit.YES),
        ("containerd 2.1.4", "1.35", Fit.UNKNOWN),
        ("containerd://1.7.24", "v1.33.4-gke.1", Fit.YES),
        ("containerd 1.7.23", "1.33", Fit.UNKNOWN),
        ("containerd 1.7", "1.33", Fit.IF),
        ("containerd 1.5.18", "1.33", Fit.NO),
        ("containerd 2.3.1", "1.99", Fit.UNKNOWN),
        ("cri-o 1.33.2", "1.33", Fit.YES),
        ("crio 1.32.0", "1.33", Fit.UNKNOWN),
        ("docker 20.10.24", "1.23", Fit.YES),
        ("docker 28.0", "1.33", Fit.NO),
        ("containerd", "1.33", Fit.UNKNOWN),
        ("podman 5.1", "1.33", Fit.UNKNOWN),
    ],
)
def test_a_container_runtime_goes_with_kubernetes(runtime: str, kubernetes: str, fit: Fit) -> None:
    orchestrator = {"kind": "kubernetes", "version": kubernetes}
    facts = facts_of(containerRuntime=runtime, orchestrator=orchestrator)
    name, _ = runtime_of(runtime)
    found = [cell for cell in cells(facts) if cell.package == name and cell.cause != "end-of-life"]
    assert found[0].fit is fit


def test_other_orchestrators_are_not_judged() -> None:
    nomad = {"kind": "nomad", "version": "1.9"}
    assert ask("CMP006", facts_of(containerRuntime="docker 28.0", orchestrator=nomad)) == ()
    assert ask("CMP006", facts_of(orchestrator={"kind": "kubernetes"})) == ()


# Models -----------------------------------------------------------------------------------------


def model(opset: str = "21", ir: str = "10", kind: str = "onnx") -> Facts:
    read = Structure(
        format=kind, status="complete", version=ir, metadata=(("opset", f"ai.onnx {opset}"),)
    )
    return replace(sample.release(), files=sample.file(structure=read), now=sample.NOW)


@pytest.mark.parametrize(
    ("pin", "opset", "ir", "wanted"),
    [
        (Pin(name="onnxruntime", version="1.20.1"), "21", "10", Verdict.PASS),
        (Pin(name="onnxruntime-gpu", version="1.20.1"), "22", "10", Verdict.FAIL),
        (Pin(name="onnxruntime", version="1.20.1"), "21", "11", Verdict.FAIL),
        (Pin(name="onnxruntime", version="1.20.1"), "6", "3", Verdict.FAIL),
        (Pin(name="onnxruntime", version="1.19.0"), "x", "10", Verdict.INCONCLUSIVE),
        (Pin(name="onnxruntime", version="9.0"), "7", "3", Verdict.INCONCLUSIVE),
        (Pin(name="onnx", version="1.16.2"), "22", "10", Verdict.FAIL),
        (Pin(name="numpy", version="2.1.0"), "99", "99", Verdict.PASS),
    ],
)
def test_the_locked_runtime_reads_the_model(pin: Pin, opset: str, ir: str, wanted: Verdict) -> None:
    assert verdict(ask("CMP008", replace(model(opset, ir), locks=sample.lock(pin)))) is wanted


def test_an_old_operator_set_is_a_note_and_a_new_one_names_what_reads_it() -> None:
    locks = sample.lock(Pin(name="onnxruntime", version="1.20.1"))
    (old,) = ask("CMP008", replace(model("6"), locks=locks))
    assert old.severity is Severity.NOTE
    (new,) = ask("CMP008", replace(model("23"), locks=locks))
    assert new.wanted == "onnxruntime 1.23, or a model of at most 21"


@pytest.mark.parametrize(
    ("kind", "version", "pin", "wanted"),
    [
        ("keras", "3.5.0", Pin(name="keras", version="3.5.1"), Verdict.PASS),
        ("keras", "3.5.0", Pin(name="keras", version="3.6.0"), Verdict.PASS),
        ("keras", "3.6.0", Pin(name="keras", version="3.5.0"), Verdict.FAIL),
        ("xgboost-json", "3.0.0", Pin(name="xgboost", version="2.1.0"), Verdict.FAIL),
        ("xgboost-ubj", "nonsense", Pin(name="xgboost", version="2.1.0"), Verdict.PASS),
    ],
)
def test_the_version_that_wrote_a_file_is_not_newer_than_the_one_that_reads_it(
    kind: str, version: str, pin: Pin, wanted: Verdict
) -> None:
    facts = replace(model(ir=version, kind=kind), locks=sample.lock(pin))
    assert verdict(ask("CMP008", facts)) is wanted


@pytest.mark.parametrize(
    ("framework", "written", "model_format", "locked", "wanted"),
    [
        ("sklearn", "1.5.0", "pickle", "1.4.2", Verdict.FAIL),
        ("scikit-learn", "1.4.2", "pickle", "1.5.0", Verdict.FAIL),
        ("scikit-learn", "1.4.2", "pickle", "1.4.9", Verdict.PASS),
        ("scikit-learn", "1.4.2", "onnx", "1.5.0", Verdict.PASS),
        ("scikit-learn", "TODO", "pickle", "1.5.0", Verdict.PASS),
        ("mylab", "1.0", "pickle", "1.5.0", Verdict.PASS),
    ],
)
def test_what_the_manifest_says_of_the_framework_is_held_against_the_lock(
    framework: str, written: str, model_format: str, locked: str, wanted: Verdict
) -> None:
    release = sample.release(
        {
            "/spec/model/framework": framework,
            "/spec/model/frameworkVersion": written,
            "/spec/model/format": model_format,
        }
    )
    locks = sample.lock(Pin(name="scikit-learn", version=locked))
    assert verdict(ask("CMP008", replace(release, locks=locks, now=sample.NOW))) is wanted


# Rules ------------------------------------------------------------------------------------------


def test_a_lock_that_cannot_be_read_leaves_a_target_open() -> None:
    facts = replace(facts_of(), locks={sample.LOCK: Unavailable("it is not UTF-8")})
    assert verdict(ask("CMP003", facts)) is Verdict.INCONCLUSIVE
    assert cells(facts) == []


def test_a_target_left_to_do_is_not_judged() -> None:
    facts = sample.with_targets({"os": "TODO"}, {"python": "TODO"})
    facts = replace(facts, locks=sample.lock(), now=sample.NOW)
    assert [target.name for _, target in stack.numbered_targets(facts)] == ["edge1"]
    assert cells(facts) == []


def test_a_condition_is_a_note_with_what_would_do_without_it() -> None:
    (found,) = ask("CMP003", facts_of(TORCH, cuda={"driver": "535.54.03"}))
    assert found.severity is Severity.NOTE
    assert "will do if" in found.message
    assert found.cause == "row driver-toolkit-minor/12/linux of the compatibility data"
    assert found.location.pointer == "/spec/compatibility/targets/0/name"


# The walk ---------------------------------------------------------------------------------------


def test_one_walk_yields_everything_a_target_states() -> None:
    target: dict[str, Any] = {
        "python": "3.12",
        "cuda": {"driver": "550.54.15", "computeCapability": ["8.0"]},
        "containerRuntime": "containerd 2.1.4",
        "orchestrator": {"kind": "kubernetes", "version": "1.35"},
    }
    pins = (TORCH, Pin(name="onnxruntime", version="1.20.1"))
    release = replace(facts_of(*pins, **target), files=model().files)
    assert {cell.package for cell in cells(release)} == {
        "compute-capability",
        "containerd",
        "cuda-driver",
        "kubernetes",
        "onnxruntime",
        "python",
        "torch",
    }
    unread = {sample.MODEL: Unavailable("it is gone")}
    assert "11" not in {cell.why for cell in cells(replace(release, files=unread))}
    assert list(stack.numbered_targets(replace(release, release=None))) == []
    alone = replace(release, release=None)
    assert not isinstance(stack.runtime_lock(alone), Unavailable)
    assert isinstance(stack.runtime_lock(replace(alone, locks={})), Unavailable)


@pytest.mark.parametrize("python", ["three", "3.13t", "3.11.4"])
def test_markers_are_judged_for_the_target_and_what_cannot_be_judged_may_hold(python: str) -> None:
    ((_, edge),) = stack.numbered_targets(facts_of(python="3.12"))
    edge = edge.model_copy(update={"python": python, "implementation": "pypy"})
    markers = ("sys_platform == 'linux'", "sys_platform == 'win32'", "sys_platform = 'win32'")
    pins = [Pin(name=str(at), version="1", marker=marker) for at, marker in enumerate(markers)]
    stated = of_target(edge, None)
    found = installed_on(Lock(format="pylock", pins=tuple(pins)), stated)
    assert [pin.name for pin in found] == ["0", "2"]
    assert stated["platform_python_implementation"] == "PyPy"
