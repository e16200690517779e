from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.formats.drive import read_bytes
from weighbridge.formats.image import start_up
from weighbridge.model.limits import DEFAULT_LIMITS, Limits

if TYPE_CHECKING:
    from weighbridge.model.structure import Structure


def read(path: str, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Structure:
    return read_bytes(data, start_up.read(path, len(data), limits=limits), limits=limits)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("usr/lib/python3/dist-packages/x.pth", True),
        ("opt/v/lib/python3.12/site-packages/sitecustomize.py", True),
        ("usr/lib/python3.12/usercustomize.py", True),
        ("srv/model.pth", False),
        ("opt/v/lib/python3.12/site-packages/torch/model.pth", False),
        ("srv/sitecustomize.py", False),
    ],
)
def test_where_python_looks_when_it_starts(path: str, wanted: bool) -> None:  # noqa: FBT001 - a case
    assert start_up.is_hook(path) is wanted


def test_lines_that_are_executed_are_told_and_paths_are_not() -> None:
    found = read("a/site-packages/x.pth", b"/opt/lib\nimport os; os.system('id')\r\n#import a\n")

    assert [(use.kind, use.name, use.offset) for use in found.code] == [
        ("start-up-hook", "x.pth", 9)
    ]
    assert found.code[0].detail == "import os; os.system('id')"
    assert found.status == "complete"


@pytest.mark.parametrize(
    ("data", "count"), [(b"# only\n\n  # notes\n", 0), (b"# a\nx = 1\ny\n", 1)]
)
def test_a_module_of_python_counts_once_unless_it_is_empty(data: bytes, count: int) -> None:
    assert len(read("lib/python3/sitecustomize.py", data).code) == count


def test_one_that_is_over_a_limit_is_not_read_whole() -> None:
    found = read("a/site-packages/x.pth", b"import a\n" * 9, Limits(window=16))

    assert (found.status, len(found.code)) == ("incomplete", 2)
