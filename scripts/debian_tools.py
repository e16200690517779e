"""Put Debian's build of foreign tools into a folder: nothing is installed, nothing started.

The tests hold our work against these: `python -m scripts.debian_tools FOLDER PACKAGE…`. What their
programs miss at run time is taken from Debian too, by its rule for the names of library packages.
The folder is complete once it holds `.packages`, which lists what it was made from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MISSING = re.compile(r"^\s*(lib\S+?)\.so\.(\S+) => not found", re.MULTILINE)
ROUNDS = 5


def main(folder: Path, packages: list[str]) -> int:
    """Fetch packages and the libraries they miss; return the exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    apt = Apt(folder / ".apt")
    wanted, have = list(packages), []
    for _ in range(ROUNDS):
        for package in wanted:
            archive = apt.download(package)
            subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
        have += wanted
        wanted = [apt.known(names) for names in missing_libraries(folder)]
        if not wanted:
            shutil.rmtree(folder / ".apt")
            (folder / ".packages").write_text("\n".join(packages) + "\n", encoding="utf-8")
            return 0
    print(f"{folder}: still missing {', '.join(wanted)}", file=sys.stderr)
    return 1


class Apt:
    """Debian's archive, as far as anybody may read it: no root, no lock of the system's."""

    def __init__(self, folder: Path) -> None:
        """Name a folder for what is downloaded."""
        self._folder, self._has_lists = folder, False
        # Where the system keeps no index of its lists, each call would make one, for a second.
        self._options = [
            *("-o", f"Dir::Cache::pkgcache={folder / 'packages.bin'}"),
            *("-o", f"Dir::Cache::srcpkgcache={folder / 'sources.bin'}"),
        ]
        folder.mkdir()

    def download(self, package: str) -> Path:
        """Fetch one package, with lists of our own if the system's are missing or too old."""
        if self._run("apt-get", "download", package).returncode:
            self._own_lists()
            tried = self._run("apt-get", "download", package)
            if tried.returncode:
                sys.exit(f"Debian's {package} cannot be had:\n{tried.stderr}")
        return next(self._folder.glob(f"{package}_*.deb"))

    def known(self, names: list[str]) -> str:
        """Return the first name there is a package of."""
        for name in names:
            if self._run("apt-cache", "show", name).returncode == 0:
                return name
        return sys.exit(f"Debian has no package {' or '.join(names)}")

    def _own_lists(self) -> None:
        if self._has_lists:
            return
        self._has_lists = True
        state = self._folder / "state"
        (state / "lists/partial").mkdir(parents=True)
        self._options += [
            *("-o", f"Dir::State={state}"),
            *("-o", f"Dir::Cache={self._folder / 'cache'}"),
            *("-o", "Dir::State::status=/var/lib/dpkg/status"),
        ]
        self._run("apt-get", "update")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *self._options, *("-o", "APT::Sandbox::User=root"), *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )


def missing_libraries(folder: Path) -> list[list[str]]:
    """List what programs below a folder miss, each as the names its package may have."""
    found = set()
    folders = ("usr/bin/*", "usr/sbin/*", "usr/lib/*/*/bin/*", "usr/lib/chromium/*")
    programs = [path for pattern in folders for path in folder.glob(pattern)]
    for path in (*programs, *folder.glob("usr/lib/**/*.so*")):
        if path.is_file() and not path.is_symlink():
            told = subprocess.run(
                ["ldd", path], capture_output=True, text=True, check=False, env=environment(folder)
            )
            found |= set(MISSING.findall(told.stdout))
    return [package_names(name, version) for name, version in sorted(found)]


def package_names(name: str, version: str) -> list[str]:
    """List what the package of a library may be called (Debian Policy, 8.1).

    A package that broke with an older one under the same name of the library has a suffix.
    """
    dash = "-" if name[-1].isdigit() else ""
    package = f"{name}{dash}{version}".lower()
    return [package, f"{package}t64", f"{package}a"]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which the programs of a folder find their libraries."""
    libraries = {str(path.parent) for path in folder.glob("usr/lib/**/*.so*")}
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(sorted(libraries))}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
