from __future__ import annotations

from dataclasses import replace

import pytest

from tests.codec.locks.samples import COMMIT, PYLOCK, A, B
from weighbridge.codec.locks import LockSyntaxError, read_lock
from weighbridge.model.lock import Edge, Lock, Pin


def read(text: str) -> Lock:
    return read_lock(text.encode(), "pylock", "pylock.toml")


def found(name: str) -> Pin:
    return next(pin for pin in read(PYLOCK).pins if pin.name == name)


def test_a_package_of_an_index() -> None:
    assert replace(found("click"), index="", files=()) == Pin(
        name="click",
        version="8.1.8",
        specifier="==8.1.8",
        hashes=(A, B),
        hashed=True,
        requires_python=">=3.7",
        line=6,
    )
    assert read(PYLOCK).requires_python == ">=3.11"


def test_a_file_without_hash_is_seen_not_refused() -> None:
    assert [pin.name for pin in read(PYLOCK).pins if not pin.hashed] == [
        "colorama", "pluggy", "features", "tables", "jinja2", "six", "wheel",
    ]  # fmt: skip
    assert found("colorama").hashes == ()


def test_one_wheel_without_hash_is_enough() -> None:
    text = PYLOCK.replace(f', hashes = {{ sha256 = "{B[7:]}" }} }},\n]', " },\n]")
    assert text != PYLOCK
    assert (read(text).pins[0].hashed, read(text).pins[0].hashes) == (False, (A,))


def test_a_weak_hash_is_none() -> None:
    assert found("jinja2").hashes == ("md5:" + "a" * 32,)
    assert not found("jinja2").hashed


def test_places() -> None:
    places = {pin.name: (pin.source, pin.reference) for pin in read(PYLOCK).pins}
    assert places == {
        "click": ("index", ""),
        "colorama": ("index", ""),
        "pluggy": ("git", f"git+https://host/pluggy@{COMMIT}"),
        "features": ("editable", "libs/features"),
        "tables": ("path", "libs/tables"),
        "jinja2": ("url", "https://files.example/jinja2.zip"),
        "six": ("path", "six.zip"),
        "wheel": ("index", ""),
    }


def test_groups_are_those_a_marker_demands() -> None:
    assert found("colorama").groups == ("dev",)
    assert found("pluggy").groups == ("dev", "x")


@pytest.mark.parametrize(
    ("marker", "groups"),
    [
        ("'dev' in dependency_groups", ("dev",)),
        ("'base' in dependency_groups or 'dev' in dependency_groups", ()),
        ("'base' not in dependency_groups", ()),
        ("'dev' not in dependency_groups", ()),
        ("'x' in extras and 'dev' in dependency_groups", ("x", "dev")),
        ("'x' in extras or sys_platform == 'win32'", ()),
        ("sys_platform == 'win32' and 'x' in extras", ("x",)),
    ],
)
def test_an_entry_is_of_a_group_if_nothing_else_brings_it_in(
    marker: str, groups: tuple[str, ...]
) -> None:
    old = "marker = \"sys_platform == 'win32' and 'dev' in dependency_groups and"
    old += " 'base' in dependency_groups\""
    assert old in PYLOCK
    pins = read(PYLOCK.replace(old, f'marker = "{marker}"')).pins
    assert next(pin for pin in pins if pin.name == "colorama").groups == groups


FILES = f"""\
lock-version = "1.0"
created-by = "x"

[[packages]]
name = "torch"
version = "2.6.0+cu124"
index = "https://me:secret@index.example/simple"
dependencies = [{{ name = "Typing_Extensions" }}, {{ name = "sympy", version = "1.13.1" }}, {{}}]

[[packages.wheels]]
url = "https://u:p@index.example/torch-2.6.0%2Bcu124-cp311-cp311-linux_x86_64.whl"
upload-time = 2025-01-29T17:24:10+02:00
size = 768000000
hashes = {{ sha256 = "{"A" * 64}" }}
"""


def test_files_edges_and_index_of_an_entry() -> None:
    lock = read(FILES)
    (torch,) = lock.pins
    (wheel,) = torch.files
    assert wheel.name == "torch-2.6.0+cu124-cp311-cp311-linux_x86_64.whl"
    assert wheel.uploaded == "2025-01-29T15:24:10Z"
    assert (wheel.size, wheel.hashes, wheel.is_wheel) == (768000000, (A,), True)
    assert wheel.url.startswith("https://index.example/torch-2.6.0%2Bcu124")
    assert torch.index == "https://index.example/simple"
    assert torch.edges == (Edge(name="typing-extensions"), Edge(name="sympy", version="1.13.1"))
    assert lock.records_edges
    assert lock.credentials == (7, 11)
    assert "secret" not in repr(lock)


@pytest.mark.parametrize(
    ("written", "uploaded"),
    [
        ("2025-01-29T17:24:10.123Z", "2025-01-29T17:24:10Z"),
        ("2025-01-29T17:24:10", "2025-01-29T17:24:10Z"),
        ("2025-01-29T23:24:10-01:30", "2025-01-30T00:54:10Z"),
    ],
)
def test_times_are_in_utc(written: str, uploaded: str) -> None:
    text = FILES.replace("2025-01-29T17:24:10+02:00", written)
    assert read(text).pins[0].files[0].uploaded == uploaded


def test_lines_are_those_of_the_tables() -> None:
    lines = PYLOCK.split("\n")
    for pin in read(PYLOCK).pins:
        assert lines[pin.line - 1 : pin.line + 1] == ["[[packages]]", f'name = "{pin.name}"']


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('lock-version = "1.0"', "", 1, "lock-version is 'None'"),
        ('lock-version = "1.0"', 'lock-version = "1.1"', 1, "lock-version is '1.1'"),
        ('created-by = "uv"\n', "", 1, "Missing required value in"),
        ('name = "colorama"', 'name = "Colorama"', 16, "is not normalized"),
        ("colorama-0.4.6-py2.py3", "evil-0.4.6-py2.py3", 16, "not consistent with"),
        ("colorama-0.4.6-py2.py3", "colorama-0.4.7-py2.py3", 16, "not consistent with"),
        ("hashes = {} }]", "hashes = 1 }]", 16, "Unexpected type int"),
        ("wheels = [\n", "wheels = [1,\n", 6, "Unexpected type"),
        ("sdist = { path", "sdist = 1\nx = { path", 43, "Unexpected type int"),
        ("archive = { path", "archive = 1\nx = { path", 39, "Unexpected type int"),
        ("wheels = [{", "wheels = 1\nx = [{", 16, "Unexpected type int"),
    ],
)
def test_what_does_not_follow_the_standard_is_refused(
    old: str, new: str, line: int, message: str
) -> None:
    assert old in PYLOCK
    with pytest.raises(LockSyntaxError) as caught:
        read(PYLOCK.replace(old, new, 1))
    assert message in str(caught.value)
    assert caught.value.line == line
