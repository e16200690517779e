from __future__ import annotations

from dataclasses import replace

import pytest

from tests.codec.locks.samples import COMMIT, UV, A, B
from weighbridge.codec.locks import LIMITS, LockSyntaxError, read_lock
from weighbridge.model.lock import Edge, Lock, Pin

HEAD = 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "r" }\n'


def read(text: str) -> Lock:
    return read_lock(text.encode(), "uv", "uv.lock")


def found(name: str) -> Pin:
    return next(pin for pin in read(UV).pins if pin.name == name)


def test_pins_in_file_order_without_the_project() -> None:
    assert [pin.name for pin in read(UV).pins] == [
        "click", "colorama", "pytest", "pluggy", "hypothesis", "jinja2", "features",
    ]  # fmt: skip
    assert read(UV).requires_python == ">=3.11"


def test_every_file_needs_its_hash() -> None:
    assert (found("click").hashes, found("click").hashed) == ((A, B), True)
    assert (found("colorama").hashes, found("colorama").hashed) == ((), False)
    assert not found("pytest").hashed


def test_places() -> None:
    assert replace(found("click"), index="", files=(), edges=()) == Pin(
        name="click", version="8.1.8", specifier="==8.1.8", hashes=(A, B), hashed=True, line=5
    )
    git = f"git+https://host/pluggy@{COMMIT}#subdirectory=src"
    assert (found("pluggy").source, found("pluggy").reference) == ("git", git)
    assert (found("hypothesis").source, found("hypothesis").hashed) == ("path", True)
    assert (found("jinja2").source, found("jinja2").hashed) == ("url", True)
    features = found("features")
    assert (features.source, features.version, features.specifier) == ("editable", None, "")
    assert features.reference == "libs/features"


def test_lines_are_those_of_the_tables() -> None:
    lines = UV.split("\n")
    for pin in read(UV).pins:
        assert lines[pin.line - 1 : pin.line + 1] == ["[[package]]", f'name = "{pin.name}"']


def test_markers_of_forks() -> None:
    assert found("hypothesis").marker == 'python_full_version < "3.12"'
    assert found("pytest").marker == (
        '(python_full_version < "3.12") or (python_full_version >= "3.13")'
    )
    assert found("click").marker == ""


def test_groups() -> None:
    groups = {pin.name: pin.groups for pin in read(UV).pins}
    assert groups == {
        "click": (),
        "colorama": (),
        "features": (),
        "pytest": ("dev",),
        "pluggy": ("dev",),
        "hypothesis": ("dev",),
        "jinja2": ("report",),
    }


def test_members_of_a_workspace_are_projects() -> None:
    text = (
        'version = 1\n[manifest]\nmembers = ["a", "b"]\n'
        + HEAD.removeprefix("version = 1\n").replace('registry = "r"', 'editable = "libs/a"')
        + 'dependencies = [{ name = "c" }]\n'
        + '[package.dev-dependencies]\ndev = [{ name = "d" }, { name = "c" }]\n'
        + "".join(
            f'[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ registry = "r" }}\n'
            for name in "cd"
        )
    )
    assert [(pin.name, pin.groups) for pin in read(text).pins] == [
        ("a", ()),
        ("c", ()),
        ("d", ("dev",)),
    ]


@pytest.mark.parametrize("source", ["virtual", "editable"])
def test_the_project_is_no_pin_and_asking_twice_changes_nothing(source: str) -> None:
    text = (
        HEAD.replace('registry = "r"', f'{source} = "."')
        + 'dependencies = [{ name = "b", extra = ["x"] }, { name = "b" }, { name = "gone" }]\n'
        + HEAD.removeprefix("version = 1\n").replace('"a"', '"b"')
    )
    assert [pin.name for pin in read(text).pins] == ["b"]


def test_git_without_commit_shows_none() -> None:
    text = HEAD.replace('registry = "r"', 'git = "https://h/a?rev=main"')
    assert read(text).pins[0].reference == "git+https://h/a"


def test_a_lock_of_nothing() -> None:
    assert read("version = 1\n") == Lock(format="uv", names_files=True, records_edges=True)


