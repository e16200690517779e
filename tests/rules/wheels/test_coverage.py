from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.rules.wheels.covering import (
    HASH,
    LINUX,
    MAC,
    MUSL,
    NEWER,
    OLD,
    PYPY,
    THREADED,
    WINDOWS,
    cells,
    only,
    pin,
)
from tests.rules.wheels.targets import system
from weighbridge.model.coverage import Cause, Fit
from weighbridge.model.lock import Lock, LockedFile
from weighbridge.rules.wheels.coverage import Chosen, wheel_cells

if TYPE_CHECKING:
    from weighbridge.rules.wheels.systems import System


@pytest.mark.parametrize(
    ("tag", "on"),
    [
        ("py3-none-any", WINDOWS),
        ("py2.py3-none-any", PYPY),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", LINUX),
        ("1-cp311-cp311-manylinux1_x86_64", OLD),
        ("cp37-abi3-manylinux_2_28_x86_64", NEWER),
        ("cp311-cp311-macosx_10_9_universal2", MAC),
        ("cp311-cp311-macosx_11_0_arm64", MAC),
        ("py3-none-manylinux_2_27_x86_64", THREADED),
        ("cp313-cp313t-manylinux_2_28_x86_64", THREADED),
        ("cp32-abi3t-manylinux_2_28_x86_64", THREADED),
        ("pp311-pypy311_pp73-manylinux_2_28_x86_64", PYPY),
        ("py3-none-musllinux_1_0_x86_64", MUSL),
    ],
)
def test_a_wheel_fits(tag: str, on: System) -> None:
    found = only(tag, on=on)

    assert (found.fit, found.cause, found.why, found.nearest) == (Fit.YES, Cause.NONE, "", "")
    assert (found.package, found.version, found.target) == ("demo", "1.0", on.name)


def test_what_a_marker_leaves_out_is_not_needed() -> None:
    found = cells(pin("cp311-cp311-win_amd64", marker="os_name == 'nt'"), on=(LINUX, WINDOWS))

    assert [(cell.fit, cell.cause) for cell in found] == [
        (Fit.YES, Cause.MARKER),
        (Fit.YES, Cause.NONE),
    ]
    assert found[0].why == "not needed there"


def test_what_may_be_needed_must_be_to_be_had() -> None:
    marker = "platform_release >= '5'"
    gap, fits = (
        only("cp311-cp311-win_amd64", marker=marker),
        only("py3-none-any", marker=marker),
    )

    assert (gap.fit, gap.cause) == (Fit.UNKNOWN, Cause.MARKER)
    assert gap.why == f"whether it is needed there is not known: {marker}"
    assert fits.fit is Fit.YES


def test_of_forks_the_one_that_is_needed_is_judged() -> None:
    old = pin("cp311-cp311-win_amd64", version="1.0", marker="python_version < '3.13'")
    new = pin("py3-none-any", version="2.0", marker="python_version >= '3.13'")
    neither = system(name="neither", python="3.13")

    found = cells(old, new, on=(LINUX, neither))
    assert [(cell.version, cell.target, cell.fit.value) for cell in found] == [
        ("1.0", "linux", "no"),
        ("2.0", "neither", "yes"),
    ]
    (absent,) = cells(old, replace(new, marker="os_name == 'nt'"), on=(neither,))
    assert (absent.version, absent.why) == ("1.0", "not needed there")


def test_two_entries_for_one_target_cannot_both_be_installed() -> None:
    first, second = pin("py3-none-any"), pin("py3-none-any", version="2.0")

    found = cells(first, second)
    assert [(cell.fit, cell.cause) for cell in found] == [(Fit.UNKNOWN, Cause.MARKER)] * 2
    assert found[0].why == "several entries of it are needed there"


def test_an_unhashed_wheel_is_not_taken() -> None:
    bare = LockedFile(name="demo-1.0-py3-none-any.whl")
    weak = replace(bare, hashes=("md5:" + "a" * 32,))

    for file in (bare, weak):
        found = only(files=(file,), hashed=False)
        assert (found.fit, found.cause) == (Fit.NO, Cause.MISSING_HASH)


def test_a_wheel_of_no_stated_libc_will_perhaps_do() -> None:
    found = only("cp311-cp311-linux_x86_64")

    assert (found.fit, found.cause) == (Fit.IF, Cause.LIBC)
    assert "tagged `linux`" in found.why


@pytest.mark.parametrize(
    ("on", "cause", "why"),
    [
        (
            system(libc="glibc", libcVersion=""),
            Cause.LIBC,
            "the target does not state its libcVersion",
        ),
        (system(libc=""), Cause.LIBC, "the target does not state its libc"),
        (system(python=""), Cause.PYTHON, "the target does not state its Python"),
        (
            system(python="", libc=""),
            Cause.PYTHON,
            "the target does not state its Python and its libc",
        ),
    ],
)
def test_what_a_target_does_not_state_is_unknown(on: System, cause: Cause, why: str) -> None:
    found = only("cp311-cp311-manylinux_2_28_x86_64", on=on)

    assert (found.fit, found.cause, found.why) == (Fit.UNKNOWN, cause, why)


