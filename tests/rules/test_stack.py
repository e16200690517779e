"""What a target states besides wheels: one walk for the matrix and for the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.coverage import Cause, Fit
from weighbridge.model.fact import ObservedLock, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Edge, Lock, LockedFile, Pin
from weighbridge.model.structure import Structure
from weighbridge.rules import sample
from weighbridge.rules.compatibility import stack
from weighbridge.rules.compatibility.cuda_need import needs
from weighbridge.rules.compatibility.orchestrators import runtime_of

if TYPE_CHECKING:
    from weighbridge.model.coverage import Cell
    from weighbridge.model.fact import Facts

TORCH = Pin(name="torch", version="2.5.1+cu124")
RUNTIME_12 = Pin(name="nvidia-cuda-runtime-cu12", version="12.4.127")
LINUX_ONLY = "platform_system == 'Linux' and platform_machine == 'x86_64'"


def facts_of(*pins: Pin, now: str = sample.NOW, **target: Any) -> Facts:  # noqa: ANN401
    return replace(sample.with_targets(target), locks=sample.lock(*pins), now=now)


def cells(facts: Facts) -> list[Cell]:
    return [
        cell for _, target in stack.numbered_targets(facts) for cell in stack.cells(facts, target)
    ]


def of(package: str, facts: Facts) -> Cell:
    (found,) = [cell for cell in cells(facts) if cell.package == package]
    return found


# Which CUDA is needed ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pins", "wanted"),
    [
        ((RUNTIME_12, TORCH), ["12.4"]),
        ((Pin(name="nvidia-cuda-runtime", version="13.0.48"),), ["13.0"]),
        ((Pin(name="cuda-toolkit", version="13.2.0"),), ["13.2"]),
        ((Pin(name="nvidia-cuda-runtime", version="0.0.1"), TORCH), ["12.4"]),
        ((Pin(name="nvidia-cuda-runtime-cu12", version="11.8.89"), TORCH), ["12.4"]),
        ((Pin(name="torch", version="2.0.1+cu118"),), ["11.8"]),
        ((Pin(name="torch", version="1.4.0+cu92"),), ["9.2"]),
        ((Pin(name="torch", version="2.4.0", edges=(Edge(name="nvidia-cublas-cu12"),)),), ["12"]),
        ((Pin(name="jax-cuda12-plugin", version="0.5.0"),), ["12"]),
        ((Pin(name="cupy-cuda12x", version="13.0.0"),), ["12"]),
        ((Pin(name="onnxruntime-gpu", version="1.20.0"),), [""]),
        ((Pin(name="torch", version="2.5.1"),), [""]),
        ((Pin(name="torch", version="2.5.1+cpu"),), []),
        ((Pin(name="numpy", version="2.1.0"),), []),
        ((Pin(name="torch", version=None),), [""]),
    ],
)
def test_the_cuda_that_is_needed_is_read_in_the_order_of_trust(
    pins: tuple[Pin, ...], wanted: list[str]
) -> None:
    assert [need.toolkit for need in needs(pins)] == wanted


def test_what_may_do_without_cuda_is_not_sure_to_need_it() -> None:
    boosted = Pin(name="xgboost", version="3.0.0", edges=(Edge(name="nvidia-nccl-cu12"),))
    (need,) = needs((boosted,))
    assert (need.toolkit, need.sure) == ("12", False)
    assert cells(facts_of(boosted)) == [
        cell for cell in cells(facts_of(boosted)) if cell.cause is not Cause.DRIVER
    ]


# Drivers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("driver", "fit", "nearest"),
    [
        ("550.54.15", Fit.YES, ""),
        ("550.54.14", Fit.YES, ""),
        ("550.54.13", Fit.IF, "driver 550.54.14 or newer"),
        ("525.60.13", Fit.IF, "driver 550.54.14 or newer"),
        ("525.60.12", Fit.NO, "driver 525.60.13 or newer, or a build for CUDA 11.8"),
        ("300.1", Fit.NO, "driver 525.60.13 or newer"),
        ("latest", Fit.UNKNOWN, ""),
    ],
)
def test_a_driver_is_new_enough_or_on_a_condition_or_not(
    driver: str, fit: Fit, nearest: str
) -> None:
    found = of("cuda-driver", facts_of(TORCH, cuda={"driver": driver}))
    assert (found.fit, found.nearest) == (fit, nearest)
    assert found.version == "12.4"
    assert ("SASS" in found.why) is (fit is Fit.IF)
    assert bool(found.row) or fit is Fit.UNKNOWN


def test_a_windows_driver_is_held_against_the_windows_column() -> None:
    cuda = {"driver": "527.41"}
    assert of("cuda-driver", facts_of(TORCH, os="windows", cuda=cuda)).fit is Fit.IF
    older = {"driver": "527.40"}
    assert of("cuda-driver", facts_of(TORCH, os="windows", cuda=older)).fit is Fit.NO


def test_rows_past_their_last_day_leave_everything_unknown() -> None:
    facts = facts_of(
        TORCH,
        now="2029-01-01T00:00:00Z",
        cuda={"driver": "550.54.15", "computeCapability": ["8.0"]},
        containerRuntime="containerd 2.1.4",
        orchestrator={"kind": "kubernetes", "version": "1.33"},
        python="3.12",
    )
    fits = {cell.fit for cell in cells(facts) if cell.cause is not Cause.END_OF_LIFE}
    assert fits == {Fit.UNKNOWN}
    assert "good until" in of("cuda-driver", facts).why
    assert {cell.fit for cell in cells(replace(facts, now=""))} == {Fit.UNKNOWN}


def test_what_needs_cuda_on_a_target_that_states_none_is_unknown() -> None:
    assert of("cuda-driver", facts_of(TORCH)).fit is Fit.UNKNOWN
    assert of("cuda-driver", facts_of(TORCH, cuda={"toolkit": "12.4"})).fit is Fit.UNKNOWN
    gpu = Pin(name="onnxruntime-gpu", version="1.20.0")
    assert of("cuda-driver", facts_of(gpu, cuda={"driver": "570.26"})).fit is Fit.UNKNOWN
    assert cells(facts_of(Pin(name="numpy", version="2.1.0"), python="3.12"))[-1].fit is Fit.YES


def test_a_replica_without_accelerators_needs_no_driver() -> None:
    facts = facts_of(TORCH)
    given = sample.release(
        {
            "/spec/environment/resources/limits/memory": "8Gi",
            "/spec/compatibility/targets": [{"name": "a", "os": "linux", "arch": "x86_64"}],
        }
    )
    assert "cuda-driver" in {cell.package for cell in cells(facts)}
    assert "cuda-driver" not in {
        cell.package for cell in cells(replace(facts, release=given.release))
    }


def test_nothing_of_nvidia_runs_on_macos() -> None:
    assert of("cuda-driver", facts_of(TORCH, os="macos", arch="aarch64")).fit is Fit.NO
    bare = Pin(name="torch", version="2.5.1")
    assert "cuda-driver" not in {cell.package for cell in cells(facts_of(bare, os="macos"))}


def test_entries_for_other_systems_are_not_held_against_a_target() -> None:
    marked = replace(RUNTIME_12, marker=LINUX_ONLY)
    arm = facts_of(marked, arch="aarch64")
    assert "cuda-driver" not in {cell.package for cell in cells(arm)}
    assert of("cuda-driver", facts_of(marked)).fit is Fit.UNKNOWN


def test_what_only_another_system_depends_on_is_not_installed() -> None:
    pins = (
        Pin(
            name="torch",
            version="2.5.1",
            edges=(Edge(name="nvidia-cuda-runtime-cu12", marker=LINUX_ONLY),),
        ),
        RUNTIME_12,
    )
    lock = Lock(format="uv", pins=pins, roots=("torch",), records_edges=True)
    seen = {sample.LOCK: ObservedLock(path=sample.LOCK, digest=sample.LOCK_DIGEST, lock=lock)}
    arm = replace(facts_of(arch="aarch64"), locks=seen)
    assert "cuda-driver" not in {cell.package for cell in cells(arm)}
    assert of("cuda-driver", replace(facts_of(), locks=seen)).version == "12.4"


# Toolkits and GPUs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toolkit", "fit"),
    [("12.4", Fit.YES), ("12.8", Fit.YES), ("12.1", Fit.IF), ("11.8", Fit.NO), ("x", Fit.UNKNOWN)],
)
def test_the_toolkit_of_the_target_is_of_the_same_major_version(toolkit: str, fit: Fit) -> None:
    facts = facts_of(TORCH, cuda={"driver": "570.26", "toolkit": toolkit})
    assert of("cuda-toolkit", facts).fit is fit


def test_without_a_need_of_the_lock_the_targets_own_toolkit_is_judged() -> None:
    cuda = {"driver": "550.54.14", "toolkit": "12.4", "computeCapability": ["8.0"]}
    found = cells(facts_of(cuda=cuda))
    assert [(cell.package, cell.fit) for cell in found if cell.version == "12.4"] == [
        ("cuda-driver", Fit.YES),
        ("compute-capability", Fit.YES),
    ]
    assert of("cuda-driver", facts_of(cuda={"driver": "1", "toolkit": "x"})).fit is Fit.UNKNOWN


@pytest.mark.parametrize(
    ("pin", "arch", "capability", "fit"),
    [
        (TORCH, "x86_64", "8.0", Fit.YES),
        (TORCH, "x86_64", "12.0", Fit.NO),
        (TORCH, "x86_64", "8.7", Fit.NO),
        (TORCH, "aarch64", "8.7", Fit.YES),
        (TORCH, "x86_64", "66.6", Fit.UNKNOWN),
        (Pin(name="nvidia-cublas-cu12", version="12.4.5.8"), "x86_64", "12.0", Fit.IF),
        (Pin(name="nvidia-cublas-cu11", version="11.11.3.6"), "x86_64", "12.0", Fit.NO),
        (Pin(name="nvidia-cuda-runtime", version="13.0.48"), "x86_64", "7.0", Fit.NO),
    ],
)
def test_a_gpu_is_one_the_toolkit_builds_for(
    pin: Pin, arch: str, capability: str, fit: Fit
) -> None:
    cuda = {"driver": "580.65.06", "computeCapability": [capability]}
    assert of("compute-capability", facts_of(pin, arch=arch, cuda=cuda)).fit is fit


# Frameworks, orchestrators ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pin", "python", "fit"),
    [
        (Pin(name="torch", version="2.14.1"), "3.14", Fit.YES),
        (Pin(name="torch", version="2.14.1"), "3.13t", Fit.YES),
        (Pin(name="torch", version="2.14.1"), "3.9", Fit.NO),
        (Pin(name="torch", version="2.14.1"), "3.15", Fit.NO),
        (Pin(name="torch", version="9.9"), "3.12", Fit.UNKNOWN),
    ],
)
def test_a_framework_is_built_for_the_python_of_a_target(pin: Pin, python: str, fit: Fit) -> None:
    assert of("torch", facts_of(pin, python=python)).fit is fit
    found = ask("CMP002", facts_of(replace(pin, requires_python=">=3"), python=python))
    assert ("edge" in {one.subject for one in found}) is (fit is Fit.NO)


def test_a_framework_nobody_knows_is_judged_by_what_the_lock_says() -> None:
    pin = Pin(name="torch", version="9.9", files=(LockedFile(name="torch-9.9.tar.gz"),))
    assert "torch" not in {cell.package for cell in cells(facts_of(pin, python="3.12"))}


@pytest.mark.parametrize(
    ("runtime", "kubernetes", "fit"),
    [
        ("containerd 2.1.4", "1.33", Fit.YES),
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


MEMORY = "/spec/environment/resources/limits/memory"
GPUS = "/spec/environment/resources/limits/accelerators"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({MEMORY: "5Gi"}, []),
        ({MEMORY: "4920000000"}, []),
        ({MEMORY: "4919999999"}, ["warning"]),
        ({MEMORY: "4099999999"}, ["error"]),
        ({MEMORY: "TODO"}, []),
        ({GPUS: [{"type": "gpu", "count": 1}], MEMORY: "2Gi"}, ["error"]),
        ({GPUS: [{"type": "gpu", "count": 1, "memory": "2Gi"}], MEMORY: "64Gi"}, ["error"]),
        ({GPUS: [{"type": "gpu", "count": 4, "memory": "2Gi"}], MEMORY: "1Gi"}, []),
        ({"/spec/evaluation/performance": [{"memory": "1Gi"}]}, ["error"]),
        ({"/spec/artifacts/0/role": "card", MEMORY: "1Gi"}, []),
    ],
)
def test_the_weights_alone_fit_into_the_memory(changes: dict[str, Any], wanted: list[str]) -> None:
    found = ask("CMP004", sample.release(changes))
    assert [one.severity.value for one in found] == wanted


def test_the_size_of_weights_is_what_was_seen_where_none_is_stated() -> None:
    release = sample.release({"/spec/artifacts/0/size": None, MEMORY: "1Gi"})
    assert messages(ask("CMP004", replace(release, files=sample.file(size=2 << 30)))) == [
        "the weights do not fit into the limit"
    ]
    seen = {sample.MODEL: sample.directory(sample.MODEL, ["a", "b"], declared=())[sample.MODEL]}
    assert ask("CMP004", replace(release, directories=seen)) == ()
    address = sample.release(
        {"/spec/artifacts/0/path": None, "/spec/artifacts/0/size": None, MEMORY: "1Gi"}
        | {"/spec/artifacts/0/uri": "https://example.com/model"}
    )
    assert verdict(ask("CMP004", address)) is Verdict.INCONCLUSIVE
