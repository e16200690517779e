"""Run git on a repository nobody vouches for, so that git reads it and runs nothing of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

TIMEOUT = 120.0
"""Seconds one git command may take."""

# Set by git for its hooks, or by people who juggle repositories: the one examined is the one
# the manifest lies in, whatever they say.
_REDIRECTIONS = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
        "LANGUAGE",
    }
)
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone would fetch what is missing
    "GIT_ASKPASS": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",  # the commit named is the commit compared with
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS": "",
}
_OPTIONS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",  # the cache is a file of the repository and may lie
    "core.checkStat=default",
    "core.trustctime=true",
)
NO_REPOSITORY = "not a git repository"
_HINTS = {
    "dubious ownership": (
        "git does not trust the repository: it belongs to another user",
        "if you trust it, run `git config --global --add safe.directory FOLDER`",
    ),
    NO_REPOSITORY: (
        "the manifest does not lie in a git repository",
        "run `git init` and commit the release",
    ),
    "must be run in a work tree": (
        "the git repository has no work tree",
        "run weighbridge in a checkout",
    ),
}


class GitError(Exception):
    """Git did not answer."""

    def __init__(self, reason: str, hint: str = "", *, sign: str = "") -> None:
        """Say why, what would help, and by which of git's words it was told."""
        super().__init__(reason)
        self.unavailable = Unavailable(reason, hint)
        self.sign = sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """Git at work in one folder.

    Attributes:
        binary: The program.
        folder: Where it runs.
        options: Configuration that overrides the repository's, `key=value`.
        environ: Variables it gets.
        written: Bytes no file it writes may exceed; None for any.
    """

    binary: str
    folder: Path
    options: tuple[str, ...] = _OPTIONS
    environ: Mapping[str, str] = field(default_factory=dict)
    written: int | None = None

    def run(self, *arguments: str, answer: bytes = b"", may_fail: bool = False) -> bytes:
        """Run one git command and return what it writes.

        Args:
            *arguments: The command and its arguments.
            answer: What it reads.
            may_fail: Whether exit code 1 is an answer, too: nothing was found.

        Raises:
            GitError: It failed or took too long.
        """
        command = [self.binary, "--no-pager"]
        for option in self.options:
            command += ["-c", option]
        try:
            done = subprocess.run(
                [*command, *arguments],
                cwd=self.folder,
                env=self.environ,
                input=answer,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
                preexec_fn=None if self.written is None else _writing(self.written),
            )
        except subprocess.TimeoutExpired as error:
            raise GitError(f"`git {arguments[0]}` took longer than {TIMEOUT:.0f} s") from error
        except OSError as error:
            raise GitError(f"git cannot be run: {error.strerror}") from error
        if done.returncode not in ((0, 1) if may_fail else (0,)):
            raise _failure(arguments[0], done.stderr.decode("utf-8", "backslashreplace"))
        return done.stdout


def git_in(folder: Path, environ: Mapping[str, str]) -> Git:
    """Prepare git for a folder.

    Raises:
        GitError: There is no git on the path.
    """
    # A relative entry would find the repository's own `git`.
    path = os.pathsep.join(filter(os.path.isabs, environ.get("PATH", "").split(os.pathsep)))
    binary = shutil.which("git", path=path)
    if binary is None:
        raise GitError("git is not installed", "install git")
    kept = {name: value for name, value in environ.items() if name not in _REDIRECTIONS}
    return Git(binary=binary, folder=folder, environ={**kept, **_ENVIRONMENT})


def _writing(most: int) -> Callable[[], None]:
    """Have the kernel end a process, and what it starts, that writes a larger file.

    Raises:
        GitError: The system knows no such limit.
    """
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError as error:
        reason = "this system cannot bound what git writes"
        raise GitError(reason, "clone the repository, and name the folder") from error
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _failure(command: str, message: str) -> GitError:
    """Put a failure of git into words."""
    for sign, (reason, hint) in _HINTS.items():
        if sign in message:
            return GitError(reason, hint, sign=sign)
    lines = message.strip().splitlines() or ["it does not say why"]
    return GitError(f"`git {command}` failed: {lines[0].removeprefix('fatal: ')}")
