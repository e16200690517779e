from __future__ import annotations

import pytest

from tests.codec.locks.samples import PYLOCK, REQUIREMENTS, UV
from weighbridge.codec.locks import LockSyntaxError
from weighbridge.codec.locks.inputs import input_names, read_inputs, read_python

PROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
[project]
name = "ranker"
dependencies = [
  "numpy>=1.26",
  'polars[x]>=1 ; python_version > "3.10"', "click",
  "hatchling>=1.27",
  "esc\\u0061ped",
]
"""


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("#    uv pip compile pyproject.toml -o x.txt", ("pyproject.toml",)),
        ("# uv pip compile -c limits.txt a.in b.in --output-file x.lock", ("a.in", "b.in")),
        ("#    uv pip compile 'a b.in' -o x.txt --python-version 3.11", ("a b.in",)),
        ("#    pip-compile --output-file=x.txt requirements/a.in", ("requirements/a.in",)),
        ("#    /opt/bin/pip-compile a.in a.in", ("a.in",)),
        ("#    uv pip compile -r a.in --constraints b.txt", ("a.in",)),
        ("#    uv pip compile --format pylock.toml a.in", ("a.in",)),
        ("#    uv export --format requirements-txt -o x.txt", ("locks/pyproject.toml",)),
        ("#    uv pip compile - -o x.txt", ("locks/runtime.in",)),
        ("#    uv pip compile 'a.in", ("locks/runtime.in",)),
        ("#    make lock", ("locks/runtime.in",)),
        ("numpy==1\n#    uv pip compile a.in -o x", ("locks/runtime.in",)),
        ("\n\r\n# by\n#    uv pip compile a.in -o x", ("a.in",)),
        ("", ("locks/runtime.in",)),
        ("# \udcff", ("locks/runtime.in",)),
    ],
)  # fmt: skip
def test_the_header_names_the_inputs(header: str, names: tuple[str, ...]) -> None:
    data = header.encode("utf-8", "surrogateescape")
    assert input_names(data, "locks/runtime.lock", "requirements") == names


def test_other_formats() -> None:
    assert input_names(REQUIREMENTS.encode(), "runtime.lock", "requirements") == ("pyproject.toml",)
    assert input_names(UV.encode(), "a/uv.lock", "uv") == ("a/pyproject.toml",)
    assert input_names(PYLOCK.encode(), "pylock.toml", "pylock") == ("pylock.in",)


def test_project_dependencies() -> None:
    found = read_inputs(PROJECT.encode(), "pyproject.toml")
    assert [(one.file, one.line, one.requirement) for one in found] == [
        ("pyproject.toml", 6, "numpy>=1.26"),
        ("pyproject.toml", 7, 'polars[x]>=1 ; python_version > "3.10"'),
        ("pyproject.toml", 7, "click"),
        ("pyproject.toml", 8, "hatchling>=1.27"),
        ("pyproject.toml", 0, "escaped"),
    ]


def test_requirement_files() -> None:
    text = "# direct\nnumpy>=1.26 # why\n-r base.in\n--pre\n./lib\nclick ; python_version > '3'\n"
    assert [(one.line, one.requirement) for one in read_inputs(text.encode(), "a.in")] == [
        (2, "numpy>=1.26"),
        (6, "click ; python_version > '3'"),
    ]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("pyproject.toml", "[project]\ndependencies = ['a==']", "'a==' is not a requirement"),
        ("pyproject.toml", f"[project]\ndependencies = ['a;{'(' * 9999}']", "is not a requirement"),
        ("pyproject.toml", "[project]\ndependencies = 'a'", "dependencies is not an array"),
        ("pyproject.toml", "project = 1", "project is not a table"),
        ("a.in", "numpy=1", "is not a requirement"),
        ("a.in", "\udcff", "is not UTF-8"),
    ],
)
def test_broken_inputs_are_refused(file: str, text: str, message: str) -> None:
    with pytest.raises(LockSyntaxError, match=message):
        read_inputs(text.encode("utf-8", "surrogateescape"), file)


def test_a_project_without_dependencies() -> None:
    assert read_inputs(b"[tool.x]\n", "pyproject.toml") == ()


GROUPS = """\
[project]
name = "Ranker"
requires-python = ">=3.11"
dependencies = ["numpy>=1", "protobuf<4"]

[project.optional-dependencies]
gpu = ["torch>=2"]
all = ["ranker[gpu]", "torch"]

[dependency-groups]
dev = ["pytest>=8", { include-group = "lint" }]
lint = ["ruff"]

[tool.uv]
override-dependencies = ["Protobuf>=5"]
"""


def test_uv_locks_every_extra_and_group() -> None:
    found = read_inputs(GROUPS.encode(), "pyproject.toml", groups=True)
    assert [(one.group, one.line, one.requirement) for one in found] == [
        ("", 4, "numpy>=1"),
        ("all", 8, "torch"),
        ("gpu", 7, "torch>=2"),
        ("dev", 11, "pytest>=8"),
        ("lint", 12, "ruff"),
    ]
    alone = read_inputs(GROUPS.encode(), "pyproject.toml")
    assert [one.requirement for one in alone] == ["numpy>=1", "protobuf<4"]


def test_pythons_of_a_project() -> None:
    assert read_python(GROUPS.encode(), "pyproject.toml") == ">=3.11"
    assert read_python(b"", "pyproject.toml") == ""
    assert read_python(b"numpy", "a.in") == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[project]\nname = 1", "name is not text"),
        ("[project]\noptional-dependencies = 1", "optional-dependencies is not a table"),
        ("[project.optional-dependencies]\na = 1", "a is not an array"),
        ("[dependency-groups]\na = 1", "a is not an array"),
        ("[dependency-groups]\na = ['a==']", "'a==' is not a requirement"),
        ("[tool.uv]\noverride-dependencies = ['a==']", "'a==' is not a requirement"),
        ("[dependency-groups]\n" + "".join(f"g{n} = []\n" for n in range(101)), "more than 100"),
    ],
)
def test_broken_groups_are_refused(text: str, message: str) -> None:
    with pytest.raises(LockSyntaxError, match=message):
        read_inputs(text.encode(), "pyproject.toml", groups=True)
