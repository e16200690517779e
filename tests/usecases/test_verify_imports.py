"""Whoever verifies trusts little code: what the verifying verbs import, told by themselves."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import RELEASE
from tests.usecases.packs import exported
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.workshop import clean_environ

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]

LIST = """
import json, sys
from weighbridge.cli.main import main
code = main(sys.argv[1:])
files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
sys.stderr.write("\\n" + json.dumps(files))
sys.exit(code)
"""
UNWANTED = {"orjson", "pydantic", "pydantic_core", "sigstore", "sqlalchemy", "yaml"}
COMPILED = {"cryptography", "_cffi_backend"}
"""cryptography, and the half of it that is packaged as cffi."""
DECIDING = {"cel_expr_python", "google", "orjson", "pydantic_core", "yaml"}
"""What the gate brings: the engine of expressions, and what reads policies and manifests."""


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
        ("log", "verify", "entry.proof"),
        ("log", "verify", "out", "--remember=seen"),
    ],
)
def test_verifying_imports_no_compiled_code_but_cryptography(
    words: tuple[str, ...], cast: Cast
) -> None:
    cast.done("sign", RELEASE, by="bea")
    cast.done("log", "prove", "0", "--output=entry.proof")
    cast.done("log", "export", "out")
    files = imported(cast, *words)
    assert {name.partition(".")[0] for name in files} & UNWANTED == set()
    assert compiled(files) == COMPILED


def test_a_pack_is_verified_with_what_the_gate_decides_with_and_nothing_more(
    cast: Cast, promoted: Promoted
) -> None:
    """It decides again, so it needs what read the policy and what weighs its expressions."""
    (cast.folder / "pack.tar").write_bytes(exported(promoted))
    (cast.folder / "log.pub").write_text(promoted.registry.log_key + "\n")
    files = imported(cast, "evidence", "verify", "pack.tar", "--key", "log.pub")
    assert compiled(files) == COMPILED | DECIDING
    unneeded = {"httpx", "sqlite3", "sqlalchemy", "starlette", "weighbridge.adapters.registry"}
    assert unneeded & files.keys() == set()


def test_what_is_compiled_is_seen(cast: Cast) -> None:
    assert {"orjson", "pydantic_core", "yaml"} <= compiled(imported(cast, "show"))
