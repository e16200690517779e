"""Lay the course out: a repository with faults in it, and what the people did before."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.adapters.clock import utc_now
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.usecases.demo.course import played
from weighbridge.usecases.demo.course.desk import papers
from weighbridge.usecases.demo.course.repository import (
    NAME,
    committed,
    planted,
    second,
    uncommitted,
)
from weighbridge.usecases.demo.stage import check_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from weighbridge.usecases.demo.course.played import Played

LESSONS = 8
PEOPLE, PLACES = 6, 7
"""The lessons from which on there are keys and a registry, and releases in their places."""
_COMMITTED = "2026-01-05T09:00:00Z"
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "PYTHONPATH", "VIRTUAL_ENV")
"""Variables of the reader's that are handed on; nothing of his settings is."""
_PLAY = """\
import json, os, sys
from weighbridge.cli.main import main
sys.stdout = open(os.devnull, "w")
for words, passphrases in json.load(sys.stdin):
    held, end = os.pipe()
    os.write(end, passphrases.encode())
    os.close(end)
    os.environ["WEIGHBRIDGE_KEY_PASSPHRASE_FD"] = str(held)
    code = main([*words, "--quiet"])
    if code:
        sys.exit(f"`weighbridge {' '.join(words)}` ended with {code}")
"""
"""One process for all that was typed: most of what a command costs is its start."""


def lay_out(
    folder: Path,
    *,
    lesson: int | None,
    name: str,
    say: Callable[[str], None],
    environ: Mapping[str, str],
) -> None:
    """Lay out the repository as a lesson finds it, whole or not at all.

    The same lesson gives the same commits everywhere. Keys and ledger, from lesson 6 on, are made
    anew each time.

    Args:
        folder: Where; new or empty.
        lesson: Which one, from 1; None for all the faults of the files at once.
        name: What the reader calls the folder.
        say: Takes what is told of it.
        environ: Environment variables.

    Raises:
        UsageError: There is no such lesson, or the folder holds something already.
        UnavailableError: git is not installed, or something could not be done.
    """
    if lesson is not None and not 1 <= lesson <= LESSONS:
        raise UsageError(f"there is no lesson {lesson}", seen=str(lesson), wanted=f"1 to {LESSONS}")
    check_empty(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".course-", dir=folder.parent) as made:
        whole = Path(made) / "whole"
        _fill(whole, lesson or 0, environ)
        _move(whole, folder)
    say(f"{name}/{NAME}  the repository, {_told(lesson)}\n")
    say(f"{name}/desk  what lies beside it: advisories, locks, rules\n")
    if lesson is not None and lesson >= PEOPLE:
        say(f"{name}/keys  everybody's keys; the passphrase of each is {played.PASSPHRASE}\n")


def _move(whole: Path, folder: Path) -> None:
    """Put a finished folder in its place; one that is there stays, for somebody may be in it."""
    if not folder.exists():
        whole.rename(folder)
        return
    for one in sorted(whole.iterdir()):
        one.rename(folder / one.name)


def _fill(folder: Path, lesson: int, environ: Mapping[str, str]) -> None:
    """Make what a lesson begins with; 0 stands for all faults of the files."""
    project = folder / NAME
    faults = planted(lesson or None)
    files = committed(faults)
    _write(folder / "desk", papers(utc_now()))
    hands = _Hands(folder, environ)
    _write(project, files)
    hands.git("init", "--quiet", "--initial-branch", "main", "--template=")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        hands.git("config", name, value)
    hands.commit("Sort parcels by size and weight")
    _write(project, uncommitted(faults, files))
    if lesson >= PEOPLE:
        hands.play([*played.people(), *played.weighed("1.0.0")])
    if lesson >= PLACES:
        hands.play([*played.demanded(), *played.promoted("1.0.0")])
        _write(project, second(files))
        hands.commit("Learn from another draw of parcels")
        hands.play([*played.weighed("1.1.0"), *played.promoted("1.1.0")])


def _told(lesson: int | None) -> str:
    return "with every fault in it" if lesson is None else f"as lesson {lesson} finds it"


class _Hands:
    """Does in a course's folder what people would."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._project = folder / NAME
        self._environ = {
            **{name: environ[name] for name in _KEPT if name in environ},
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(folder / "no-gitconfig"),
            "GIT_AUTHOR_DATE": _COMMITTED,
            "GIT_COMMITTER_DATE": _COMMITTED,
            "WEIGHBRIDGE_KEYS": str(folder / "keys"),
        }

    def git(self, *words: str) -> None:
        """Run git.

        Raises:
            UnavailableError: It is not installed, or did not do it.
        """
        self._run(["git", *words], name=f"git {words[0]}")

    def commit(self, message: str) -> None:
        """Commit all files."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-gpg-sign", "--message", message)

    def play(self, acts: Sequence[Played]) -> None:
        """Run commands of our own, as people typed them.

        Raises:
            UnavailableError: One of them ended otherwise than it did for them.
        """
        line = f"{played.PASSPHRASE}\n"
        typed = [(act.words, line * len(act.acting)) for act in acts]
        self._run([sys.executable, "-P", "-c", _PLAY], name="what was typed before", given=typed)

    def _run(self, command: Sequence[str], *, name: str, given: object = None) -> None:
        try:
            done = subprocess.run(
                command,
                cwd=self._project,
                env=self._environ,
                input=json.dumps(given),
                capture_output=True,
                check=False,
                text=True,
                encoding="utf-8",
            )
        except FileNotFoundError:
            raise UnavailableError(f"{command[0]} is not installed", help=["install it"]) from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise UnavailableError(f"{name} failed: {said}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
