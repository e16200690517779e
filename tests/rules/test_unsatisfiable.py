from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import Distribution, PythonEnvironment
from weighbridge.model.finding import Verdict
from weighbridge.model.lock import Edge, Pin
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.fact import Facts
    from weighbridge.model.finding import Finding

LINUX = {"name": "server", "os": "linux", "arch": "x86_64", "python": "3.11"}
MAC = {"name": "laptop", "os": "macos", "arch": "aarch64", "python": "3.12"}
WINDOWS = {"name": "desk", "os": "windows", "arch": "x86_64", "python": "3.12.1"}


def facts(*pins: Pin, targets: list[dict[str, Any]] | None = None, **of_lock: Any) -> Facts:  # noqa: ANN401
    changes = {"/spec/compatibility/targets": targets} if targets else {}
    return replace(sample.release({**changes}), locks=sample.lock(*pins, **of_lock))


def installed(name: str, version: str, *requires: str) -> PythonEnvironment:
    found = Distribution(name=name, version=version, requires=requires)
    return PythonEnvironment(
        where=".venv", implementation="cpython", version="3.11.7", distributions={name: found}
    )


def asked(*pins: Pin, **given: Any) -> tuple[Finding, ...]:  # noqa: ANN401
    return ask("DEP004", facts(*pins, **given))


def numpy(version: str, marker: str = "", **changes: Any) -> Pin:  # noqa: ANN401
    return Pin(name="numpy", version=version, marker=marker, **changes)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("", "", Verdict.FAIL),
        ("sys_platform == 'win32'", "sys_platform != 'win32'", Verdict.PASS),
        ("sys_platform == 'win32'", "os_name == 'posix'", Verdict.PASS),
        ("sys_platform == 'win32'", "platform_machine == 'AMD64'", Verdict.FAIL),
        ("platform_machine == 'aarch64'", "platform_machine == 'arm64'", Verdict.PASS),
        ("python_full_version < '3.12'", "python_version >= '3.12'", Verdict.PASS),
        ("python_version >= '3.12'", "python_version >= '3.13'", Verdict.PASS),
        ("python_version >= '3.10'", "python_version >= '3.11'", Verdict.FAIL),
        ("extra == 'cpu'", "extra != 'cpu'", Verdict.PASS),
        ("platform_release >= '5'", "platform_version == 'x'", Verdict.FAIL),
        ("implementation_name == 'pypy'", "", Verdict.PASS),
    ],
)
def test_two_versions_at_one_place(one: str, other: str, wanted: Verdict) -> None:
    assert verdict(asked(numpy("1.26.4", one), numpy("2.1.0", other))) is wanted


def test_markers_are_judged_for_the_declared_targets() -> None:
    pins = (numpy("1.26.4", "python_version >= '3.12'"), numpy("2.1.0", "os_name == 'nt'"))

    assert asked(*pins, targets=[LINUX, MAC]) == ()
    (found,) = asked(*pins, targets=[LINUX, WINDOWS])
    assert found.message == "numpy is to be installed in 2 versions on desk: 1.26.4 and 2.1.0"


def test_what_is_no_contradiction() -> None:
    assert asked(numpy("1.0"), numpy("1.0.0")) == ()
    assert asked(numpy("1.0", groups=("cpu",)), numpy("2.0", groups=("gpu",))) == ()
    assert asked(numpy("1.0", platform="linux-64"), numpy("2.0", platform="osx-64")) == ()


def test_a_platform_of_conda_has_one_version() -> None:
    pins = [numpy(one, platform="linux-64", ecosystem="conda") for one in ("1.0", "2.0")]
    (found,) = asked(*pins, kind="conda")
    assert "on linux-64" in found.message


FORKED = (
    Pin(
        name="torch",
        version="2.0",
        edges=(
            Edge(name="numpy", version="1.0", marker="python_full_version < '3.12'"),
            Edge(name="numpy", version="2.0", marker="python_full_version >= '3.12'"),
        ),
    ),
    numpy("1.0"),
    numpy("2.0"),
)


def test_uv_tells_by_the_way_which_version_is_meant() -> None:
    told = {"kind": "uv", "roots": ("torch",), "records_edges": True}
    assert asked(*FORKED, **told) == ()
    assert asked(*FORKED, **{**told, "roots": ("numpy", "torch")}) == ()

    scipy = Pin(name="scipy", version="1.0", edges=(Edge(name="numpy", version="2.0"),))
    (found,) = asked(*FORKED, scipy, **{**told, "roots": ("torch", "scipy")})
    assert "numpy is to be installed in 2 versions" in found.message


def test_uv_locks_of_cycles_are_followed_once() -> None:
    a = Pin(name="a", version="1", edges=(Edge(name="b"),))
    b = Pin(name="b", version="1", edges=(Edge(name="a"), Edge(name="c")))
    c = Pin(name="c", version="1", groups=("dev",))
    assert asked(a, b, c, kind="uv", roots=("a",), records_edges=True) == ()


