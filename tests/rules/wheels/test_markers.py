from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker

from tests.rules.wheels.naive import environment
from tests.rules.wheels.targets import T24, of, system
from weighbridge.rules.wheels.markers import Markers

_ATOMS = st.sampled_from(
    [
        "sys_platform == 'win32'",
        "os_name != 'nt'",
        "'arm' in platform_machine",
        "python_full_version < '3.12'",
        "python_version >= '3.12'",
        "platform_python_implementation == 'CPython'",
        "'dev' in dependency_groups",
        "implementation_version >= '3.12.4'",
    ]
)
_MARKERS = st.recursive(
    _ATOMS,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
    max_leaves=8,
)


def hold(marker: str, *, extras: set[str] | None = None, **target: str) -> bool | None:
    return Markers(extras=extras or set(), groups={"main"}).hold(marker, system(**target))


@given(_MARKERS, st.sampled_from(T24))
def test_a_marker_holds_where_packaging_says_so(marker: str, target: dict[str, str]) -> None:
    wanted = Marker(marker).evaluate(environment(target), context="lock_file")

    assert Markers(extras=set(), groups=set()).hold(marker, of(target)) is wanted


def test_markers_are_asked_of_the_target_and_not_of_this_host() -> None:
    assert hold("sys_platform == 'win32' and platform_machine == 'AMD64'", os="windows") is True
    assert hold("sys_platform == 'win32'") is False
    assert hold("platform_machine == 'arm64'", os="macos", arch="aarch64", osVersion="14") is True
    assert hold("platform_python_implementation == 'PyPy'", implementation="pypy") is True


@pytest.mark.parametrize(
    ("marker", "wanted"),
    [
        ("platform_release >= '5'", None),
        ("platform_version == '1'", None),
        ("sys_platform == 'win32' and platform_release >= '5'", False),
        ("sys_platform == 'linux' or platform_release >= '5'", True),
        ("sys_platform == 'linux' and platform_release >= '5'", None),
        ("sys_platform == 'win32' or platform_release >= '5'", None),
        ("python_full_version < '3.11.3'", None),
        ("python_full_version < '3.12'", True),
        ("python_full_version >= '3.12'", False),
        ("python_full_version == '3.11.7'", None),
        ("'3.11.4' in python_full_version", None),
        ("implementation_version >= '3.11.7'", None),
        ("extra == 'x'", None),
        ("this is no marker", None),
        ("(" * 2_000 + "os_name == 'nt'" + ")" * 2_000, None),
        ("os_name == 'nt' or " * 2_000 + "os_name == 'nt'", None),
        ("os_name ~= 'nt'", None),
        ("", True),
    ],
)
def test_what_is_not_stated_leaves_a_marker_open_unless_the_rest_decides(
    marker: str,
    wanted: bool | None,  # noqa: FBT001 - what it is to be
) -> None:
    assert hold(marker) is wanted


def test_a_stated_patch_level_decides() -> None:
    assert hold("python_full_version < '3.11.3'", python="3.11.2") is True
    assert hold("python_full_version < '3.11.3'", python="3.11.3") is False


def test_other_implementations_leave_their_version_open() -> None:
    assert hold("implementation_version >= '7.3'", implementation="pypy") is None
    assert hold("python_version >= '3.9'", python="") is None


def test_extras_and_groups_are_those_that_were_chosen() -> None:
    assert hold("'main' in dependency_groups and 'dev' not in dependency_groups") is True
    assert hold("'gpu' in extras") is False
    assert hold("'gpu' in extras", extras={"gpu"}) is True
