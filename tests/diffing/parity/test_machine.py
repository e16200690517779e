from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diffing.parity.drifts import (
    A100,
    DRIFTS,
    INDEPENDENT,
    NUMPY,
    PACKAGES,
    RESOURCES,
    RUNTIME,
    SYSTEM,
    TARGET,
    of_gpus,
)
from tests.diffing.parity.samples import (
    HOST,
    LOCK,
    MACHINE,
    changed,
    distribution,
    manifest,
    on_host,
    with_installed,
)
from weighbridge.diffing.parity import allow, hold_against_machine, unasked_of
from weighbridge.model.fact import Unavailable
from weighbridge.model.host import (
    CLibrary,
    Container,
    Gpus,
    Interpreter,
    Memory,
    Processor,
    Variable,
)
from weighbridge.model.installed import Departure
from weighbridge.model.lock import Lock, Pin
from weighbridge.model.parity import Allowance, Comparison, Entry, Machine, Parity, Side

UNSEEN = {
    "compatibility/targets/prod/containerRuntime",
    "compatibility/targets/prod/orchestrator/version",
    "environment/image/base/digest",
    "environment/placement",
}
"""What no machine can be asked."""
WHOLE = manifest()


def hold(
    machine: Machine = MACHINE,
    release: dict[str, Any] = WHOLE,
    *,
    lock: Lock | Unavailable = LOCK,
    target: str | None = None,
) -> tuple[Entry, ...]:
    found = hold_against_machine(release, machine, lock=lock, target=target)
    return tuple(one for one in allow(found, ()) if one.name not in UNSEEN)


def departures(entries: tuple[Entry, ...]) -> dict[str, str]:
    return {entry.name: entry.outcome for entry in entries if entry.outcome != "match"}


def test_a_machine_that_is_what_a_release_says_is_at_parity() -> None:
    assert departures(hold()) == {}
    assert len(hold()) > 30


@pytest.mark.parametrize("kind", DRIFTS)
def test_each_kind_of_drift_is_found_and_nothing_else(kind: str) -> None:
    machine, names = DRIFTS[kind]
    assert departures(hold(machine)) == dict.fromkeys(names, "drift")


@pytest.mark.parametrize(
    ("machine", "names"),
    [
        (on_host(os=Unavailable("no os-release")), {"environment/os/distribution",
            "environment/os/release", f"{TARGET}/osVersion"}),
        (on_host(packages=Unavailable("no list")), {"environment/os/packages/libgomp1/version"}),
        (on_host(snapshots=()), {"environment/os/snapshot"}),
        (on_host(container=Container(kind="kubernetes")), {"environment/image/digest"}),
        (on_host(container=Container()), {"environment/image/digest",
            f"{TARGET}/orchestrator/kind"}),
        (on_host(libc=CLibrary()), {f"{TARGET}/libc", f"{TARGET}/libcVersion"}),
        (on_host(processor=Processor(architecture="x86_64", count=8)), {f"{TARGET}/cpu"}),
        (on_host(gpus=replace(HOST.gpus, devices=(replace(A100, memory=None),))),
            of_gpus("memory")),
        (on_host(gpus=Gpus(driver="550.54.14", cuda="12.4", unseen="not asked")),
            {f"{TARGET}/cuda/toolkit", f"{TARGET}/cuda/computeCapability",
             *of_gpus("count")}),
        (on_host(variables=()), {f"{SYSTEM}/threads"}),
        (replace(MACHINE, arguments=None), {f"{SYSTEM}/args"}),
        (replace(MACHINE, settings={}), {f"{SYSTEM}/sysctls/net.core.somaxconn/value"}),
        (replace(MACHINE, limits=Unavailable("no /proc")),
            {f"{SYSTEM}/ulimits/nofile/soft", f"{SYSTEM}/ulimits/nofile/hard"}),
        (replace(MACHINE, limits={"core": (0, 0)}),
            {f"{SYSTEM}/ulimits/nofile/soft", f"{SYSTEM}/ulimits/nofile/hard"}),
        (replace(MACHINE, variables={"OMP_NUM_THREADS": "1"}), {"parameters/max_batch_size/value"}),
        (with_installed(replace(NUMPY, standing="unverifiable", why="it has no RECORD"), RUNTIME),
            {f"{PACKAGES}/numpy"}),
        (with_installed(NUMPY, RUNTIME, departures=(Departure(kind="unread", path="x"),)),
            {"dependencies/runtime/files"}),
    ],
)  # fmt: skip
def test_what_could_not_be_observed_is_unknown(machine: Machine, names: set[str]) -> None:
    assert departures(hold(machine)) == dict.fromkeys(names, "unknown")


