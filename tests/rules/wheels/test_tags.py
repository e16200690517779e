from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.tags import Tag, compatible_tags, generic_tags

from tests.rules.wheels.naive import host_platforms, host_tags
from tests.rules.wheels.targets import T24, of, system
from weighbridge.model.release.compatibility import Target
from weighbridge.rules.wheels import tags
from weighbridge.rules.wheels.systems import system_of

if TYPE_CHECKING:
    from weighbridge.rules.wheels.systems import System

OTHERS: tuple[dict[str, str], ...] = (
    {"os": "linux", "arch": "i686", "libc": "glibc", "libcVersion": "2.12", "python": "3.9"},
    {"os": "linux", "arch": "armv7l", "libc": "glibc", "libcVersion": "2.36", "python": "3.12"},
    {"os": "linux", "arch": "s390x", "libc": "musl", "libcVersion": "1.1", "python": "3.13t"},
    {"os": "linux", "arch": "riscv64", "libc": "glibc", "libcVersion": "2.4", "python": "3.14"},
    {"os": "macos", "arch": "x86_64", "osVersion": "10.15", "python": "3.13t"},
    {"os": "macos", "arch": "aarch64", "osVersion": "26.1", "python": "3.15t"},
    {"os": "windows", "arch": "aarch64", "python": "3.14t"},
    {"os": "windows", "arch": "i686", "python": "3.8"},
)


def admitted(system: System) -> frozenset[Tag]:
    """Write out what is held in two halves."""
    platforms = tags.platforms(system)
    bound = {Tag(*pair, one) for pair in tags.pairs(system) for one in platforms}
    return frozenset(bound | {Tag(*pair, tags.ANY) for pair in tags.free_pairs(system)})


@pytest.mark.parametrize("target", [*T24, *OTHERS], ids=lambda one: "-".join(one.values()))
def test_tags_are_those_packaging_finds_on_such_a_host(
    target: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert admitted(of(target)) == host_tags(monkeypatch, target)


@pytest.mark.parametrize("target", [*T24[::3], *OTHERS], ids=lambda one: "-".join(one.values()))
def test_tags_are_made_without_looking_at_the_host(
    target: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = {"os": "linux", "arch": "ppc64le", "libc": "musl", "libcVersion": "1.9"}
    wanted = host_tags(monkeypatch, target)
    for cached in (tags._platforms, tags._pairs_of):
        cached.cache_clear()
    host_platforms(monkeypatch, elsewhere)
    monkeypatch.setattr("sys.platform", "plan9")
    monkeypatch.setattr("platform.mac_ver", lambda: ("1.0", ("", "", ""), "ppc"))
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["plan9"]))
    monkeypatch.setattr("packaging.tags._get_config_var", lambda *_args: 1)

    assert admitted(of(target)) == wanted


def test_pypy_has_tags_of_its_own() -> None:
    pypy = system(implementation="pypy")
    platforms = sorted(tags.platforms(pypy))
    wanted = {
        *generic_tags("pp311", ["pypy311_pp73"], platforms),
        *compatible_tags((3, 11), "pp3", platforms),
    }

    assert admitted(pypy) == wanted


def test_what_is_not_stated_is_possible_and_not_sure() -> None:
    open_version = of({"os": "linux", "arch": "x86_64", "libc": "musl", "python": "3.11"})
    open_libc = of({"os": "linux", "arch": "x86_64", "python": "3.11"})
    open_mac = of({"os": "macos", "arch": "aarch64", "python": "3.11"})

    assert tags.platforms(open_version) == tags.platforms(open_libc) == {"linux_x86_64"}
    assert "musllinux_1_2_x86_64" in tags.possible_platforms(open_version)
    assert "manylinux_2_28_x86_64" not in tags.possible_platforms(open_version)
    assert {"musllinux_1_2_x86_64", "manylinux1_x86_64"} < tags.possible_platforms(open_libc)
    assert tags.platforms(open_mac) == frozenset()
    assert "macosx_14_0_arm64" in tags.possible_platforms(open_mac)
    assert open_version.unstated == ("its libcVersion",)
    assert open_libc.unstated == ("its libc",)
    assert open_mac.unstated == ("its osVersion",)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"libc": "glibc", "libcVersion": "3.0"}, "a libcVersion that is known (not 3.0)"),
        ({"libc": "glibc", "libcVersion": "2.999"}, "a libcVersion that is known (not 2.999)"),
        ({"libc": "musl", "libcVersion": "2.28"}, "a libcVersion that is known (not 2.28)"),
        ({"os": "macos", "osVersion": "9.1"}, "a osVersion that is known (not 9.1)"),
        ({"os": "macos", "osVersion": "999"}, "a osVersion that is known (not 999)"),
        ({"python": "4.0"}, "a Python that is known (not 4.0)"),
        ({"python": "3.999"}, "a Python that is known (not 3.999)"),
        ({"python": ""}, "its Python"),
    ],
)
def test_what_nobody_can_mean_counts_as_not_stated(values: dict[str, str], said: str) -> None:
    assert system(**values).unstated == (said,)


def test_where_there_is_no_such_system_there_are_no_tags() -> None:
    assert tags.platforms(system(os="windows", arch="s390x")) == frozenset()
    assert tags.platforms(system(os="macos", arch="s390x", osVersion="14")) == frozenset()
    assert tags.pairs(system(python="")) == tags.free_pairs(system(python="")) == frozenset()


def test_a_target_without_a_python_has_that_of_the_release() -> None:
    bare = Target.model_validate({"name": "edge", "os": "windows", "arch": "x86_64"})
    own = Target.model_validate(
        {"name": "edge", "os": "windows", "arch": "x86_64", "python": "3.12"}
    )

    found = system_of(bare, runtime=("pypy", "3.11.7"))
    assert (found.implementation, found.python, found.patch) == ("pypy", (3, 11), 7)
    assert system_of(own, runtime=("cpython", "3.11.7")).python == (3, 12)
    assert system_of(bare, runtime=("graalpy", "3.11.7")).implementation == "graalpy"
    assert tags.pairs(system_of(bare, runtime=("graalpy", "3.11.7"))) == frozenset()
