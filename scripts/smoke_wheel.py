"""Try the installed wheel in an environment that holds nothing but its own requirements.

What tests in the source tree cannot see: a file missing from the wheel, an undeclared
dependency, an import that only works beside the tests.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.sample_release import safetensors, write_release

if TYPE_CHECKING:
    from collections.abc import Callable

IMPORT_EVERYTHING = """
import importlib, pkgutil, weighbridge
# Extras as a whole: what listens, and what keeps things in databases. Verbs import them when used.
extras = tuple(f"weighbridge.{one}" for one in (
    "server", "adapters.accounts", "adapters.jobs", "adapters.postgres"
))
def imported(package):
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name.startswith(extras) or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        yield module
        if found.ispkg:
            yield from imported(module)
print(len(list(imported(weighbridge))))
"""


class SmokeError(Exception):
    """The installed wheel does not do what it should."""


def run(*command: str | Path, folder: Path, wanted: int = 0) -> str:
    """Run a command of the bare environment and return what it printed to stdout.

    Args:
        command: Program and arguments.
        folder: Working directory, outside the source tree.
        wanted: Exit code it must end with.
    """
    keep = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment | {"HOME": str(folder), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != wanted:
        words = " ".join(str(part) for part in command)
        msg = f"{words}\nexit code {done.returncode}, wanted {wanted}\n{done.stdout}{done.stderr}"
        raise SmokeError(msg)
    return done.stdout


def demand(text: str, *parts: str) -> None:
    """Raise unless each part occurs in the text."""
    for part in parts:
        if part not in text:
            raise SmokeError(f"{part!r} does not occur in:\n{text}")


def shows_help(programs: Path, folder: Path) -> None:
    """--help names the verbs."""
    demand(run(programs / "weighbridge", "--help", folder=folder), "Usage:", "check", "seal")


def shows_version(programs: Path, folder: Path) -> None:
    """--version and python -m agree."""
    version = run(programs / "weighbridge", "--version", folder=folder)
    demand(version, "weighbridge")
    demand(run(programs / "python", "-m", "weighbridge", "--version", folder=folder), version)


def imports_every_module(programs: Path, folder: Path) -> None:
    """Every module imports without extras and without warnings."""
    run(programs / "python", "-I", "-W", "error", "-c", IMPORT_EVERYTHING, folder=folder)


def passes_a_whole_release(programs: Path, folder: Path) -> None:
    """A release whose files are what its manifest says passes the integrity rules."""
    manifest = write_release(folder / "whole", "model.safetensors", safetensors())
    run(programs / "weighbridge", "check", manifest, "--select", "INT", folder=folder)


def catches_a_changed_file(programs: Path, folder: Path) -> None:
    """One flipped byte is found."""
    content = safetensors()
    manifest = write_release(folder / "changed", "model.safetensors", content)
    weights = manifest.parent / "model.safetensors"
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    check = (programs / "weighbridge", "check", manifest, "--select", "INT")
    demand(run(*check, folder=folder, wanted=1), "INT001")


def brings_its_docs(programs: Path, folder: Path) -> None:
    """What an error's page advises is printed: the docs came along."""
    demand(run(programs / "weighbridge", "explain", "WB131", folder=folder), "## What to do")


CHECKS: tuple[Callable[[Path, Path], None], ...] = (
    shows_help,
    shows_version,
    imports_every_module,
    passes_a_whole_release,
    catches_a_changed_file,
    brings_its_docs,
)


def passed_before(report: Path) -> int:
    """Count the passed tests of a JUnit report."""
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - pytest wrote it just now
    bad = ("failures", "errors", "skipped")
    return sum(
        int(suite.get("tests", 0)) - sum(int(suite.get(kind, 0)) for kind in bad)
        for suite in suites
    )


def main() -> int:
    """Run all checks, print the sum of tests and checks as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=Path, help="bin folder of the bare environment")
    parser.add_argument(
        "--tests", type=Path, nargs="*", default=(), help="JUnit reports of the tests run before"
    )
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="weighbridge-smoke-") as folder:
        for check in CHECKS:
            try:
                check(options.programs.absolute(), Path(folder))
            except SmokeError as error:
                failed += 1
                print(f"wheel: {check.__doc__} FAILED\n{error}")
            else:
                print(f"wheel: {check.__doc__}")
    passed = len(CHECKS) - failed + sum(map(passed_before, options.tests))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
