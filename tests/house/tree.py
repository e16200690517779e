"""Where the files of the house are, for the tests that read them."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
MADE = {".git", ".hypothesis", ".tools", ".venv", "__pycache__", "build", "dist", "site"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contract(identifier: str) -> dict[str, Any]:
    contracts: list[dict[str, Any]] = project()["tool"]["importlinter"]["contracts"]
    return next(c for c in contracts if c["id"] == identifier)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def own_files() -> list[Path]:
    """List what git tracks or would track, or everything not made by a tool where git is not."""
    if not (ROOT / ".git").exists():
        found = (p for p in ROOT.rglob("*") if not MADE.intersection(p.relative_to(ROOT).parts))
        return sorted(path for path in found if path.is_file())
    # safe.directory: a checkout may belong to another user than the one who runs the tests.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    listing = subprocess.run(
        [*command, "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    names = sorted(set(listing.decode().split("\0")) - {""})
    return [ROOT / name for name in names if (ROOT / name).is_file()]
