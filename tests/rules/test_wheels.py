"""Wheels: their names against each other, and their native code against what they promise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.structure import Problem, Structure
from weighbridge.rules import native, sample

TARGETS = "/spec/compatibility/targets"
LINUX = {"name": "edge", "os": "linux", "arch": "x86_64"}


def library(
    *versions: str,
    machine: str = "x86_64",
    name: str = "demo/fast.so",
    needed: tuple[str, ...] = ("libc.so.6",),
    interpreter: str = "",
) -> Structure:
    metadata = [("machine", machine), *(("needed", each) for each in needed)]
    metadata += [("interpreter", interpreter)] if interpreter else []
    metadata += [("symbol-version", version) for version in versions]
    return Structure(format="elf", status="complete", container=name, metadata=tuple(metadata))


def wheel(
    *members: Structure,
    folder: str = "demo-1.0.dist-info",
    name: str = "demo",
    version: str = "1.0",
    tags: tuple[str, ...] = (),
) -> Structure:
    return Structure(
        format="wheel",
        status="complete",
        members=members,
        metadata=(
            ("dist-info", folder),
            ("name", name),
            ("version", version),
            *(("tag", tag) for tag in tags),
        ),
    )


def loose(path: str, structure: Structure) -> Facts:
    return Facts(files=sample.file(path, structure=structure))


def tagged(platform: str, *members: Structure) -> Facts:
    return loose(f"demo-1.0-cp311-cp311-{platform}.whl", wheel(*members))


# Names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "found", "wanted"),
    [
        ("demo-1.0-py3-none-any.whl", wheel(tags=("py3-none-any",)), []),
        ("dist/Demo-1.0.0-py3-none-any.whl", wheel(tags=("py3-none-any",)), []),
        ("demo-1.0-7x-py3-none-any.whl", wheel(tags=("py3-none-any",)), []),
        (
            "demo-1.0-py2.py3-none-any.whl",
            wheel(tags=("py2-none-any", "py3-none-any")),
            [],
        ),
        ("demo-1.0-py2.py3-none-any.whl", wheel(tags=("py2.py3-none-any",)), []),
        ("renamed.zip", wheel(), []),
        (
            "a_b-1+cu-py3-none-any.whl",
            wheel(name="A.B", version="1+cu", folder="a_b-1+cu.dist-info", tags=("py3-none-any",)),
            [],
        ),
        ("other-1.0-py3-none-any.whl", wheel(tags=("py3-none-any",)), ["demo 1.0 (METADATA)"]),
        ("demo-1.1-py3-none-any.whl", wheel(tags=("py3-none-any",)), ["demo 1.0 (METADATA)"]),
        ("demo-1.0-py3-none-any.whl", wheel(), ["at least one tag (WHEEL)"]),
        ("demo-1.0-py3-none-any.whl", wheel(tags=("nonsense",)), ["at least one tag (WHEEL)"]),
        (
            "demo-1.0-py3-none-any.whl",
            wheel(tags=(".".join(map(str, range(200))) + "-none-any",)),
            ["at least one tag (WHEEL)"],
        ),
        ("demo-1.0-py3-none-any.whl", wheel(tags=("cp311-none-any",)), ["cp311-none-any (WHEEL)"]),
        ("demo.whl", wheel(), ["NAME-VERSION-PYTHON-ABI-PLATFORM.whl"]),
        ("demo-1.0-" + "a." * 200 + "a-none-any.whl", wheel(), ["a file name of 423 characters"]),
        (
            "demo-1.0-py3-none-any.whl",
            wheel(folder="demo-2.0.dist-info", tags=("py3-none-any",)),
            ["the folder demo-2.0.dist-info is not demo 1.0"],
        ),
        (
            "demo-1.0-py3-none-any.whl",
            wheel(folder="demo.dist-info", tags=("py3-none-any",)),
            ["the folder demo.dist-info is not demo 1.0"],
        ),
    ],
)
def test_a_wheel_has_one_name(path: str, found: Structure, wanted: list[str]) -> None:
    said = messages(ask("INT010", loose(path, found)))
    assert len(said) == len(wanted)
    for message, part in zip(said, wanted, strict=True):
        assert part in message


def test_tags_that_differ_are_a_warning_and_names_an_error() -> None:
    (tags,) = ask("INT010", loose("demo-1.0-py3-none-any.whl", wheel(tags=("py2-none-any",))))
    assert tags.severity is Severity.WARNING
    found = ask("INT010", loose("no-1.0-py3-none-any.whl", wheel(tags=("py3-none-any",))))
    assert [each.severity for each in found] == [Severity.ERROR]


def test_a_wheel_without_a_name_of_its_own_is_left_to_others() -> None:
    bare = Structure(format="wheel", status="error", reason="x")
    assert ask("INT010", loose("demo-1.0-py3-none-any.whl", bare)) == ()


def test_a_wheel_in_an_archive_is_named_by_its_member() -> None:
    inner = replace(wheel(tags=("py3-none-any",)), container="dist/no-1.0-py3-none-any.whl")
    outer = Structure(format="zip", status="complete", members=(inner,))
    (found,) = ask("INT010", loose("all.zip", outer))
    assert found.message.startswith("all.zip!/dist/no-1.0-py3-none-any.whl is not named as it is")


def test_what_record_does_not_vouch_for_needs_review() -> None:
    problem = Problem(code="INT010", message="1 file is not in RECORD: `a.pth`", offset=3)
    tampered = replace(wheel(tags=("py3-none-any",)), problems=(problem,))
    (found,) = ask("INT010", loose("demo-1.0-py3-none-any.whl", tampered))
    assert found.message == "demo-1.0-py3-none-any.whl: 1 file is not in RECORD: `a.pth`"
    assert found.threat is not None
    assert (found.threat.level, found.threat.offset) == ("needs-review", 3)


# Native code and tags ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "versions", "wanted"),
    [
        ("manylinux1_x86_64", ("libc.so.6: GLIBC_2.5",), ""),
        ("manylinux1_x86_64", ("libc.so.6: GLIBC_2.6",), "needs GLIBC_2.6 of libc.so.6, and "),
        ("manylinux2010_x86_64", ("libm.so.6: GLIBC_2.13",), "needs GLIBC_2.13 of libm.so.6"),
        ("manylinux2014_x86_64", ("libc.so.6: GLIBC_2.2.5", "libc.so.6: GLIBC_2.17"), ""),
        ("manylinux2014_x86_64", ("libc.so.6: GLIBC_2.18",), "manylinux2014_x86_64 has GLIBC_2.17"),
        ("manylinux2014_aarch64", ("libc.so.6: GLIBC_2.18",), "another processor"),
        ("manylinux_2_28_x86_64", ("libc.so.6: GLIBC_2.28",), ""),
        ("manylinux_2_28_x86_64.manylinux_2_17_x86_64", ("libc.so.6: GLIBC_2.28",), "_2_17_"),
        ("manylinux_2_35_x86_64", ("libc.so.6: GLIBC_ABI_DT_RELR",), "GLIBC_ABI_DT_RELR"),
        ("manylinux_2_36_x86_64", ("libc.so.6: GLIBC_ABI_DT_RELR",), ""),
        ("manylinux_2_39_x86_64", ("libc.so.6: GLIBC_PRIVATE",), "GLIBC_PRIVATE"),
        ("manylinux_2_17_x86_64", ("libstdc++.so.6: GLIBCXX_3.4.19",), ""),
        ("manylinux_2_20_x86_64", ("libstdc++.so.6: GLIBCXX_3.4.20",), "has GLIBCXX_3.4.19"),
        ("manylinux_2_28_x86_64", ("libstdc++.so.6: CXXABI_1.3.12",), "has CXXABI_1.3.11"),
        ("manylinux_2_4_x86_64", ("libstdc++.so.6: CXXABI_1.3.12",), ""),
        ("manylinux_2_17_x86_64", ("libfoo.so: FOO_9", "libgcc_s.so.1: GCC_99", "odd: x"), ""),
        ("musllinux_1_2_x86_64", ("libc.so.6: GLIBC_2.2.5",), "needs libc.so.6, and musl"),
        ("win_amd64", ("libc.so.6: GLIBC_2.99",), ""),
        ("any", ("libc.so.6: GLIBC_2.99",), ""),
    ],
)
def test_a_tag_promises_a_c_library(platform: str, versions: tuple[str, ...], wanted: str) -> None:
    part = library(*versions)
    if wanted == "another processor":
        part = library(*versions, machine="aarch64")
        wanted = ""
    found = messages(ask("CMP009", tagged(platform, part)))
    assert len(found) == bool(wanted)
    assert wanted in "".join(found)


def test_what_a_wheel_brings_along_may_be_newer() -> None:
    newer = library("libstdc++-1.so.6: GLIBCXX_3.4.30")
    bundled = library(name="demo.libs/libstdc++-1.so.6", needed=())
    assert ask("CMP009", tagged("manylinux_2_17_x86_64", newer, bundled)) == ()


def test_the_worst_library_is_named_and_the_others_counted() -> None:
    names = [library(f"libc.so.6: GLIBC_2.{n}", name=f"x/{n}.so") for n in range(25, 31)]
    (found,) = ask("CMP009", tagged("manylinux_2_17_x86_64", *names))
    assert found.message.endswith(
        "!/x/30.so needs GLIBC_2.30 of libc.so.6, and manylinux_2_17_x86_64 has GLIBC_2.17"
    )
    assert found.cause.endswith("so were 25.so, 26.so, 27.so and 2 more")
    assert (found.severity, found.verdict) == (Severity.WARNING, Verdict.FAIL)


@pytest.mark.parametrize(
    ("tag", "machine", "fails"),
    [
        ("manylinux_2_17_i686", "i386", False),
        ("manylinux_2_17_armv7l", "arm", False),
        ("manylinux_2_39_riscv64", "riscv64", False),
        ("manylinux_2_17_x86_64", "aarch64", True),
        ("linux_armv6l", "x86_64", True),
        ("manylinux_2_17_vax", "x86_64", False),
        ("manylinux_2_17_x86_64", "cuda", False),
    ],
)
def test_a_tag_names_the_processor(*, tag: str, machine: str, fails: bool) -> None:
    said = messages(ask("CMP009", tagged(tag, library(machine=machine))))
    assert any("its native code is for" in each for each in said) is fails


def test_a_helper_for_another_processor_may_lie_beside_the_right_ones() -> None:
    helper = library("libc.so.6: GLIBC_2.99", machine="i386", name="attach_x86.so")
    assert ask("CMP009", tagged("manylinux_2_17_x86_64", library(), helper)) == ()


@pytest.mark.parametrize(
    ("tag", "part", "wanted"),
    [
        ("manylinux_2_17_x86_64", library(needed=("libc.musl-x86_64.so.1",)), "glibc"),
        (
            "manylinux_2_17_x86_64",
            library(needed=(), interpreter="/lib/ld-musl-x86_64.so.1"),
            "glibc",
        ),
        ("musllinux_1_2_x86_64", library(needed=(), interpreter="/lib/ld-linux.so.2"), "musl"),
        ("musllinux_1_2_x86_64", library("x: GLIBC_2.4", needed=()), "musl"),
        ("musllinux_1_2_x86_64", library(needed=("libc.musl-x86_64.so.1",)), ""),
    ],
)
def test_glibc_and_musl_are_told_apart(tag: str, part: Structure, wanted: str) -> None:
    found = messages(ask("CMP009", tagged(tag, part)))
    assert len(found) == bool(wanted)
    assert all(message.endswith(f"{tag} has {wanted}") for message in found)


def test_a_tag_without_a_c_library_is_noted() -> None:
    (found,) = ask("CMP009", tagged("linux_x86_64", library("libc.so.6: GLIBC_2.34")))
    assert found.severity is Severity.NOTE
    assert found.message.endswith("says nothing of the C library; it needs glibc 2.34")
    (none,) = ask("CMP009", tagged("linux_x86_64", library()))
    assert none.message.endswith("it needs no version of glibc")
    (old,) = ask("CMP009", loose("x.zip", wheel(library(), tags=("py3-none-linux_x86_64",))))
    assert "is tagged linux_x86_64" in old.message


def test_a_library_that_was_not_read_is_inconclusive_where_something_is_promised() -> None:
    cut = replace(library(), status="incomplete", reason="x")
    (found,) = ask("CMP009", tagged("manylinux_2_17_x86_64", cut))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "what demo/fast.so of demo-1.0" in found.message
    assert ask("CMP009", tagged("any", cut)) == ()
    assert ask("CMP009", loose("fast.so", replace(cut, container=""))) == ()


def test_what_is_no_linux_platform_is_none() -> None:
    assert native.system_of("macosx_11_0_arm64") is None
    assert native.system_of("manylinux_x_1_x86_64") is None
    assert native.number("x") == ()


# Native code and targets ------------------------------------------------------------------------


def aimed(structure: Structure, *targets: dict[str, Any], more: Facts | None = None) -> Facts:
    path = "demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    if structure.format == "elf":
        path = "fast.so"
    release = sample.release({TARGETS: list(targets), "/spec/artifacts/0/path": path})
    files = sample.file(path, structure=structure)
    return replace(release, files={**files, **(more.files if more else {})})


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ({}, ""),
        ({"libc": "glibc"}, ""),
        ({"libc": "glibc", "libcVersion": "2.28"}, ""),
        ({"libc": "glibc", "libcVersion": "2.36"}, ""),
        ({"libc": "glibc", "libcVersion": "2.27"}, "target edge has GLIBC_2.27"),
        ({"libc": "musl", "libcVersion": "1.2"}, "target edge has musl"),
        ({"arch": "aarch64"}, "is for target edge, but its native code is for x86_64"),
        ({"os": "macos"}, "is for target edge, but its native code is for x86_64"),
        ({"arch": "TODO"}, ""),
    ],
)
def test_native_code_runs_on_a_target(target: dict[str, Any], wanted: str) -> None:
    for structure in (
        replace(library("libc.so.6: GLIBC_2.28"), container=""),
        wheel(library("libc.so.6: GLIBC_2.28")),
    ):
        found = messages(ask("CMP009", aimed(structure, {**LINUX, **target})))
        assert len(found) == bool(wanted)
        assert wanted in "".join(found)


def test_a_target_without_a_version_says_nothing_of_libstdcxx() -> None:
    part = library("libstdc++.so.6: GLIBCXX_3.4.99")
    target = {**LINUX, "libc": "glibc"}
    assert ask("CMP009", aimed(part, target)) == ()


def test_one_target_for_the_processor_is_enough() -> None:
    other = {**LINUX, "name": "arm", "arch": "aarch64"}
    assert ask("CMP009", aimed(library(), other, LINUX)) == ()


def test_another_wheel_of_the_package_may_serve_a_target() -> None:
    old = {**LINUX, "name": "old", "libc": "glibc", "libcVersion": "2.17"}
    new = {**LINUX, "name": "new", "libc": "glibc", "libcVersion": "2.36"}
    needy = wheel(library("libc.so.6: GLIBC_2.28"))
    name = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"

    def beside(found: Structure) -> Facts:
        return aimed(needy, old, new, more=loose(name, found))

    assert verdict(ask("CMP009", aimed(needy, old, new))) is Verdict.FAIL
    assert ask("CMP009", beside(wheel(library("libc.so.6: GLIBC_2.17")))) == ()
    stranger = wheel(library("libc.so.6: GLIBC_2.17"), name="other")
    assert verdict(ask("CMP009", beside(stranger))) is Verdict.FAIL
    arm = wheel(library("libc.so.6: GLIBC_2.17", machine="aarch64"))
    assert verdict(ask("CMP009", beside(arm))) is Verdict.FAIL
    assert verdict(ask("CMP009", beside(library("libc.so.6: GLIBC_2.17")))) is Verdict.FAIL


def test_files_without_native_code_are_not_asked() -> None:
    assert ask("CMP009", aimed(wheel(), LINUX)) == ()
    assert ask("CMP009", aimed(library(machine="cuda"), {**LINUX, "arch": "aarch64"})) == ()
    assert ask("CMP009", sample.release()) != ()  # nobody looked at its file


# Processors and libstdc++ -----------------------------------------------------------------------


def leveled(level: str, name: str = "demo/fast.so") -> Structure:
    found = library("libc.so.6: GLIBC_2.17", name=name)
    return replace(found, metadata=(*found.metadata, ("isa-needed", level)))


@pytest.mark.parametrize(
    ("needed", "promised", "lacks"),
    [
        ("x86-64", "x86-64", False),
        ("x86-64-v2", "x86-64", True),
        ("x86-64-v2", "x86-64-v3", False),
        ("x86-64-v3", "x86-64-v3", False),
        ("x86-64-v4", "x86-64-v3", True),
        ("unknown-level-0x10", "x86-64-v4", True),
        ("x86-64-v4", "", False),
        ("x86-64-v4", "armv8.2-a", False),
    ],
)
def test_levels_include_those_below(needed: str, promised: str, *, lacks: bool) -> None:
    system = native.System(name="target edge", arch="x86_64", cpu=promised)
    found = list(native.lacks(leveled(needed), system))
    assert [lack.of_processor for lack in found] == [True] * lacks


def test_a_tag_promises_any_processor_and_the_worst_library_is_named() -> None:
    members = [leveled("x86-64-v2", name="a.so"), leveled("x86-64-v4", name="b.so")]
    (found,) = ask("CMP009", tagged("manylinux_2_17_x86_64", *members))
    assert "b.so needs x86-64-v4 of the processor, and manylinux_2_17_x86_64 has" in found.message
    assert (found.wanted, found.cause[-4:]) == ("at most x86-64", "a.so")
    assert "-march" in found.remediation[0]


@pytest.mark.parametrize(
    ("version", "libc", "fits"),
    [
        ("GLIBCXX_3.4.25", "2.28", True),
        ("GLIBCXX_3.4.26", "2.28", False),
        ("GLIBCXX_3.4.28", "2.30", True),
        ("GLIBCXX_3.4.29", "2.31", False),
        ("CXXABI_1.3.13", "2.31", False),
        ("GLIBCXX_3.4.30", "2.36", True),
        ("GLIBCXX_3.4.99", "2.99", True),
        ("GLIBCXX_3.4.1", "2.5", True),
    ],
)
def test_a_target_has_the_libstdcxx_of_its_distribution(
    version: str, libc: str, *, fits: bool
) -> None:
    target = {**LINUX, "libc": "glibc", "libcVersion": libc}
    found = ask("CMP009", aimed(library(f"libstdc++.so.6: {version}"), target))
    assert (found == ()) is fits


def test_a_libstdcxx_that_another_wheel_brings_counts() -> None:
    target = {**LINUX, "libc": "glibc", "libcVersion": "2.28"}
    facts = aimed(library("libstdc++.so.6: GLIBCXX_3.4.30"), target)
    assert verdict(ask("CMP009", facts)) is Verdict.FAIL
    runtime = wheel(library(name="demo.libs/libstdc++.so.6"), name="runtime")
    files = {**facts.files, **sample.file("runtime-1.0-py3-none-any.whl", structure=runtime)}
    assert not any(
        "GLIBCXX" in said for said in messages(ask("CMP009", replace(facts, files=files)))
    )
