"""An environment for a build, made of wheels that lie in a folder, and of nothing else."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from weighbridge.model.build_record import PythonPackage

_PATIENCE: Final = 1_800.0
_LINES: Final = 3
_OWN: Final = frozenset({"pip", "setuptools", "wheel"})
"""What makes environments; a build that reads of them has them anyway."""


@contextmanager
def environment_of_wheels(
    folder: Path, python: str, packages: Sequence[PythonPackage]
) -> Iterator[str]:
    """Make an environment, and remove it in the end; nothing of a package is run.

    Args:
        folder: The wheels.
        python: The Python it is made with.
        packages: What it is to hold: those a build read files of, in the versions it read.

    Yields:
        The environment's Python.

    Raises:
        UnavailableError: It could not be made, or a wheel is not there.
    """
    wanted = [f"{one.name}=={one.version}" for one in packages if one.read and one.name not in _OWN]
    with tempfile.TemporaryDirectory(prefix="weighbridge-environment-") as name:
        made = str(Path(name, "bin", "python"))
        _run([python, "-I", "-m", "venv", name])
        if wanted:
            offline = ("--isolated", "--no-index", "--no-deps", "--only-binary", ":all:")
            quiet = ("--disable-pip-version-check", "--no-cache-dir", "--quiet")
            where = ("--find-links", str(folder.resolve()))
            _run([made, "-I", "-m", "pip", "install", *offline, *quiet, *where, *wanted])
        yield made


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=_PATIENCE, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(str(error)) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise _failed("; ".join(said[-_LINES:])) from error


def _failed(cause: str) -> UnavailableError:
    return UnavailableError(
        "the environment of the build cannot be made from these wheels",
        cause=cause,
        wanted="a wheel of each package the build read, in the version it read",
        help=["put the missing wheels there", "or leave --wheels out: the Python here is verified"],
    )
