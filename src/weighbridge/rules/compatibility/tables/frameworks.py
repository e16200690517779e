"""Frameworks: the Pythons each version was built for, and the ONNX models each runtime reads.

What is recorded of Python is what the project published files for: the tags of the wheels the
index lists, of free-threaded builds nothing. An older or newer Python has no file to install. The
newest series ends at its newest release: of what is not out yet nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.model.compatibility_data import Kind, Row
from weighbridge.rules.compatibility.tables.making import Source, series, words

if TYPE_CHECKING:
    from collections.abc import Iterator

# Versions from, up to but not including; first Python, first Python that is too new (a dash if
# its files are for any: then it is what the release itself requires).
_PYTHONS: Final = {
    "torch": """
        2.0    2.2    3.8  3.12
        2.2    2.5    3.8  3.13
        2.5    2.6    3.9  3.14
        2.6    2.9    3.9  3.14
        2.9    2.15   3.10 3.15
        2.15   2.15.1 3.11 3.16
    """,
    "tensorflow": """
        2.12   2.14   3.8  3.12
        2.14   2.16   3.9  3.12
        2.16   2.20   3.9  3.13
        2.20   2.21   3.9  3.14
        2.21   2.21.1 3.10 3.14
    """,
    "onnxruntime": """
        1.15   1.17   3.8  3.12
        1.17   1.20   3.8  3.13
        1.20   1.24   3.10 3.14
        1.24   1.32.1 3.11 3.15
    """,
    "numpy": """
        1.24   1.25   3.8  3.12
        1.25   1.26   3.9  3.12
        1.26   2.1    3.9  3.13
        2.1    2.3    3.10 3.14
        2.3    2.3.2  3.11 3.14
        2.3.2  2.5    3.11 3.15
        2.5    2.5.2  3.12 3.15
        2.5.2  2.5.6  3.12 3.16
    """,
    "scikit-learn": """
        1.3    1.3.1  3.8  3.12
        1.3.1  1.4    3.8  3.13
        1.4    1.5.2  3.9  3.13
        1.5.2  1.7    3.9  3.14
        1.7    1.7.2  3.10 3.14
        1.7.2  1.8    3.10 3.15
        1.8    1.9.1  3.11 3.15
        1.9.1  1.9.2  3.11 3.16
    """,
    "xgboost": """
        2.0    3.0    3.8  -
        3.0    3.3    3.10 -
        3.3    3.4.2  3.12 -
    """,
    "jaxlib": """
        0.4.18 0.4.31 3.9  3.13
        0.4.31 0.4.34 3.10 3.13
        0.4.34 0.7    3.10 3.14
        0.7    0.7.1  3.11 3.14
        0.7.1  0.11   3.11 3.15
        0.11   0.11.1 3.12 3.15
        0.11.1 0.12.1 3.12 3.16
    """,
}

_PARTLY: Final = "its file for Python 3.13 is for Linux on x86-64 alone"
"""What is peculiar to torch 2.5, of all releases in the table."""

# Versions from, up to but not including; newest operator set, newest IR. Measured in November 2026
# with the last patch of every series from 1.15 to 1.32 (of 1.31 and 1.32 so far the only ones, of
# 1.25 the 1.25.1): a model of one `Identity` was loaded with each operator set from 7 on, and with
# each IR version. Each admitted all up to the number here, and none beyond.
_RUNTIMES: Final = """
1.15 1.16 18 9
1.16 1.17 19 9
1.17 1.18 20 9
1.18 1.21 21 10
1.21 1.23 22 10
1.23 1.24 23 11
1.24 1.25 25 13
1.25 1.32 26 13
1.32 1.32.1 28 14
"""

# Of these no file is for a Python in use; nobody measured them, so they let nothing pass.
_UNMEASURED: Final = """
1.10 1.11 15 8
1.11 1.12 16 8
1.12 1.14 17 8
1.14 1.15 18 8
"""

# Version of the package, operator set, IR: the table its own `onnx.helper` holds.
_ONNX: Final = """
1.10 15 8
1.11 16 8
1.12 17 8
1.13 18 8
1.14 19 9
1.15 20 9
1.16 21 10
1.17 22 10
1.18 23 11
1.19 24 12
1.20 25 13
1.21 26 13
1.22 27 13
1.23 28 14
"""

_RUNTIME: Final = Source(
    url="https://onnxruntime.ai/docs/reference/compatibility.html#onnx-opset-support"
)
_UNSEEN: Final = Source(url=_RUNTIME.url, confidence="low")
_HELPER: Final = Source(url="https://github.com/onnx/onnx/blob/main/docs/Versioning.md")
_OLD: Final = "the model runs as its old operators are kept: no set before 7 is promised"


def rows() -> Iterator[Row]:
    """Make the rows."""
    for name, lines in _PYTHONS.items():
        source = Source(url=f"https://pypi.org/simple/{name}/")
        for first, end, python, too_new in words(lines):
            versions = f">={first},<{end}"
            admits = f">={python}" + ("" if too_new == "-" else f",<{too_new}")
            yield source.row(Kind.PYTHON, f"{name}/{first}", name, versions, admits)
    yield Source(url="https://pypi.org/simple/torch/").row(
        Kind.PYTHON,
        "torch/2.5/3.13",
        "torch",
        series("2.5"),
        ">=3.9,<3.13",
        outside="if",
        condition=_PARTLY,
    )
    for source, lines in ((_RUNTIME, _RUNTIMES), (_UNSEEN, _UNMEASURED)):
        for first, end, opset, ir in words(lines):
            versions = f">={first},<{end}"
            name = f"onnxruntime/{first}"
            yield source.row(Kind.OPSET, name, "onnxruntime", versions, f"<={opset}")
            yield source.row(Kind.IR, name, "onnxruntime", versions, f"<={ir}")
    yield _RUNTIME.row(
        Kind.OPSET, "onnxruntime/floor", "onnxruntime", "", ">=7", outside="if", condition=_OLD
    )
    for version, opset, ir in words(_ONNX):
        name, versions = f"onnx/{version}", series(version)
        yield _HELPER.row(Kind.OPSET, name, "onnx", versions, f"<={opset}")
        yield _HELPER.row(Kind.IR, name, "onnx", versions, f"<={ir}")
