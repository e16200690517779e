"""CUDA on a target: what is needed, the driver, the toolkit, the GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.targets import LINUX_ONLY, RUNTIME_12, TORCH, cells, facts_of, of
from weighbridge.model.coverage import Cause, Fit
from weighbridge.model.fact import ObservedLock
from weighbridge.model.lock import Edge, Lock, Pin
from weighbridge.rules import sample
from weighbridge.rules.compatibility.cuda_need import needs

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
