"""Run our own verbs as people would, each in a process of its own, at a time that is told.

For what is made by the product and kept or published: sets of files of a version, our own papers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PASSPHRASES = "WEIGHBRIDGE_KEY_PASSPHRASE_FD"
_AT = """\
import os, sys
sys.path[:0] = sys.argv.pop(1).split(os.pathsep)
import weighbridge.adapters.clock as clock
now = sys.argv.pop(1)
if now:
    clock.utc_now = lambda: now
from weighbridge.cli.main import main
sys.exit(main())
"""
"""What takes the time is imported after this, and finds the told one. Where modules are is said
here and not by a variable, which records of builds would tell of."""

_GIT = {
    "GIT_CONFIG_GLOBAL": "no-such-gitconfig",  # nor /dev/null, which git may rename over
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "house",
    "GIT_AUTHOR_EMAIL": "house@example.com",
    "GIT_COMMITTER_NAME": "house",
    "GIT_COMMITTER_EMAIL": "house@example.com",
}


class VerbError(Exception):
    """A verb ended otherwise than it had to."""


class Desk:
    """A folder that verbs are run in, with a registry and keys of its own."""

    def __init__(
        self,
        folder: Path,
        *,
        registry: Path,
        keys: Path,
        passphrase: Callable[[str], str],
        begins: datetime | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Sit down.

        Args:
            folder: Where commands run.
            registry: Its registry.
            keys: The folder of the keys.
            passphrase: What somebody's key is locked with.
            begins: The time of the first command, each later one a minute later; None for the
                system's clock.
            more: More variables of their environment.
        """
        self.folder = folder
        self._passphrase = passphrase
        self._next = begins
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
        ours = {"WEIGHBRIDGE_REGISTRY": str(registry), "WEIGHBRIDGE_KEYS": str(keys)}
        # A process of its own would read with the modules that are installed.
        ours["WEIGHBRIDGE_ENGINE"] = "here"
        # Nor is the folder part of a repository around it.
        ours["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
        self._environ = {**kept, **_GIT, **ours, "HOME": str(folder), **(more or {})}

    def run(self, *words: str, by: str = "", wanted: int = 0) -> str:
        """Run a verb and return what it printed to stdout.

        Args:
            words: What stands behind `weighbridge`.
            by: Who acts, with blanks between them.
            wanted: The exit code it must end with.

        Raises:
            VerbError: It ended with another.
        """
        names = by.split()
        told = [*words, *(f"--key={name}" for name in names)] if names else list(words)
        return self.run_unlocked(*told, unlocking=names, wanted=wanted)

    def make_key(self, name: str) -> None:
        """Make a key pair."""
        self.run_unlocked("key", "new", name, unlocking=[name])

    def run_unlocked(self, *words: str, unlocking: list[str], wanted: int = 0) -> str:
        """Run a verb that gets the passphrases of keys by a file descriptor."""
        reading, writing = os.pipe()
        os.write(writing, "".join(f"{self._passphrase(name)}\n" for name in unlocking).encode())
        os.close(writing)
        try:
            done = subprocess.run(
                [*self._program(), *words],
                cwd=self.folder,
                env={**self._environ, PASSPHRASES: str(reading)},
                pass_fds=[reading],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            os.close(reading)
        if done.returncode != wanted:
            said = f"{done.stdout}{done.stderr}"
            line = f"weighbridge {' '.join(words)}"
            raise VerbError(f"{line}\nexit code {done.returncode}, wanted {wanted}\n{said}")
        return done.stdout

    def git(self, *words: str) -> str:
        """Run git in the folder."""
        dates = {}
        if self._next is not None:
            date = self._next.strftime("%Y-%m-%dT%H:%M:%SZ")
            dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        return subprocess.run(
            ["git", *words],
            cwd=self.folder,
            env=self._environ | dates,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def _program(self) -> list[str]:
        told = ""
        if self._next is not None:
            now, self._next = self._next, self._next + timedelta(minutes=1)
            told = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [sys.executable, "-c", _AT, os.pathsep.join(filter(None, sys.path)), told]