def test_without_an_environment_nothing_is_known_of_python() -> None:
    gone = Unavailable("there is none")
    captured = replace(MACHINE.captured, python=gone, interpreter=gone, installed=gone)
    found = departures(hold(replace(MACHINE, captured=captured)))
    assert found == dict.fromkeys(
        (
            "environment/runtime/version",
            "environment/runtime/implementation",
            f"{TARGET}/python",
            f"{TARGET}/implementation",
            PACKAGES,
        ),
        "unknown",
    )
    assert departures(hold(lock=Unavailable("it is damaged"))) == {PACKAGES: "unknown"}


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        (Pin(name="six", version="1.17.0", groups=("dev",)), {}),
        (Pin(name="six", version="1.17.0", marker='platform_version < "9"'), {"six": "unknown"}),
        (Pin(name="numpy", version=None, specifier=">=2"), {"numpy": "unknown"}),
        (Pin(name="more.txt", version=None, source="include"), {"more.txt": "unknown"}),
        (Pin(name="numpy", version="2.1.0", ecosystem="conda"), {"numpy": "unknown"}),
        (Pin(name="numpy", version="2.1"), {}),
    ],
)
def test_what_a_lock_leaves_open_is_never_a_match(pin: Pin, expected: dict[str, str]) -> None:
    pins = tuple(one for one in LOCK.pins if one.name != pin.name)
    found = hold(lock=replace(LOCK, pins=(*pins, pin)))
    without = {f"{PACKAGES}/numpy": "drift"} if pin.name == "numpy" else {}
    assert departures(found) == {f"{PACKAGES}/{name}": told for name, told in expected.items()}
    assert departures(hold(lock=replace(LOCK, pins=pins))) == without


def test_what_the_installer_and_the_release_itself_bring_need_not_be_locked() -> None:
    own = distribution("file-type-detector", "1.4.0")
    assert departures(hold(with_installed(NUMPY, RUNTIME, distribution("pip", "24.0"), own))) == {}


def test_there_may_be_more_than_was_asked_for() -> None:
    release = changed("environment.resources.limits", None)
    plenty = on_host(memory=Memory(total=1 << 40), processor=replace(HOST.processor, count=96))
    assert departures(hold(plenty, release)) == {}
    poor = on_host(memory=Memory(total=1 << 20))
    assert departures(hold(poor, release)) == {f"{RESOURCES}/requests/memory": "drift"}
    (entry,) = (one for one in hold(poor, release) if one.outcome == "drift")
    assert entry.why == "there is less"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("nvidia-a100-80gb", {}),
        ("nvidia.com/gpu", {}),
        ("nvidia-h100", {f"{RESOURCES}/requests/accelerators/nvidia-h100/count": "drift"}),
        ("amd.com/gpu", {f"{RESOURCES}/requests/accelerators/amd.com~1gpu/count": "unknown"}),
    ],
)
def test_a_gpu_is_of_a_type_by_its_name(kind: str, expected: dict[str, str]) -> None:
    release = changed(
        "environment.resources", {"requests": {"accelerators": [{"type": kind, "count": 1}]}}
    )
    assert departures(hold(release=release)) == expected


def test_the_likest_target_is_meant_unless_one_is_named() -> None:
    other = {"name": "arm", "os": "linux", "arch": "aarch64", "python": "3.13t"}
    data = changed("compatibility.targets.0.orchestrator", None)
    target = data["spec"]["compatibility"]["targets"][0]
    release = changed("compatibility.targets", [other, target])
    assert departures(hold(release=release)) == {}
    assert departures(hold(release=release, target="arm")) == {
        "compatibility/targets/arm/arch": "drift",
        "compatibility/targets/arm/python": "drift",
    }


def test_a_value_the_host_does_not_show_is_compared_and_not_shown() -> None:
    release = changed("environment.system.env", {"PASSWORD_OF": "left"})
    other = "not to be shown"
    machine = replace(MACHINE, variables={**MACHINE.variables, "PASSWORD_OF": other})
    (entry,) = (one for one in hold(machine, release) if one.name.endswith("PASSWORD_OF"))
    assert (entry.outcome, entry.right) == ("drift", "another value, which is not shown")
    taken = replace(MACHINE, variables={**MACHINE.variables, "MAX_BATCH_SIZE": other})
    assert other not in repr(hold(machine, release) + hold(taken))


def test_a_credential_in_a_variable_nobody_declared_is_named_and_not_shown() -> None:
    known = (Variable(name="TZ", masked="a key"), Variable(name="(a key)", masked="a key"))
    found = hold(on_host(variables=(*HOST.variables, *known)))
    assert departures(found) == {f"{SYSTEM}/env/TZ": "drift"}
    (entry,) = (one for one in found if one.outcome == "drift")
    assert entry.right == "(a key)"


