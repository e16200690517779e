"""Hold each pure package to its share of branch coverage.

The packages are those of the purity contract in pyproject.toml: what needs no file, socket or
clock has no excuse. Prints one line a package; exits 1 if one falls short.
"""

from __future__ import annotations

import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUIRED = 95.0
"""Percent of lines and branches of a package that the tests must reach."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a package the tests reached.

    Attributes:
        package: Dotted name.
        reached: Lines and branches reached.
        total: Lines and branches there are.
    """

    package: str
    reached: int
    total: int

    @property
    def percent(self) -> float:
        """Share reached; a package that was never measured counts as not reached."""
        return 100 * self.reached / self.total if self.total else 0.0


def pure_packages(project: Mapping[str, Any]) -> list[str]:
    """List the packages of the purity contract of a pyproject document."""
    contracts = project["tool"]["importlinter"]["contracts"]
    packages: list[str] = next(c["source_modules"] for c in contracts if c["id"] == "purity")
    return packages


def measure(packages: Iterable[str], files: Mapping[str, Any]) -> list[Coverage]:
    """Add up the files of each package from the `files` of coverage's JSON report."""
    result = []
    for package in packages:
        folder = "/" + package.replace(".", "/") + "/"
        summaries = [f["summary"] for name, f in files.items() if folder in "/" + name]
        reached = sum(s["covered_lines"] + s["covered_branches"] for s in summaries)
        total = sum(s["num_statements"] + s["num_branches"] for s in summaries)
        result.append(Coverage(package, reached, total))
    return result


def main(report: str) -> int:
    """Print the table and return the exit code.

    Args:
        report: Path of coverage's JSON report.
    """
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    exit_code = 0
    for coverage in measure(pure_packages(project), files):
        print(f"coverage of {coverage.package:24} {coverage.percent:6.1f} %")
        if coverage.percent < REQUIRED:
            folder = f"src/{coverage.package.replace('.', '/')}"
            print(f"  at least {REQUIRED:.0f} % is wanted; what is missing:")
            print(f"  .venv/bin/coverage report --include='{folder}/*'")
            exit_code = 1
    return exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
