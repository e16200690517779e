from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import (
    ACTIVE_ENVIRONMENT,
    OWN_INTERPRETER,
    Distribution,
    Facts,
    InputRequirement,
    ObservedLock,
    PythonEnvironment,
    Unavailable,
)
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.probes.python import observe_python
from weighbridge.rules import sample

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.finding import Finding

NUMPY = Pin(name="numpy", version="1.26.4", line=3)


def here(
    where: str = ".venv", requires: tuple[str, ...] = (), /, **found: str
) -> PythonEnvironment:
    return PythonEnvironment(
        where=where,
        implementation="cpython",
        version="3.11.7",
        distributions={
            name: Distribution(name=name, version=version, requires=requires)
            for name, version in found.items()
        },
    )


def beside(python: PythonEnvironment, *pins: Pin, **of_lock: Any) -> tuple[Finding, ...]:  # noqa: ANN401
    locks = sample.lock(*(pins or (NUMPY,)), **of_lock)
    return ask("DEP003", replace(sample.release(), locks=locks, python=python))


def test_another_version_that_is_installed_is_a_warning() -> None:
    (found,) = beside(here(numpy="1.26.3"))

    assert found.message == "numpy 1.26.3 is installed in .venv, requirements.lock has 1.26.4"
    assert (found.severity, str(found.location)) == (Severity.WARNING, "requirements.lock:3:1")


@pytest.mark.parametrize(
    ("installed", "marker", "count"),
    [
        ("1.26.4", "", 0),
        ("1.26.4+local", "", 0),
        ("1.26.4.0", "", 0),
        ("2.0", "python_version >= '3.12'", 0),
        ("2.0", "python_version >= '3.11'", 1),
        ("2.0", "sys_platform == 'nowhere'", 1),
    ],
)
def test_versions_and_markers(installed: str, marker: str, count: int) -> None:
    assert len(beside(here(numpy=installed), replace(NUMPY, marker=marker))) == count


def test_one_of_several_entries_is_enough() -> None:
    assert beside(here(numpy="2.0"), NUMPY, replace(NUMPY, version="2.0")) == ()
    (found,) = beside(here(numpy="3.0"), NUMPY, replace(NUMPY, version="2.0"))
    assert found.wanted == "numpy 1.26.4 or 2.0"


def test_many_that_differ_are_told_together() -> None:
    pins = [Pin(name=f"p{number}", version="1") for number in range(9)]
    found = beside(here(**{pin.name: "2" for pin in pins}), *pins)
    assert len(found) == 6
    assert "4 more packages" in found[-1].message


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"marker": "python_version < '3.12'"}, 1),
        ({"marker": "python_version >= '3.12'"}, 0),
        ({"marker": "sys_platform == 'linux'"}, 0),
        ({"groups": ("dev",)}, 0),
        ({"ecosystem": "conda"}, 0),
        ({"version": None}, 0),
    ],
)
def test_what_is_locked_for_here_is_installed(changes: dict[str, Any], count: int) -> None:
    found = beside(here(), replace(NUMPY, **changes))
    assert len(found) == count
    assert all(one.severity is Severity.WARNING for one in found)


def test_what_no_lock_names_is_a_note() -> None:
    (found,) = beside(here(numpy="1.26.4", ipython="8", pip="24", scipy="1"))
    assert found.message == ".venv has what no lock names: ipython, scipy"
    assert found.severity is Severity.NOTE


def test_the_release_itself_and_what_another_lock_names_are_not_extra() -> None:
    release = sample.release({"/spec/dependencies/dev": {"lock": "dev.lock", "format": "uv"}})
    (runtime,) = sample.lock(NUMPY).values()
    (dev,) = sample.lock(Pin(name="pytest", version="8")).values()
    locks = {sample.LOCK: runtime, "dev.lock": dev}
    python = here(**{"numpy": "1.26.4", "pytest": "8", "file-type-detector": "1.4.0"})
    assert ask("DEP003", replace(release, locks=locks, python=python)) == ()

    unread = {sample.LOCK: runtime, "dev.lock": Unavailable("it is not UTF-8")}
    found = ask("DEP003", replace(release, locks=unread, python=here(numpy="1.26.4", x="1")))
    assert [one.verdict for one in found] == [Verdict.INCONCLUSIVE]


@pytest.mark.parametrize(
    ("where", "found", "pin", "count"),
    [
        (OWN_INTERPRETER, {"numpy": "1"}, NUMPY, 0),
        (ACTIVE_ENVIRONMENT, {"numpy": "1"}, NUMPY, 1),
        (ACTIVE_ENVIRONMENT, {"numpy": "1", "weighbridge": "1"}, NUMPY, 0),
        (ACTIVE_ENVIRONMENT, {"weighbridge": "1"}, Pin(name="weighbridge", version="2"), 1),
        (".venv", {"numpy": "1.26.4", "weighbridge": "1"}, NUMPY, 1),
    ],
)
def test_only_an_environment_of_the_release_is_compared(
    where: str, found: dict[str, str], pin: Pin, count: int
) -> None:
    assert len(beside(here(where, **found), pin)) == count


