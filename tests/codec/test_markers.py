from __future__ import annotations

import pytest

from weighbridge.codec.markers import BASE, can_hold, must_hold

LINUX = {"sys_platform": "linux", "python_version": "3.11", "python_full_version": "3.11.7"}


@pytest.mark.parametrize(
    ("marker", "can", "must"),
    [
        ("", True, True),
        ("sys_platform == 'linux'", True, True),
        ("sys_platform == 'win32'", False, False),
        ("platform_machine == 'arm64'", True, False),
        ("platform_machine != 'arm64'", True, False),
        ("sys_platform == 'win32' and platform_machine == 'arm64'", False, False),
        ("sys_platform == 'linux' or platform_machine == 'arm64'", True, True),
        ("python_version >= '3.10' and os_name == 'nt'", True, False),
        ("python_full_version < '3.11.8'", True, True),
        ("'x' in extras", True, False),
        ("extra == 'x'", True, False),
        ("what is this", True, False),
        ("(" * 5000, True, False),
        ("python_version in sys_platform", False, False),
        ("python_version == 'a b'", False, False),
        ("sys_platform ~= 'linux'", True, False),
        ("'a' > 'b'", True, False),
    ],
)
def test_a_marker_is_judged_by_what_is_stated(marker: str, can: bool, must: bool) -> None:  # noqa: FBT001
    assert (can_hold(marker, LINUX), must_hold(marker, LINUX)) == (can, must)


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("'x' in extras", False),
        ("'x' not in extras", True),
        ("extra == 'x'", False),
        ("extra != 'x'", True),
        ("'dev' in dependency_groups or sys_platform == 'linux'", True),
    ],
)
def test_what_nobody_asked_for_is_not_there(marker: str, holds: bool) -> None:  # noqa: FBT001
    stated = {**LINUX, **BASE}
    assert can_hold(marker, stated) is must_hold(marker, stated) is holds


def test_the_python_that_runs_this_is_not_asked() -> None:
    for variable in ("sys_platform", "platform_machine", "os_name", "implementation_name"):
        assert can_hold(f"{variable} == 'nowhere'", {})
        assert not must_hold(f"{variable} != 'nowhere'", {})
