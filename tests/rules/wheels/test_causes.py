from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.wheels.covering import (
    ARM,
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
from weighbridge.model.coverage import Cause, Fit

if TYPE_CHECKING:
    from weighbridge.rules.wheels.systems import System


@pytest.mark.parametrize(
    ("tags", "on", "cause", "why", "nearest"),
    [
        (
            ["cp311-cp311-manylinux_2_31_x86_64", "cp311-cp311-manylinux_2_34_x86_64"],
            LINUX,
            Cause.LIBC,
            "its wheels need glibc 2.31 or newer",
            "glibc 2.31",
        ),
        (
            ["cp311-cp311-musllinux_1_2_x86_64", "cp311-cp311-win_amd64"],
            LINUX,
            Cause.LIBC,
            "its wheels are for musl, not glibc",
            "musl",
        ),
        (
            ["cp311-cp311-manylinux2014_x86_64"],
            MUSL,
            Cause.LIBC,
            "its wheels are for glibc, not musl",
            "glibc",
        ),
        (
            ["cp311-cp311-macosx_14_0_arm64", "cp311-cp311-macosx_15_0_arm64"],
            MAC,
            Cause.OS_VERSION,
            "its wheels need macOS 14 or newer",
            "macOS 14",
        ),
        (
            ["cp39-cp39-manylinux2014_x86_64", "cp312-cp312-manylinux2014_x86_64"],
            LINUX,
            Cause.PYTHON,
            "it has no wheel for Python 3.11 there",
            "Python 3.12",
        ),
        (
            ["cp313-cp313-manylinux2014_x86_64"],
            THREADED,
            Cause.PYTHON,
            "it has no wheel for Python 3.13t there",
            "Python 3.13",
        ),
        (
            ["cp312-cp312-manylinux_2_34_x86_64"],
            LINUX,
            Cause.PYTHON,
            "it has no wheel for Python 3.11 there",
            "Python 3.12 with glibc 2.34",
        ),
        (
            ["cp311-cp311-manylinux2014_x86_64"],
            PYPY,
            Cause.PYTHON,
            "it has no wheel for Python 3.11 there",
            "Python 3.11",
        ),
        (
            ["pp310-pypy310_pp73-manylinux2014_x86_64"],
            LINUX,
            Cause.PYTHON,
            "it has no wheel for Python 3.11 there",
            "PyPy 3.10",
        ),
        (["py2-none-any"], LINUX, Cause.PYTHON, "it has no wheel for Python 3.11 there", "py2"),
        (
            ["cp311-cp311-manylinux2014_x86_64", "cp311-cp311-macosx_11_0_arm64"],
            ARM,
            Cause.ARCHITECTURE,
            "its wheels are for x86_64, not aarch64",
            "",
        ),
        (
            ["cp311-cp311-macosx_10_9_x86_64"],
            MAC,
            Cause.ARCHITECTURE,
            "its wheels are for x86_64, not aarch64",
            "",
        ),
        (
            ["cp311-cp311-linux_x86_64"],
            ARM,
            Cause.ARCHITECTURE,
            "its wheels are for x86_64, not aarch64",
            "",
        ),
        (
            ["cp311-cp311-win_amd64"],
            LINUX,
            Cause.SYSTEM,
            "its wheels are for Windows, not Linux",
            "",
        ),
        (
            ["cp311-cp311-plan9_x86_64"],
            LINUX,
            Cause.SYSTEM,
            "its wheels are for other systems, not Linux",
            "",
        ),
        (
            ["cp311-cp311-manylinux_2_5_aarch64"],
            ARM,
            Cause.SYSTEM,
            "its wheels have tags that no installer takes there",
            "",
        ),
        (
            ["demo.tar.gz"],
            LINUX,
            Cause.SDIST_ONLY,
            "there is only an sdist, which has to be built",
            "",
        ),
        (
            ["demo.tar.gz", "cp311-cp311-manylinux_2_31_x86_64"],
            LINUX,
            Cause.LIBC,
            "its wheels need glibc 2.31 or newer; its sdist has to be built",
            "glibc 2.31",
        ),
        ([], LINUX, Cause.NO_FILE, "the lock names no file of it", ""),
    ],
)
def test_a_gap_says_why_and_what_is_nearest(
    tags: list[str], on: System, cause: Cause, why: str, nearest: str
) -> None:
    found = only(*tags, on=on)

    assert (found.fit, found.cause) == (Fit.NO, cause)
    assert (found.why, found.nearest) == (why, nearest)


def test_the_target_that_is_most_alike_and_has_it_is_named() -> None:
    on = (OLD, LINUX, NEWER, ARM, WINDOWS)
    found = cells(pin("cp37-abi3-manylinux_2_28_x86_64", "cp37-abi3-win_amd64"), on=on)

    assert [cell.fit.value for cell in found] == ["no", "yes", "yes", "no", "yes"]
    assert found[0].nearest == "glibc 2.28; target linux has it"
    assert found[3].nearest == "target linux has it"


def test_hostile_names_multiply_nothing() -> None:
    words = ".".join(f"c{number}" for number in range(20))
    wheels = [f"cp311.{words}-none.{words}-{words}.{number}" for number in range(2_000)]

    found = only(*wheels)
    assert (found.fit, found.cause) == (Fit.NO, Cause.SYSTEM)
