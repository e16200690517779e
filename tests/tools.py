"""Other people's tools that tests hold us against; `make tools` puts them into `.tools`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.debian_tools import environment

if TYPE_CHECKING:
    import os

TOOLS = Path(__file__).parents[1] / ".tools"
DEBIAN = TOOLS / "debian"


def tool(name: str) -> Path:
    """Find a program of Debian's, or the one on the path where there is no Debian."""
    for folder in ("bin", "sbin"):
        installed = DEBIAN / "usr" / folder / name
        if installed.exists():
            return installed
    on_path = shutil.which(name)
    assert on_path is not None, f"there is no {name}: run `make tools`"
    return Path(on_path)


def tool_environment() -> dict[str, str]:
    """Return the environment such programs run in."""
    return environment(DEBIAN)


def run_tool(
    name: str, *arguments: str | os.PathLike[str], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run such a program to its end, and return what it said; whoever asked looks at the code."""
    return subprocess.run(
        [tool(name), *arguments],
        env=tool_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def model_signing_python() -> Path:
    """Return the interpreter of the environment `model-signing` lives in."""
    python = TOOLS / "model-signing" / "bin" / "python"
    assert python.exists(), "there is no model-signing: run `make tools`"
    return python


def training_python() -> Path:
    """Return the interpreter of the environment with the frameworks people train with."""
    python = TOOLS / "training" / "bin" / "python"
    assert python.exists(), "there is nothing to train with: run `make tools`"
    return python


def mlflow_python() -> Path:
    """Return the interpreter of the environment MLflow lives in."""
    python = TOOLS / "mlflow" / "bin" / "python"
    assert python.exists(), "there is no MLflow: run `make tools`"
    return python


def mlserver() -> Path:
    """Return mlserver, which serves models; beside it is the interpreter of its environment."""
    program = TOOLS / "mlserver" / "bin" / "mlserver"
    assert program.exists(), "there is no mlserver: run `make tools`"
    return program


def validator(name: str) -> Path:
    """Return a program of the environment that judges rendered files."""
    program = TOOLS / "validators" / "bin" / name
    assert program.exists(), f"there is no {name}: run `make tools`"
    return program


def zizmor() -> Path:
    """Return the program that judges workflows."""
    program = TOOLS / "zizmor" / "bin" / "zizmor"
    assert program.exists(), "there is no zizmor: run `make tools`"
    return program


def scanner_python(name: str) -> Path:
    """Return the interpreter of the environment a scanner of pickles lives in."""
    python = TOOLS / "scanners" / name / "bin" / "python"
    assert python.exists(), f"there is no {name}: run `make tools`"
    return python
