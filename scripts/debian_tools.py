"""Put Debian's build of foreign tools into a folder: nothing is installed, nothing started.

The tests hold our work against these: `python -m scripts.debian_tools FOLDER PACKAGE…`. What their
programs miss at run time is taken from Debian too, of what they depend on: the packages called as
its rule for libraries says, and where none is, all that are not installed.
The folder is complete once it holds `.packages`, which lists what it was made from.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MISSING = re.compile(r"^\s*(lib\S+?)\.so(?:\.(\S+))? => not found", re.MULTILINE)
DEPENDS = re.compile(r"^(?:Pre-)?Depends: (.*)$", re.MULTILINE)
ROUNDS = 8


def main(folder: Path, packages: list[str]) -> int:
    """Fetch packages and the libraries they miss; return the exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    apt = Apt(folder / ".apt")
    wanted, have = list(packages), set[str]()
    for _ in range(ROUNDS):
        for package in wanted:
            archive = apt.download(package)
            subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
        have |= {*wanted}
        wanted = apt.bringing(missing_libraries(folder), have)
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

    def bringing(self, missing: list[str], have: set[str]) -> list[str]:
        """Return packages that may bring libraries.

        Args:
            missing: What the packages of the libraries would be called by the rule.
            have: Packages there are; theirs is what they depend on.
        """
        if not missing:
            return []
        libraries = self._libraries(have) - have
        found = {one for name in missing if (one := closest(name, libraries))}
        found = found or {one for one in libraries if not self._is_installed(one)}
        return sorted(found) or sys.exit(f"Debian has no package like {', '.join(missing)}")

    def _libraries(self, packages: set[str]) -> set[str]:
        """Name the libraries packages depend on; of those that do the same, the first."""
        shown = self._run("apt-cache", "show", "--no-all-versions", *sorted(packages)).stdout
        names = [
            one.split("|")[0].split("(")[0].partition(":")[0].strip()
            for line in DEPENDS.findall(shown)
            for one in line.split(",")
        ]
        return {one for one in names if one.startswith(("lib", "zlib"))}

    def _is_installed(self, package: str) -> bool:
        told = self._run("dpkg-query", "--show", "--showformat=${db:Status-Status}", package)
        return told.stdout == "installed"

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
        options = [*self._options, "-o", "APT::Sandbox::User=root"]
        return subprocess.run(
            [program, *(options if program.startswith("apt") else ()), *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )


def missing_libraries(folder: Path) -> list[str]:
    """List what programs below a folder miss, as its packages would be called by the rule."""
    found = set()
    folders = ("usr/bin/*", "usr/sbin/*", "usr/lib/*/*/bin/*", "usr/lib/chromium/*")
    programs = [path for pattern in folders for path in folder.glob(pattern)]
    for path in (*programs, *libraries(folder)):
        if path.is_file() and not path.is_symlink():
            told = subprocess.run(
                ["ldd", path], capture_output=True, text=True, check=False, env=environment(folder)
            )
            found |= set(MISSING.findall(told.stdout))
    return [package_name(name, version) for name, version in sorted(found)]


def package_name(name: str, version: str) -> str:
    """Say what the package of a library is called by the rule (Debian Policy, 8.1)."""
    dash = "-" if version and name[-1].isdigit() else ""
    return f"{name}{dash}{version}".lower()


def closest(name: str, packages: set[str]) -> str:
    """Return the package of a name, maybe with a suffix or with dashes elsewhere, or nothing."""
    plain = name.replace("-", "")
    return min(
        (one for one in packages if one.replace("-", "").startswith(plain)), key=len, default=""
    )


def libraries(folder: Path) -> list[Path]:
    """List the libraries below a folder."""
    return [path for below in ("lib", "usr/lib") for path in folder.glob(f"{below}/**/*.so*")]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment in which the programs of a folder find their libraries."""
    folders = {str(path.parent) for path in libraries(folder)}
    return os.environ | {"LD_LIBRARY_PATH": os.pathsep.join(sorted(folders))}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:]))