def test_a_wheel_for_all_systems_asks_nothing_of_the_target() -> None:
    assert only("py3-none-any", on=system(libc="")).fit is Fit.YES


def test_macos_without_a_version_is_unknown() -> None:
    on = system(os="macos", arch="aarch64")
    found = only("cp311-cp311-macosx_14_0_arm64", on=on)

    assert (found.fit, found.cause) == (Fit.UNKNOWN, Cause.OS_VERSION)


@pytest.mark.parametrize(
    ("specifier", "on", "fit"),
    [
        (">=3.11", LINUX, Fit.YES),
        (">=3.12", LINUX, Fit.NO),
        (">=3.11.4", LINUX, Fit.UNKNOWN),
        (">=3.11.4", system(python="3.11.4"), Fit.YES),
        ("three", LINUX, Fit.UNKNOWN),
        (">=3.12", system(python=""), Fit.UNKNOWN),
    ],
)
def test_a_package_must_admit_the_python(specifier: str, on: System, fit: Fit) -> None:
    found = only("py3-none-any", on=on, requires_python=specifier)

    assert found.fit is fit
    if fit is Fit.NO:
        assert found.cause is Cause.REQUIRES_PYTHON
        assert found.why == "it needs Python >=3.12, and the target has 3.11"
        assert found.nearest == "Python >=3.12"


def test_a_lock_that_is_not_for_a_python_says_so_once() -> None:
    on = (LINUX, NEWER, system(name="open", python=""), system(name="close", python="3.12"))
    found = cells(pin("py3-none-any"), on=on, requires_python=">=3.12.5")

    assert [(cell.package, cell.target, cell.fit) for cell in found[:2]] == [
        ("python", "linux", Fit.NO),
        ("python", "close", Fit.UNKNOWN),
    ]
    assert (found[0].version, found[0].nearest) == ("3.11", "Python >=3.12.5")
    assert len(found) == 2 + len(on)


def test_a_lock_that_names_no_files_leaves_all_open() -> None:
    (found,) = cells(pin(), format="requirements", names_files=False)
    (plain,) = cells(replace(pin(), source="include"), pin(), names_files=False)

    assert (found.fit, found.cause) == (Fit.UNKNOWN, Cause.FILES_UNKNOWN)
    assert found.why == "the lock (requirements) does not name its files"
    assert plain.fit is Fit.UNKNOWN


def test_an_address_names_its_file() -> None:
    address = "https://files.example.com/demo-1.0-cp311-cp311-win_amd64.whl#egg=demo"
    entry = replace(pin(), source="url", reference=address)

    found = cells(entry, on=(LINUX, WINDOWS), names_files=False)
    assert [cell.fit for cell in found] == [Fit.NO, Fit.YES]


@pytest.mark.parametrize("source", ["git", "path", "editable"])
def test_what_was_meant_to_be_built_has_to_be_built(source: str) -> None:
    found = only(source=source)

    assert (found.fit, found.cause) == (Fit.IF, Cause.SDIST_ONLY)
    assert found.why == f"if it can be built there: it comes from {source}"


def test_packages_of_others_are_unknown() -> None:
    found = only("py3-none-any", ecosystem="conda")

    assert (found.fit, found.cause) == (Fit.UNKNOWN, Cause.FILES_UNKNOWN)


def test_a_name_that_is_no_wheels_leaves_a_gap_open() -> None:
    broken = LockedFile(name="demo-1.0-any.whl", hashes=HASH)

    assert only(files=(broken,)).fit is Fit.UNKNOWN
    wheel = LockedFile(name="demo-1.0-py3-none-any.whl", hashes=HASH)
    assert only(files=(broken, wheel)).fit is Fit.YES


def test_a_yanked_package_is_told() -> None:
    lock = Lock(format="pylock", pins=(pin("py3-none-any"),), names_files=True)

    (found,) = wheel_cells(lock, [LINUX], yanked=[("demo", "1.0")])
    assert (found.fit, found.cause) == (Fit.IF, Cause.YANKED)
    (other,) = wheel_cells(lock, [LINUX], yanked=[("demo", "2.0")])
    assert other.fit is Fit.YES


def test_groups_and_extras_count_when_they_are_chosen() -> None:
    dev = pin("cp311-cp311-win_amd64", marker="'dev' in dependency_groups", groups=("dev",))
    lock = Lock(format="pylock", pins=(dev,), names_files=True)
    uv = replace(lock, format="uv", pins=(replace(dev, marker=""),))
    chosen = Chosen(groups=frozenset({"dev"}))

    for one in (lock, uv):
        assert wheel_cells(one, [LINUX])[0].fit is Fit.YES
        assert wheel_cells(one, [LINUX], chosen=chosen)[0].fit is Fit.NO
        always = replace(one, default_groups=("dev",))
        assert wheel_cells(always, [LINUX])[0].fit is Fit.NO