def test_what_no_machine_can_be_asked_is_named() -> None:
    named = ("dependencies/sources", "externalServices", "flags")
    assert unasked_of(WHOLE) == named
    release = changed("parameters.max_batch_size.mapsTo", {"triton": "max_batch_size"})
    assert unasked_of(release) == (*named, "parameters")
    assert unasked_of({"spec": {}}) == ()


def test_what_is_not_declared_is_not_asked() -> None:
    spec = {"environment": {"runtime": WHOLE["spec"]["environment"]["runtime"]}}
    release = {"metadata": WHOLE["metadata"], "spec": spec}
    names = {entry.name for entry in hold(replace(MACHINE), release)}
    assert names == {
        "dependencies/runtime/packages/numpy",
        "dependencies/runtime/packages/onnxruntime",
        "environment/runtime/implementation",
        "environment/runtime/version",
        "environment/system/env/OMP_NUM_THREADS",
    }


@given(unknown=st.integers(0, 3), drift=st.integers(0, 3), allowed=st.integers(0, 3))
def test_unknown_is_never_green(unknown: int, drift: int, allowed: int) -> None:
    counted: tuple[tuple[Parity, int], ...] = (("unknown", unknown), ("drift", drift), ("match", 1))
    entries = [
        Entry(name=f"flags/{outcome}{number}", outcome=outcome)
        for outcome, count in counted
        for number in range(count)
    ]
    names = tuple(entry.name for entry in entries[:allowed])
    leave = Allowance(entries=names or ("environment",), reason="so be it", by="staging")
    found = allow(entries, [leave])
    left = {entry.outcome for entry in found}
    side = Side(title="x")
    verdict = Comparison(name="x", left=side, right=side, entries=found).verdict
    wanted = "fail" if "drift" in left else "inconclusive" if "unknown" in left else "pass"
    assert verdict == wanted
    assert Comparison(name="x", left=None, right=None, entries=()).verdict == "inconclusive"


def test_owners_allow_entries_by_name_and_by_pattern() -> None:
    entries = [
        Entry(name="environment/system/env/TZ", outcome="drift", left="a", right="b"),
        Entry(name="environment/system/env/LANG", outcome="match", left="a", right="a"),
        Entry(name="externalServices/blocklist/endpoint", outcome="drift", left="a", right="b"),
        Entry(name="externalServices/blocklist/timeout", outcome="drift", left="a", right="b"),
        Entry(name="environment/placement", outcome="unknown", left={}, why="not seen"),
    ]
    leave = [
        Allowance(entries=("externalServices/*/endpoint",), reason="a stand-in", by="staging"),
        Allowance(entries=("environment",), reason="another place", by="production"),
    ]
    found = {entry.name: entry for entry in allow(entries, leave)}
    outcomes = [found[entry.name].outcome for entry in entries]
    assert outcomes == ["allowed", "match", "allowed", "drift", "allowed"]
    told = found["externalServices/blocklist/endpoint"]
    assert (told.why, told.allowed_by) == ("a stand-in", "staging")


def test_a_python_without_a_gil_is_another_target() -> None:
    interpreter = MACHINE.captured.interpreter
    assert isinstance(interpreter, Interpreter)
    for threaded, declared, expected in (
        (True, "3.11", "drift"),
        (True, "3.11t", ""),
        (False, "3.11t", "drift"),
        (None, "3.11t", "unknown"),
        (None, "3.11", ""),
        (None, "3.12", "drift"),
    ):
        of_kind = replace(interpreter, free_threaded=threaded)
        captured = replace(MACHINE.captured, interpreter=of_kind)
        release = changed("compatibility.targets.0.python", declared)
        found = departures(hold(replace(MACHINE, captured=captured), release))
        assert found == ({f"{TARGET}/python": expected} if expected else {})


def test_an_amount_nobody_can_read_is_unknown() -> None:
    release = changed("environment.resources.limits", None)
    release["spec"]["environment"]["resources"]["requests"] = {"cpu": "much", "memory": "1"}
    assert departures(hold(release=release)) == {f"{RESOURCES}/requests/cpu": "unknown"}
    silent = on_host(memory=Memory(), processor=replace(HOST.processor, count=0))
    assert departures(hold(silent, release)) == dict.fromkeys(
        (f"{RESOURCES}/requests/cpu", f"{RESOURCES}/requests/memory"), "unknown"
    )


@given(st.sets(st.sampled_from(sorted(INDEPENDENT))))
def test_several_drifts_at_once_are_all_found_and_nothing_else(kinds: set[str]) -> None:
    machine = MACHINE
    names: set[str] = set()
    for kind in sorted(kinds):
        change, expected = INDEPENDENT[kind]
        machine, names = change(machine), names | expected
    assert departures(hold(machine)) == dict.fromkeys(names, "drift")
