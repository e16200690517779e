"""The Python environment of a release: made of its lock by uv, or one that is there, verified.

One that is made is called by the lock and the Python it is made with, so that releases share it. It
counts once a file beside it says that it is whole.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.uv.program import Uv, find_uv
from weighbridge.codec.locks import LockSyntaxError, read_lock
from weighbridge.codec.markers import BASE, can_hold
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.lock import Pin
    from weighbridge.model.ports import Progress
    from weighbridge.model.release import ModelRelease
    from weighbridge.model.resolution import Refused

_SECONDS: Final = 1_800.0
_PATIENCE: Final = 60.0
_SHOWN: Final = 5
_UNINSTALLED: Final = frozenset({"editable", "path"})
"""Sources of the project itself, in locks of uv: what is exported leaves it out."""
_LOOK: Final = """
import importlib.metadata, json, os, platform, sys
marker = {
    "implementation_name": sys.implementation.name,
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_python_implementation": platform.python_implementation(),
    "platform_system": platform.system(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}
found = [(one.metadata["Name"], one.version) for one in importlib.metadata.distributions()]
print(json.dumps({"marker": marker, "packages": found, "base": sys.base_prefix}))
"""


class Environments:
    """Environments below a folder."""

    def __init__(
        self,
        folder: Path,
        options: Mapping[str, str],
        environ: Mapping[str, str],
        *,
        offline: bool = False,
    ) -> None:
        """Say where and how they are made.

        Args:
            folder: Their folder.
            options: `environment`, `wheels`, `python` of the target.
            environ: The user's variables: where indexes are, and programs.
            offline: Whether nothing may be fetched.
        """
        self._folder = folder
        self._options = options
        self._environ = environ
        self._offline = offline

    def make(self, release: ModelRelease, files: Path, progress: Progress) -> str:
        """Return the Python of the environment of a release, which is made if need be.

        Args:
            release: The manifest.
            files: The folder its files lie in.
            progress: Is told what is done.

        Raises:
            UnavailableError: There is none, or it is not what the lock says.
        """
        lock = release.spec.dependencies.runtime
        data = _read(files / lock.lock)
        there = self._options.get("environment", "")
        if there:
            python = str(Path(there, "bin", "python"))
            _verify(python, release, data)
            return python
        runtime = release.spec.environment.runtime
        asked = self._options.get("python") or str(runtime.version)
        key = hashlib.sha256(b"\0".join([data, asked.encode()])).hexdigest()[:16]
        place = self._folder / key
        whole = self._folder / f"{key}.whole"
        python = str(place / "bin" / "python")
        if not whole.exists():
            progress.start("making its Python environment", 0)
            try:
                self._fill(release, files, place, asked)
                _verify(python, release, data)
                write_file(whole, b"")
            finally:
                progress.finish()
        else:
            _verify(python, release, data)
        return python

    def _fill(self, release: ModelRelease, files: Path, place: Path, asked: str) -> None:
        program = find_uv(self._environ)
        if program is None:
            raise UnavailableError(
                "there is no uv, which makes the release's Python environment",
                wanted="uv",
                help=[
                    "pip install 'weighbridge[remedy]'",
                    "or name an environment that is there: option environment=FOLDER",
                ],
            )
        with storing(self._folder):
            make_folder(self._folder)
            if place.exists():
                shutil.rmtree(place)
        wheels = self._options.get("wheels", "")
        uv = Uv(
            program=program,
            environ=self._environ,
            cache=None,
            offline=self._offline or bool(wheels),
            seconds=_SECONDS,
        )
        with tempfile.TemporaryDirectory(prefix="weighbridge-lock-") as name:
            work = Path(name)
            lock = _requirements(uv, release, files, work)
            making = ["--no-project", "--python", asked, str(place)]
            _did(uv.run(work, ("venv",), making), f"uv python install {asked}")
            words = ["--python", str(place / "bin" / "python"), "--link-mode", "copy"]
            words += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-config"]
            words += _sources(release, files, wheels)
            refused = uv.run(work, ("pip", "install"), [*words, "--requirement", str(lock)])
            _did(refused, *_more_wheels(wheels, offline=self._offline))


def _more_wheels(wheels: str, *, offline: bool) -> Iterator[str]:
    if wheels:
        yield f"put the missing wheels into {wheels}"
    elif offline:
        yield "leave --offline out, or name a folder of wheels: option wheels=FOLDER"
    else:
        yield "look whether the index can be reached; or name wheels: option wheels=FOLDER"
    yield "or name an environment that is there: option environment=FOLDER"


def _requirements(uv: Uv, release: ModelRelease, files: Path, work: Path) -> Path:
    """Return a lock that is installed from: as it is, or exported of one of uv's."""
    lock = release.spec.dependencies.runtime
    own = files / lock.lock
    if lock.format != "uv":
        return own
    project, out = work / "project", work / "requirements.txt"
    project.mkdir()
    for name, source in (("uv.lock", own), ("pyproject.toml", own.with_name("pyproject.toml"))):
        (project / name).write_bytes(_read(source))
    words = ["--frozen", "--no-emit-project", "--no-default-groups", "--project", str(project)]
    words += ["--format", "requirements-txt", "--output-file", str(out)]
    _did(uv.run(work, ("export",), words), "seal the release with a lock of format requirements")
    return out


def _sources(release: ModelRelease, files: Path, wheels: str) -> Iterator[str]:
    if wheels:
        yield from ("--no-index", "--find-links", wheels)
        return
    option = "--index-url"
    for one in release.spec.dependencies.sources or ():
        if one.kind == "index":
            yield f"{option}={one.ref}"
            option = "--extra-index-url"
        elif one.kind == "directory":
            yield f"--find-links={files / one.ref}"


def _did(refused: Refused | None, *help_: str) -> None:
    if refused is not None:
        raise UnavailableError(
            "the release's Python environment cannot be made",
            seen=refused.reason,
            cause="; ".join(refused.chain[:_SHOWN]),
            wanted="every package of the lock, in its version",
            help=help_,
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(
            f"{path.name} of the release cannot be read",
            seen=(error.strerror or str(error)).lower(),
            help=["deliver the release again: it is laid out anew"],
        ) from error


def look(python: str) -> dict[str, Any]:
    """Ask a Python what it is and has: `marker`, `packages`, `base`.

    Raises:
        UnavailableError: It does not answer.
    """
    try:
        done = subprocess.run(
            [python, "-I", "-c", _LOOK],
            capture_output=True,
            check=True,
            timeout=_PATIENCE,
            env={"LC_ALL": "C.UTF-8"},
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise UnavailableError(
            f"{python} is no Python that answers",
            seen=str(error)[:300],
            wanted="the Python of an environment",
            help=["name the folder of an environment: option environment=FOLDER"],
        ) from error
    return found


def _verify(python: str, release: ModelRelease, data: bytes) -> None:
    """Compare an environment with the lock."""
    lock = release.spec.dependencies.runtime
    runtime = release.spec.environment.runtime
    try:
        pins = read_lock(data, lock.format, lock.lock).pins
    except LockSyntaxError as error:
        raise UnavailableError(
            f"{lock.lock} cannot be read, so no environment can be held against it",
            seen=str(error),
            help=["seal the release with a lock of format requirements, pylock or uv"],
        ) from error
    found = look(python)
    wrong = list(differences(pins, found))
    version = found["marker"]["python_full_version"]
    if version != str(runtime.version):
        wrong.insert(0, f"Python {version}, not {runtime.version}")
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise UnavailableError(
            "the Python environment is not the release's",
            seen="; ".join(wrong[:_SHOWN]) + more,
            wanted=f"what {lock.lock} says, on Python {runtime.version}",
            help=[
                f"uv pip sync --require-hashes --python {python} {lock.lock}",
                "or leave the option environment out: one is made of the lock",
                f"another Python is got by: uv python install {runtime.version}",
            ],
        )


def differences(pins: tuple[Pin, ...], found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an environment has otherwise than a lock.

    Args:
        pins: Entries of the lock; those of groups nobody asked for are left out.
        found: What `look` found.
    """
    from packaging.utils import canonicalize_name  # noqa: PLC0415 - only where it is needed
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - as above

    def same(left: str, right: str) -> bool:
        try:
            return Version(left) == Version(right)
        except InvalidVersion:
            return left == right

    stated = {**found["marker"], **BASE}
    there: dict[str, str] = {
        canonicalize_name(name): version for name, version in found["packages"]
    }
    wanted: dict[str, list[str]] = {}
    for pin in pins:
        if pin.ecosystem != "pypi" or pin.groups or pin.source in _UNINSTALLED:
            continue
        if pin.source == "include":
            yield f"the lock refers to another file: {pin.name}"
        elif can_hold(pin.marker, stated):
            wanted.setdefault(pin.name, []).append(pin.version or "")
    for name, versions in sorted(wanted.items()):
        own = there.get(canonicalize_name(name))
        if own is None:
            yield f"no {name}"
        elif not any(not one or same(one, own) for one in versions):
            yield f"{name} {own}, not {' or '.join(versions)}"


def base_of(python: str) -> str:
    """Return the folder of the installation a Python's environment was made of."""
    return sys.base_prefix if python == sys.executable else str(look(python)["base"])