@pytest.mark.parametrize(
    ("edge", "wanted"),
    [
        (Edge(name="numpy"), Verdict.PASS),
        (Edge(name="scipy"), Verdict.FAIL),
        (Edge(name="numpy", version="1.0.0"), Verdict.PASS),
        (Edge(name="numpy", version="2.0"), Verdict.FAIL),
        (Edge(name="scipy", marker="sys_platform == 'cygwin'"), Verdict.PASS),
        (Edge(name="scipy", marker="sys_platform == 'win32'"), Verdict.FAIL),
    ],
)
def test_what_an_entry_depends_on_is_there(edge: Edge, wanted: Verdict) -> None:
    pandas = Pin(name="pandas", version="2.0", edges=(edge,), line=4)
    found = asked(pandas, numpy("1.0"))
    assert verdict(found) is wanted
    assert all(str(one.location) == "requirements.lock:4:1" for one in found)


def test_what_several_need_is_told_once_and_how_it_comes_in() -> None:
    pins = [Pin(name=name, version="1", edges=(Edge(name="gone"), Edge(name="b"))) for name in "ab"]
    (found,) = asked(*pins, roots=("a",), records_edges=True)
    assert found.message == "gone is needed by a, b but not in requirements.lock"
    assert found.cause == "a was asked for itself"


def test_conda_is_followed_on_its_own_platform_and_pip_in_it_is_not() -> None:
    pip = Pin(name="six", version="1", platform="linux-64", edges=(Edge(name="msgpack"),))
    conda = replace(pip, name="numpy", ecosystem="conda", edges=(Edge(name="libblas"),))
    blas = replace(conda, name="libblas", edges=())
    assert asked(pip, conda, blas, kind="conda") == ()
    (found,) = asked(pip, conda, replace(blas, platform="osx-64"), kind="conda")
    assert found.subject == "libblas"


APP = Pin(name="app", version="1.0", edges=(Edge(name="mlflow"),))
MLFLOW = Pin(name="mlflow", version="2.9", edges=(Edge(name="protobuf"),))
PROTOBUF = Pin(name="protobuf", version="5.1", line=9)


def conflict(
    *requires: str,
    version: str = "2.9",
    pins: tuple[Pin, ...] = (),
    **given: Any,  # noqa: ANN401
) -> tuple[Finding, ...]:
    known = facts(*(pins or (APP, MLFLOW, PROTOBUF)), roots=("app",), records_edges=True, **given)
    return ask("DEP004", replace(known, python=installed("mlflow", version, *requires)))


def test_a_conflict_is_told_with_its_chain() -> None:
    (found,) = conflict("protobuf<5,>=3.12")

    assert found.message == "mlflow 2.9 needs protobuf<5,>=3.12, requirements.lock has protobuf 5.1"
    assert found.cause == "mlflow comes by app → mlflow"
    assert (found.subject, str(found.location)) == ("protobuf", "requirements.lock:9:1")


@pytest.mark.parametrize(
    ("requires", "wanted"),
    [
        ("protobuf>=5", Verdict.PASS),
        ("protobuf", Verdict.PASS),
        ("gone<1", Verdict.PASS),
        ("Protobuf<5", Verdict.FAIL),
        ("protobuf<5; sys_platform == 'win32'", Verdict.PASS),
        ("protobuf<5; python_version < '3.12'", Verdict.FAIL),
        ("protobuf<5; extra == 'genai'", Verdict.PASS),
        ("what is this", Verdict.PASS),
    ],
)
def test_requirements_of_what_is_installed(requires: str, wanted: Verdict) -> None:
    assert verdict(conflict(requires)) is wanted


def test_a_requirement_of_one_platform_counts_where_that_is_a_target() -> None:
    requires = "protobuf<5; sys_platform == 'win32'"
    assert conflict(requires, targets=[LINUX]) == ()
    assert len(conflict(requires, targets=[LINUX, WINDOWS])) == 1


def test_an_extra_that_was_asked_for_counts() -> None:
    pins = (APP, replace(MLFLOW, extras=("genai",)), PROTOBUF)
    assert len(conflict("protobuf<5; extra == 'genai'", pins=pins)) == 1


def test_what_is_installed_in_another_version_tells_nothing() -> None:
    assert conflict("protobuf<5", version="2.8") == ()


def test_an_entry_for_another_place_is_no_conflict() -> None:
    elsewhere = replace(PROTOBUF, marker="sys_platform == 'cygwin'")
    unread = replace(PROTOBUF, version="5.1_x")
    assert conflict("protobuf<5", pins=(APP, MLFLOW, elsewhere)) == ()
    assert conflict("protobuf<5", pins=(APP, MLFLOW, unread)) == ()


def test_a_lock_without_roots_tells_its_own() -> None:
    known = facts(APP, MLFLOW, PROTOBUF, records_edges=True)
    (found,) = ask("DEP004", replace(known, python=installed("mlflow", "2.9", "protobuf<5")))
    assert found.cause == "mlflow comes by app → mlflow"
    known = facts(MLFLOW, PROTOBUF)
    (found,) = ask("DEP004", replace(known, python=installed("mlflow", "2.9", "protobuf<5")))
    assert found.cause == ""


def test_a_python_left_open_is_any_python() -> None:
    release = sample.release({"/spec/environment/runtime/version": "TODO"})
    pins = (numpy("1.0", "python_version < '3'"), numpy("2.0"))
    assert len(ask("DEP004", replace(release, locks=sample.lock(*pins)))) == 1
    assert "numpy" in messages(asked(numpy("1.0"), numpy("2.0")))[0]
