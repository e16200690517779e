from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.probes.environments import environment, place
from weighbridge.model.host import Interpreter
from weighbridge.probes.python.interpreter import observe_interpreter, read_variables

BUILD = """# written by a build
build_time_vars = {'ABIFLAGS': '', 'CC': 'gcc '
 'x', 'SOABI': 'cpython-311', 'Py_GIL_DISABLED': 1, 'other': None}
"""


def test_a_build_is_read_from_its_variables(tmp_path: Path) -> None:
    environment(tmp_path / "env")
    base = tmp_path / "base"
    library = base / "lib/python3.11"
    library.mkdir(parents=True)
    path = library / "_sysconfigdata__linux.py"
    marker = tmp_path / "marker"
    path.write_text(f"{BUILD}open({str(marker)!r}, 'w')\n")
    found = observe_interpreter(replace(place(tmp_path / "env"), base=base))
    assert found == Interpreter(
        implementation="cpython",
        version="3.11.7",
        compiler="gcc x",
        soabi="cpython-311",
        free_threaded=True,
        configuration=found.configuration,
        source=str(path),
    )
    assert found.configuration.startswith("sha256:")
    assert not marker.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"build_time_vars = dict(a=1)",
        b"build_time_vars = {'a': open('x')}",
        b"build_time_vars = {[]: 1}",
        b"x = {'a': 1}",
        b"build_time_vars = {'a': " + b"(" * 500,
        b"build_time_vars = {'a': " + b"-" * 20_000 + b"1}",
        b"\xff",
        b"\0",
    ],
)
def test_what_is_no_literal_says_nothing(text: bytes) -> None:
    assert read_variables(text) is None


def test_an_interpreter_without_a_build_is_known_by_its_version(tmp_path: Path) -> None:
    environment(tmp_path)
    found = observe_interpreter(place(tmp_path))
    assert found == Interpreter(implementation="cpython", version="3.11.7")
    assert observe_interpreter(replace(place(tmp_path), version="?")).source == ""


def test_the_running_one_is_asked(tmp_path: Path) -> None:
    environment(tmp_path)
    own = replace(
        place(tmp_path),
        base=Path(sys.base_prefix),
        version=platform.python_version(),
        implementation=sys.implementation.name,
    )
    for asked in (own, replace(place(tmp_path), running=True)):
        found = observe_interpreter(asked)
        assert found.compiler == platform.python_compiler()
        assert found.source == "the running interpreter"
