from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from weighbridge.model.fact import Distribution, Facts, PythonEnvironment
from weighbridge.model.lock import Pin
from weighbridge.rules import versions


@pytest.mark.parametrize(
    ("specifier", "version", "admitted"),
    [
        (">=1.24", "1.26.4", True),
        (">=1.24", "1.23", False),
        ("", "2.0.0rc1", True),
        (">=1", "2.0.0rc1", True),
        ("==1.13.0", "1.13.0+cu117", True),
        ("not a specifier", "1.0", None),
        (">=1", "1.0-custom-build-x_y", None),
    ],
)
def test_specifiers_admit_versions(specifier: str, version: str, *, admitted: bool | None) -> None:
    assert versions.admits(specifier, version) is admitted


def test_versions_are_the_same_however_they_are_written() -> None:
    assert versions.same("1.0", "1.0.0")
    assert not versions.same("1.0", "1.0.1")
    assert versions.same("custom_build", "custom_build")


@pytest.mark.parametrize(
    ("marker", "possible"),
    [
        ("", True),
        ("python_version < '3.9'", False),
        ("python_version >= '3.9'", True),
        ("python_full_version < '3.11.7'", False),
        ("python_full_version <= '3.11.7'", True),
        ("'3.9' > python_version", False),
        ("sys_platform == 'win32'", True),
        ("sys_platform == 'win32' and python_version < '3.9'", False),
        ("sys_platform == 'win32' or python_version < '3.9'", True),
        ("(extra == 'gpu' or os_name == 'nt') and python_version < '3.9'", False),
        ("python_version in '3.9 3.10'", False),
        ("python_version not in '3.9 3.10'", True),
        ("this is no marker", True),
    ],
)
def test_a_marker_may_hold(marker: str, *, possible: bool) -> None:
    assert versions.may_hold(marker, "3.11.7") is possible


def test_a_python_that_is_no_version_leaves_nothing_out() -> None:
    assert versions.may_hold("python_version < '3.9'", "three")


atoms = st.sampled_from(
    [
        "python_version < '3.9'",
        "python_version >= '3.11'",
        "sys_platform == 'win32'",
        "sys_platform == 'linux'",
        'platform_machine == "it\'s"',
        "implementation_name != 'pypy'",
    ]
)
formulas = st.recursive(
    atoms,
    lambda inner: st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(
        lambda parts: f"({parts[0]}{parts[1]}{parts[2]})"
    ),
    max_leaves=8,
)


@given(formulas, st.sampled_from(["win32", "linux"]), st.sampled_from(["cpython", "pypy"]))
def test_a_marker_that_holds_somewhere_may_hold(
    formula: str, platform: str, implementation: str
) -> None:
    environment = {
        "python_version": "3.11",
        "python_full_version": "3.11.7",
        "sys_platform": platform,
        "implementation_name": implementation,
        "platform_machine": "it's",
    }
    if Marker(formula).evaluate(environment):
        assert versions.may_hold(formula, "3.11.7")


def test_what_is_installed_is_known_only_for_the_same_version() -> None:
    numpy = Distribution(name="numpy", version="2.1", requires_python=">=3.10")
    here = PythonEnvironment(
        where=".venv",
        implementation="cpython",
        version="3.11.7",
        distributions={"numpy": numpy},
    )
    facts = Facts(python=here)

    def asked(version: str | None, recorded: str | None = None) -> str | None:
        pin = Pin(name="numpy", version=version, requires_python=recorded)
        return versions.requirement_on_python(pin, facts)

    assert asked("2.1.0") == ">=3.10"
    assert asked("2.0.0") is None
    assert asked(None) is None
    assert asked("2.0.0", recorded=">=3.9") == ">=3.9"
    assert versions.installed(facts, "numpy") == "2.1"
    assert versions.installed(facts, "scipy") is None
    assert versions.installed(Facts(), "numpy") is None
