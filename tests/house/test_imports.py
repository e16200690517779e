from __future__ import annotations

import subprocess
import sys

import pytest

from tests.house.tree import ROOT

# Each costs as much as, or more than, starting Python; `--help` must stay cheap.
HEAVY = (
    "asyncio",
    "cryptography",
    "httpx",
    "orjson",
    "pydantic",
    "rich",
    "sqlalchemy",
    "starlette",
    "yaml",
)
VERIFY_PATH = ("orjson", "pydantic", "pydantic_core", "yaml")
# Of what things are, only the authored kinds (packages of `model`) may be pydantic models.
PLAIN = [path.stem for path in sorted((ROOT / "src/weighbridge/model").glob("[!_]*.py"))]


def pulled(statement: str, unwanted: tuple[str, ...]) -> list[str]:
    """Run a statement in a fresh interpreter and list which unwanted modules it pulls in."""
    report = f"import sys; {statement}; print(*sorted(set(sys.modules) & {set(unwanted)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_planted_heavy_import_is_seen() -> None:
    assert pulled("import yaml, json", HEAVY) == ["yaml"]


def test_a_statement_that_fails_is_not_clean() -> None:
    with pytest.raises(AssertionError, match="no_such_module"):
        pulled("import no_such_module", HEAVY)


def test_the_command_line_starts_light() -> None:
    assert pulled("import weighbridge.cli.main", HEAVY) == []


@pytest.mark.parametrize("module", PLAIN)
def test_what_verifying_needs_stays_plain(module: str) -> None:
    assert pulled(f"import weighbridge.model.{module}", VERIFY_PATH) == []
