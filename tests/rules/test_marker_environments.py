from __future__ import annotations

from typing import Any

import pytest

from weighbridge.model.fact import Facts, PythonEnvironment
from weighbridge.rules import sample
from weighbridge.rules.marker_environments import environments, of_installed


def stated(target: dict[str, Any]) -> dict[str, Any]:
    facts = sample.release({"/spec/compatibility/targets": [{"name": "t", **target}]})
    found = environments(facts)
    assert found.declared
    (only,) = found.each
    return {**only.stated}


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ({"os": "linux", "arch": "aarch64"}, ("linux", "posix", "Linux", "aarch64")),
        ({"os": "macos", "arch": "aarch64"}, ("darwin", "posix", "Darwin", "arm64")),
        ({"os": "macos", "arch": "x86_64"}, ("darwin", "posix", "Darwin", "x86_64")),
        ({"os": "windows", "arch": "x86_64"}, ("win32", "nt", "Windows", "AMD64")),
        ({"os": "windows", "arch": "aarch64"}, ("win32", "nt", "Windows", "ARM64")),
    ],
)
def test_platforms_are_spelt_as_python_does(
    target: dict[str, Any], wanted: tuple[str, ...]
) -> None:
    found = stated(target)
    names = ("sys_platform", "os_name", "platform_system", "platform_machine")
    assert tuple(found[name] for name in names) == wanted


@pytest.mark.parametrize(
    ("python", "full"),
    [
        (None, "3.11.7"),
        ("3.11", "3.11.7"),
        ("3.12", "3.12.99"),
        ("3.12.1", "3.12.1"),
        ("3.13t", "3.13.99"),
    ],
)
def test_the_python_of_a_target(python: str | None, full: str) -> None:
    target = {"os": "linux", "arch": "x86_64"} | ({"python": python} if python else {})
    found = stated(target)
    assert found["python_full_version"] == full
    assert found["python_version"] == ".".join(full.split(".")[:2])
    assert found["implementation_name"] == "cpython"
    assert found["platform_python_implementation"] == "CPython"


def test_without_targets_the_usual_platforms_stand_in() -> None:
    found = environments(sample.release())
    assert not found.declared
    assert [one.name for one in found.each] == [
        "linux x86_64",
        "linux aarch64",
        "macos aarch64",
        "windows x86_64",
    ]
    assert environments(Facts()).each == ()


def test_an_environment_that_was_looked_at_states_its_python_alone() -> None:
    python = PythonEnvironment(
        where=".venv", implementation="micropython", version="3.11.7", distributions={}
    )
    assert of_installed(python) == {
        "implementation_name": "micropython",
        "python_version": "3.11",
        "python_full_version": "3.11.7",
        "extra": "",
        "extras": frozenset(),
        "dependency_groups": frozenset(),
    }
