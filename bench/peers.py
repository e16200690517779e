"""What we are held against, and in which version: each in an environment of its own."""

from __future__ import annotations

import importlib.metadata
import re
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.about import by_name
from tests.postgres_servers import programs
from tests.tools import tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ABSENT: Final = "not installed"
MADE: Final = "`make tools`"
SYSTEM: Final = "the system's packages"
OURS: Final = "`requirements/dev.lock`"
_NUMBER: Final = re.compile(rb"\d+(\.\d+)+[\w.+-]*")
_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a program of others comes from.

    Attributes:
        source: What installs it.
        environment: Its folder below `.tools`, if it is a Python package there; empty for ours.
        package: The Python package whose version counts; empty if it is no such.
        command: What prints its version, if that is to be asked: a path below `.tools`, or a name.
    """

    source: str
    environment: str = ""
    package: str = ""
    command: tuple[str, ...] = ()


def _debian(name: str, *words: str) -> Peer:
    return Peer(MADE, command=(f"debian/usr/bin/{name}", *words))


PEERS: Final[Mapping[str, Peer]] = {
    "b3sum": _debian("b3sum", "--version"),
    "dbos": Peer(OURS, package="dbos"),
    "docker-registry": _debian("docker-registry", "--version"),
    "fastapi": Peer(OURS, package="fastapi"),
    "gzip": Peer(SYSTEM, command=("gzip", "--version")),
    "jsonpatch": Peer(OURS, package="jsonpatch"),
    "model-signing": Peer(MADE, environment="model-signing", package="model-signing"),
    "openssl": Peer(SYSTEM, command=("openssl", "version")),
    "packaging": Peer(OURS, package="packaging"),
    "picklescan": Peer(MADE, environment="scanners/picklescan", package="picklescan"),
    "postgresql": Peer(MADE),
    "pymerkle": Peer(MADE, environment="pymerkle", package="pymerkle"),
    "PyYAML": Peer(OURS, package="PyYAML"),
    "sha256sum": Peer(SYSTEM, command=("sha256sum", "--version")),
    "skopeo": _debian("skopeo", "--version"),
    "sqlite": Peer("Python"),
    "starlette": Peer(OURS, package="starlette"),
    "strace": _debian("strace", "-V"),
    "uvicorn": Peer(OURS, package="uvicorn"),
}


def versions(names: Iterable[str], folder: Path) -> dict[str, str]:
    """Tell the versions of peers, as they themselves or their packages have it.

    Args:
        names: Which.
        folder: Where peers were installed.
    """
    return {name: version(name, folder) for name in sorted(set(names), key=str.lower)}


def version(name: str, folder: Path) -> str:
    """Tell the version of a peer, or that it is not installed."""
    peer = PEERS[name]
    if name == "sqlite":
        return sqlite3.sqlite_version
    if peer.package:
        return _packaged(peer, folder)
    try:
        words = peer.command or (str(programs() / "postgres"), "--version")
    except AssertionError:
        return ABSENT
    return _asked((_program(words[0], folder), *words[1:]))


def _packaged(peer: Peer, folder: Path) -> str:
    """Read the version of a package of ours, or of another environment without entering it."""
    if not peer.environment:
        try:
            return importlib.metadata.version(peer.package)
        except importlib.metadata.PackageNotFoundError:
            return ABSENT
    places = sorted((folder / peer.environment).glob("lib/python*/site-packages"))
    for found in importlib.metadata.distributions(
        name=peer.package, path=[str(place) for place in places]
    ):
        return found.version
    return ABSENT


def _program(name: str, folder: Path) -> str:
    """Return a program `make tools` installed, or the one on the user's path."""
    installed = folder / name
    return str(installed) if installed.exists() else Path(name).name


def _asked(words: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=tool_environment(),
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.SubprocessError):
        return ABSENT
    found = _NUMBER.search(done.stdout + done.stderr)
    return found[0].decode() if found else "unknown"


def of_cells(names: Iterable[str]) -> set[str]:
    """Return the peers of cells, by their names."""
    about = by_name()
    return {peer for name in names if name in about for peer in about[name].peers}


def remedy(peers: Iterable[str]) -> str:
    """Say how peers are installed."""
    return ", ".join(f"{name}: {PEERS[name].source}" for name in sorted(peers))
