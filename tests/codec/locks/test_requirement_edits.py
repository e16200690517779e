from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from weighbridge.codec.locks.interface import LockSyntaxError
from weighbridge.codec.locks.requirement_edits import (
    NotEditedError,
    drop_requirement,
    raise_requirement,
)

INPUT = "\ufeff# direct\r\n{}\r\nother>=1  # lib>=1.0\r\n"
PROJECT = """\
[project]
name = "x"
dependencies = [
  "other>=1",
  {},  # why
]
[project.optional-dependencies]
more = [{}]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lib", "lib>=1.5"),
        ("lib>=1.0", "lib>=1.5"),
        ("lib >= 1.0 , <2", "lib >=1.5 , <2"),
        ("lib>1.0", "lib>=1.5"),
        ("lib~=1.1", "lib~=1.1,>=1.5"),
        ("lib<2", "lib<2,>=1.5"),
        ("lib!=1.2,>=1", "lib!=1.2,>=1.5"),
        ("lib==1.1", "lib==1.5"),
        ("lib===1.1", "lib===1.5"),
        ("Lib[b,a]>=1 ; python_version<'4'", "Lib[b,a]>=1.5 ; python_version<'4'"),
        ("lib ; python_version<'4'", "lib>=1.5 ; python_version<'4'"),
        ("lib (>=1.0)", "lib (>=1.5)"),
        ("lib>=1.0    # note", "lib>=1.5    # note"),
    ],
)
def test_a_requirement_is_raised_and_no_other_byte_changes(before: str, after: str) -> None:
    edited = raise_requirement(INPUT.format(before), "requirements.in", "lib", "1.5")
    assert edited is not None
    assert edited.text == INPUT.format(after)
    assert edited.line == 2


@pytest.mark.parametrize(
    "requirement", ["lib<1.5", "lib==1.*,<1.2", "lib~=1.4.0", "lib==1.1,!=1.2"]
)
def test_what_excludes_the_version_is_left_to_a_person(requirement: str) -> None:
    with pytest.raises(NotEditedError, match="excludes"):
        raise_requirement(f"{requirement}\n", "requirements.in", "lib", "1.5")


@pytest.mark.parametrize(
    "requirement", ["other", "lib>=1.5", "lib==1.*", "lib==1.5", "-e ./lib", ""]
)
def test_what_asks_for_nothing_lower_stays(requirement: str) -> None:
    assert raise_requirement(f"{requirement}\n", "requirements.in", "lib", "1.5") is None


def test_a_requirement_that_names_an_address_is_left_to_a_person() -> None:
    text = "lib @ https://example.com/lib-1.0-py3-none-any.whl\n"
    with pytest.raises(NotEditedError, match="names no version"):
        raise_requirement(text, "requirements.in", "lib", "1.5")


def test_a_package_asked_for_twice_is_left_to_a_person() -> None:
    with pytest.raises(NotEditedError, match="more than once"):
        raise_requirement("lib>=1\nlib<2\n", "requirements.in", "lib", "1.5")


def test_a_requirement_on_several_lines_is_left_to_a_person() -> None:
    with pytest.raises(NotEditedError, match="cannot be changed by itself"):
        raise_requirement("lib \\\n  >=1\n", "requirements.in", "lib", "1.5")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"lib>=1.0"', '"lib>=1.5"'),
        ("'lib[a]>=1.0'", "'lib[a]>=1.5'"),
        (
            '"lib>=1.0; python_version < \\"4\\""',
            '"lib>=1.5; python_version < \\"4\\""',
        ),
    ],
)
def test_a_string_of_a_project_is_raised_and_the_same_elsewhere_is_not(
    before: str, after: str
) -> None:
    edited = raise_requirement(PROJECT.format(before, before), "pyproject.toml", "lib", "1.5")
    assert edited is not None
    assert edited.text == PROJECT.format(after, before)


def test_a_string_with_escapes_of_its_own_is_left_to_a_person() -> None:
    text = PROJECT.format('"lib\\u003e=1.0"', "")
    with pytest.raises(NotEditedError, match="cannot be changed by itself"):
        raise_requirement(text, "pyproject.toml", "lib", "1.5")


def test_an_input_that_cannot_be_read_is_not_edited() -> None:
    with pytest.raises(LockSyntaxError):
        raise_requirement("[project", "pyproject.toml", "lib", "1.5")
    with pytest.raises(LockSyntaxError):
        drop_requirement("lib 'x\n", "requirements.in", "lib")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nlib>=1  # note\nb\n", "a\nb\n"),
        ("a\r\nlib \\\r\n  --hash=sha256:00\r\nb", "a\r\nb"),
        ("lib", ""),
    ],
)
def test_a_line_is_dropped_whole(before: str, after: str) -> None:
    edited = drop_requirement(before, "requirements.in", "lib")
    assert edited is not None
    assert edited.text == after
    assert edited.after == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('["a",\n  "lib>=1",  # why\n "b"]', '["a",\n "b"]'),
        ('["lib>=1", "b"]', '["b"]'),
        ('["a", "lib>=1"]', '["a"]'),
        ('["a", "lib>=1",]', '["a", ]'),
        ('["lib>=1"]', "[]"),
    ],
)
def test_a_member_of_an_array_is_dropped_with_its_comma(before: str, after: str) -> None:
    text = "[project]\nname = 'x'\ndependencies = {}\n"
    edited = drop_requirement(text.format(before), "pyproject.toml", "lib")
    assert edited is not None
    assert edited.text == text.format(after)


def test_a_package_nobody_asks_for_is_not_dropped() -> None:
    assert drop_requirement("a\n", "requirements.in", "lib") is None


VERSIONS = [f"{major}.{minor}" for major in range(3) for minor in range(4)]
CLAUSES = st.builds(
    "{}{}".format,
    st.sampled_from(["==", ">=", ">", "<", "<=", "~=", "!="]),
    st.sampled_from(VERSIONS),
)


@given(
    st.lists(CLAUSES, max_size=3).map(",".join),
    st.sampled_from(["", "[a]", " [a,b]"]),
    st.sampled_from(["", " ; python_version<'4'", "; sys_platform == 'x'"]),
    st.sampled_from(VERSIONS),
)
def test_what_was_raised_admits_the_version_and_none_below(
    specifier: str, extras: str, marker: str, version: str
) -> None:
    before = f"lib{extras}{specifier}{marker}"
    try:
        edited = raise_requirement(f"a\n{before} # x\n", "a.in", "lib", version)
    except NotEditedError:
        assert not SpecifierSet(specifier).contains(version)
        return
    old = Requirement(before)
    new = old if edited is None else Requirement(edited.after)
    assert new.specifier.contains(version)
    assert not any(new.specifier.contains(one) for one in VERSIONS[: VERSIONS.index(version)])
    admitted = {one for one in VERSIONS if new.specifier.contains(one)}
    assert admitted <= {version} or admitted <= {
        one for one in VERSIONS if old.specifier.contains(one)
    }
    assert (new.name, new.extras, str(new.marker)) == (old.name, old.extras, str(old.marker))