def test_the_words_for_environments_are_those_of_the_probe(tmp_path: Path) -> None:
    own = observe_python(tmp_path, environ={}, prefix=tmp_path)
    assert isinstance(own, PythonEnvironment)
    (tmp_path / "env").mkdir()
    (tmp_path / "env/pyvenv.cfg").write_text("version = 3.11.7\n")
    active = observe_python(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "env")})
    assert isinstance(active, PythonEnvironment)
    assert (own.where, active.where) == (OWN_INTERPRETER, ACTIVE_ENVIRONMENT)


def test_a_sealed_release_is_not_held_against_what_is_installed() -> None:
    facts = replace(sample.release(sealed=True), locks=sample.lock(NUMPY), python=here(numpy="1"))
    assert ask("DEP003", facts) == ()


def asks(
    *requirements: str,
    pins: tuple[Pin, ...] = (NUMPY,),
    kind: str = "uv",
    python: PythonEnvironment | None = None,
    group: str = "",
    **given: str,
) -> tuple[Finding, ...]:
    """Hold a lock against a project."""
    (file,) = sample.lock(*pins, kind=kind, requires_python=given.get("locked", "")).values()
    assert isinstance(file, ObservedLock)
    inputs = tuple(
        InputRequirement(file="pyproject.toml", line=6, requirement=one, group=group)
        for one in requirements
    )
    read = replace(file, inputs=inputs, requires_python=given.get("project", ""))
    facts = replace(sample.release(), locks={sample.LOCK: read})
    return ask("DEP003", replace(facts, python=python) if python else facts)


UVICORN = Pin(name="uvicorn", version="0.30")


@pytest.mark.parametrize(
    ("extras", "kind", "others", "wanted"),
    [
        (("standard",), "uv", (), Verdict.PASS),
        (("Standard",), "uv", (), Verdict.PASS),
        ((), "uv", (), Verdict.FAIL),
        (("other",), "requirements", (), Verdict.FAIL),
        ((), "requirements", (), Verdict.PASS),
        ((), "requirements", (Pin(name="x", version="1", extras=("y",)),), Verdict.FAIL),
    ],
)
def test_extras_that_are_asked_for(
    extras: tuple[str, ...], kind: str, others: tuple[Pin, ...], wanted: Verdict
) -> None:
    pins = (replace(UVICORN, extras=extras), *others)
    found = asks("uvicorn[standard]>=0.3", pins=pins, kind=kind)
    assert verdict(found) is wanted
    assert all("asks for [standard]" in one.message for one in found)


@pytest.mark.parametrize(
    ("requires", "version", "count"),
    [
        ("httptools; extra == 'standard'", "0.30", 1),
        ("httptools; extra == 'standard' and sys_platform == 'x'", "0.30", 0),
        ("httptools; extra == 'standard'", "0.29", 0),
        ("httptools", "0.30", 0),
        ("numpy; extra == 'standard'", "0.30", 0),
        ("? what", "0.30", 0),
    ],
)
def test_what_an_extra_needs_is_told_by_what_is_installed(
    requires: str, version: str, count: int
) -> None:
    python = here(OWN_INTERPRETER, (requires,), uvicorn=version)
    pins = (UVICORN, NUMPY)
    found = asks("uvicorn[standard]", pins=pins, kind="requirements", python=python)
    assert len(found) == count
    assert all(one.seen == "no httptools" for one in found)
    assert (
        asks("uvicorn[standard]", pins=pins, kind="requirements", python=here(OWN_INTERPRETER))
        == ()
    )


def test_what_a_group_asks_for_is_told_with_the_group() -> None:
    (found,) = asks("scipy", group="dev")
    assert found.message == "scipy is required by pyproject.toml (dev) but not in requirements.lock"


@pytest.mark.parametrize(
    ("project", "locked", "count"),
    [
        (">=3.11", ">=3.11", 0),
        (">=3.11,<3.13", ">=3.11", 0),
        ("==3.11.*", ">=3.11, <3.12", 0),
        (">=3.10", ">=3.11", 1),
        (">=3.11", ">=3.11, <3.13", 1),
        (">=3.11.2", ">=3.11.4", 1),
        ("what", ">=3.11", 0),
    ],
)
def test_pythons_of_the_project_and_of_its_lock(project: str, locked: str, count: int) -> None:
    found = asks(project=project, locked=locked)
    assert len(found) == count
    assert all((one.seen, one.wanted) == (locked, project) for one in found)


def test_a_workspace_has_the_pythons_all_of_its_members_have() -> None:
    member = Pin(name="a", version=None, source="editable")
    assert asks(project=">=3.10", locked=">=3.11", pins=(member,)) == ()


def test_facts_that_nobody_gathered_are_not_drift() -> None:
    facts = replace(sample.release(), locks=sample.lock(NUMPY))
    assert isinstance(facts, Facts)
    assert messages(ask("DEP003", facts)) == []
