"""Whoever verifies trusts little code: what the two verifying verbs import, told by themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.workshop import clean_environ

if TYPE_CHECKING:
    from tests.usecases.cast import Cast

LIST = """
import json, sys
from weighbridge.cli.main import main
code = main(sys.argv[1:])
files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
sys.stderr.write("\\n" + json.dumps(files))
sys.exit(code)
"""
UNWANTED = {"orjson", "pydantic", "pydantic_core", "sqlalchemy", "yaml"}
COMPILED = {"cryptography", "_cffi_backend"}
"""cryptography, and the half of it that is packaged as cffi."""


def imported(cast: Cast, *words: str) -> dict[str, str]:
    """Run a command that must succeed; return the modules it imported and their files."""
    done = subprocess.run(
        [sys.executable, "-c", LIST, *words],
        cwd=cast.folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    files: dict[str, str | None] = json.loads(done.stderr.splitlines()[-1])
    return {name: file or "" for name, file in files.items()}


def compiled(files: dict[str, str]) -> set[str]:
    """Name the packages, Python's own left out, that brought an extension module."""
    endings = tuple(EXTENSION_SUFFIXES)
    brought = {name.partition(".")[0] for name, file in files.items() if file.endswith(endings)}
    return brought - sys.stdlib_module_names


@pytest.mark.parametrize(
    "words",
    [
        ("verify", RELEASE),
        ("log", "verify"),
        ("log", "verify", "--deep"),
        ("log", "verify", "out", "--remember=seen"),
    ],
)
def test_verifying_imports_no_compiled_code_but_cryptography(
    words: tuple[str, ...], cast: Cast
) -> None:
    cast.done("sign", RELEASE, by="bea")
    cast.done("log", "export", "out")
    files = imported(cast, *words)
    assert {name.partition(".")[0] for name in files} & UNWANTED == set()
    assert compiled(files) == COMPILED


def test_what_is_compiled_is_seen(cast: Cast) -> None:
    assert {"orjson", "pydantic_core", "yaml"} <= compiled(imported(cast, "show"))