def test_lines_are_not_guessed() -> None:
    text = 'package = [{ name = "a", version = "1", source = { registry = "r" } }]\nversion = 1'
    assert [pin.line for pin in read(text).pins] == [1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "version is 'None'"),
        ("version = 2", 1, "version is '2'"),
        ("version = true", 1, "version is not an integer"),
        ("version = 1\nrequires-python = 3", 1, "requires-python is not text"),
        ("version = 1\nrequires-python = 'x'", 1, "requires-python is not a specifier"),
        ("version = 1\npackage = 1", 1, "package is not an array"),
        ("version = 1\npackage = [1]", 1, "package is not an array of tables"),
        ("version = 1\nmanifest = 1", 1, "manifest is not a table"),
        ("version = 1\nmanifest.members = [1]", 1, "members is not an array of text"),
        (HEAD.replace('"a"', '"A"'), 2, "'A' is not a normalised name"),
        (HEAD.replace('name = "a"\n', ""), 2, "'' is not a normalised name"),
        (HEAD.replace('"1"', '"one"'), 2, "'one' is not a version"),
        (HEAD.replace("registry", "unknown"), 2, "source does not name one place"),
        (HEAD.replace(' = "r"', ' = "r", url = "u"'), 2, "source does not name one place"),
        (HEAD + "wheels = [1]", 2, "wheels is not an array of tables"),
        (HEAD + "wheels = [{ hash = 1 }]", 2, "hash is not text"),
        (HEAD + "resolution-markers = ['x']", 2, "what is not a marker"),
        (HEAD + f"resolution-markers = ['{'(' * 5000}']", 2, "what is not a marker"),
        (HEAD + "dependencies = [{ name = 1 }]", 2, "name is not text"),
        (HEAD + "x = [", 6, "is not TOML"),
        (HEAD + "x = 1 1", 6, "is not TOML"),
        (HEAD + "x = " + "9" * 5000, 1, "is not TOML"),
        (HEAD + "x = " + "[" * 5000, 1, "is nested too deeply"),
        (HEAD + ".".join("a" * 300) + " = 1", 6, "a line of too many dots"),
        (HEAD + "x = '''\n'''\ny = '" + "." * 300 + "'", 8, "a line of too many dots"),
    ],
)
def test_what_is_not_a_uv_lock_is_refused(text: str, line: int, message: str) -> None:
    with pytest.raises(LockSyntaxError) as caught:
        read(text)
    assert (message in str(caught.value), caught.value.line) == (True, line), str(caught.value)


def test_dots_in_strings_do_not_count() -> None:
    assert read(HEAD + "x = '" + "." * 300 + "'").pins[0].name == "a"


def test_groups_are_limited() -> None:
    groups = "".join(f"g{number} = []\n" for number in range(LIMITS.groups + 1))
    with pytest.raises(LockSyntaxError, match="more than 100 members"):
        read(HEAD + "[package.dev-dependencies]\n" + groups)


FORKS = f"""\
version = 1

[[package]]
name = "app"
version = "1"
source = {{ virtual = "." }}
dependencies = [{{ name = "numpy", extra = ["blas"] }}]

[[package]]
name = "numpy"
version = "2.1.0"
source = {{ registry = "https://me:secret@index.example/simple" }}
dependencies = [
    {{ name = "abc", version = "1.0", marker = "python_full_version < '3.12'" }},
    {{ name = "abc", version = "2.0", marker = "python_full_version >= '3.12'" }},
    {{ name = "app" }},
]
wheels = [
    {{ url = "https://u:p@h/numpy-2.1.0%2Bcpu-py3-none-any.whl", hash = "{A}", size = 5, TIME }},
]
""".replace("TIME", 'upload-time = "2025-01-29T17:24:10.5+02:00"')


def test_files_edges_and_roots() -> None:
    lock = read(FORKS)
    (numpy,) = lock.pins
    (wheel,) = numpy.files
    assert (wheel.name, wheel.uploaded) == (
        "numpy-2.1.0+cpu-py3-none-any.whl",
        "2025-01-29T15:24:10Z",
    )
    assert numpy.edges == (
        Edge(name="abc", version="1.0", marker="python_full_version < '3.12'"),
        Edge(name="abc", version="2.0", marker="python_full_version >= '3.12'"),
    )
    assert (numpy.index, numpy.extras) == ("https://index.example/simple", ("blas",))
    assert (lock.roots, lock.credentials) == (("numpy",), (12, 19))
    assert "secret" not in repr(lock)


def test_a_time_that_is_none_is_refused() -> None:
    with pytest.raises(LockSyntaxError, match="upload-time 'soon' is no time"):
        read(FORKS.replace("2025-01-29T17:24:10.5+02:00", "soon"))
