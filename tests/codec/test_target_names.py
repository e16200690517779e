from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.target_names import FORMS, closest, default_targets, read_target
from weighbridge.model.errors import UsageError


def stated(word: str) -> dict[str, object]:
    return read_target(word).model_dump(by_alias=True, exclude_none=True)


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        (
            "linux-x86_64-glibc2.31-py3.11",
            {"os": "linux", "arch": "x86_64", "libc": "glibc", "libcVersion": "2.31"},
        ),
        (
            "linux-aarch64-musl1.2-py3.11",
            {"os": "linux", "arch": "aarch64", "libc": "musl", "libcVersion": "1.2"},
        ),
        ("macos14-arm64-py3.11", {"os": "macos", "arch": "aarch64", "osVersion": "14"}),
        ("macos10.15-x86_64-py3.11", {"os": "macos", "arch": "x86_64", "osVersion": "10.15"}),
        ("windows-x86_64-py3.11", {"os": "windows", "arch": "x86_64"}),
        ("windows11-arm64-py3.11", {"os": "windows", "arch": "aarch64", "osVersion": "11"}),
    ],
)
def test_a_target_is_written_as_a_word(word: str, wanted: dict[str, object]) -> None:
    python = {"python": "3.11", "implementation": "cpython"}

    assert stated(word) == {"name": word, **wanted, **python}


def test_pythons_may_be_free_threaded_patched_or_others() -> None:
    pythons = [
        read_target(f"windows-x86_64-{word}") for word in ("py3.13t", "py3.12.4", "pypy3.11")
    ]

    assert [(one.implementation, one.python) for one in pythons] == [
        ("cpython", "3.13t"),
        ("cpython", "3.12.4"),
        ("pypy", "3.11"),
    ]


@pytest.mark.parametrize("word", FORMS)
def test_the_forms_that_are_shown_are_forms(word: str) -> None:
    assert read_target(word).name == word


def test_the_common_targets_have_the_python_that_is_asked_for() -> None:
    assert {one.python for one in default_targets("3.12")} == {"3.12"}


@pytest.mark.parametrize(
    ("word", "problem", "meant"),
    [
        ("", "nothing is not a system", ""),
        ("debian-x86_64", "debian is not a system", ""),
        ("linus-x86_64-glibc2.28-py3.11", "linus is not a system", "linux-x86_64-glibc2.28-py3.11"),
        ("Linux-x86_64-glibc2.28-py3.11", "Linux is not a system", "linux-x86_64-glibc2.28-py3.11"),
        ("linux5-x86_64-glibc2.28-py3.11", "C library", "linux-x86_64-glibc2.28-py3.11"),
        ("macos-arm64-py3.11", "macOS needs its version", "macos14-arm64-py3.11"),
        ("macos14-aarch64-py3.11", "aarch64 is not a processor", "macos14-arm64-py3.11"),
        ("linux-arm64-musl1.2-py3.11", "arm64 is not", "linux-aarch64-musl1.2-py3.11"),
        ("windows-amd64-py3.11", "amd64 is not a processor", "windows-x86_64-py3.11"),
        ("windows-mips-py3.11", "mips is not a processor", ""),
        ("linux-x86_64-py3.11", "come a processor and a C library and a Python", ""),
        ("windows-x86_64-glibc2.28-py3.11", "come a processor and a Python", ""),
        ("linux-x86_64-glib2.28-py3.11", "glib2.28 is not", "linux-x86_64-glibc2.28-py3.11"),
        ("linux-x86_64-glibc-py3.11", "glibc is not a C library and its version", ""),
        ("linux-x86_64-glibc2.28-python3.11", "python3.11 is not", "linux-x86_64-glibc2.28-py3.11"),
        ("windows-x86_64-3.11", "3.11 is not a Python", ""),
        ("windows-x86_64-py2.7", "py2.7 is not a Python", ""),
        ("windows-x86_64-py3.11tt", "py3.11tt is not a Python", ""),
        ("linux-" * 1_000, "nothing is not a system", ""),
    ],
)
def test_what_is_no_target_says_what_was_meant(word: str, problem: str, meant: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_target(word)

    (fault,) = raised.value.faults
    assert problem in fault.message
    assert fault.help[:-1] == ((f"did you mean `{meant}`?",) if meant else ())
    assert len(fault.message) < 300


@given(st.text(alphabet="linuxmacoswindows-_64x8arm.pyglbc0123t", max_size=40))
def test_any_word_is_a_target_or_refused(word: str) -> None:
    try:
        assert read_target(word).name == word
    except UsageError as error:
        assert error.faults[0].help  # noqa: PT017 - either way is right


def test_the_closest_name_is_offered() -> None:
    assert closest("edg", ["cloud", "edge"]) == ["did you mean `edge`?"]
    assert closest("mars", ["cloud", "edge"]) == []
