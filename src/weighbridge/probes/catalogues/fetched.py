"""One revision of a git repository elsewhere, fetched into a folder that is thrown away.

Nothing is checked out, so that no hook, filter, submodule or link of it can do anything; every
object is checked on its way. Only protocols that say who answers are spoken. Only that revision is
fetched, and the kernel ends git where a file of it grows too large: what the other side says of its
size is not asked.
"""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnreadableError
from weighbridge.probes.git_command import GitError, git_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROTOCOLS = ("file", "https", "ssh")
FETCHED = "FETCH_HEAD"
"""The revision that was fetched, in the folder it was fetched into."""

BUDGET = 256 << 20
"""Bytes a revision may have as it travels: with all its files, packed, and without its history."""

_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,254}")
_CREDENTIAL = re.compile(r"://[^/]*:[^/]*@")
_OPTIONS = (
    "core.bigFileThreshold=16m",  # what is larger is looked through, and not held
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",  # one pack, never loose files: those would have no bound together
    "fetch.uriProtocols=",
    "gc.auto=0",
    "maintenance.auto=false",
    "remote.origin.tagOpt=--no-tags",
    "transfer.bundleURI=false",
)


@contextmanager
def fetched(
    url: str, revision: str, *, environ: Mapping[str, str], what: str, budget: int = BUDGET
) -> Iterator[Path]:
    """Fetch a revision of a repository; its folder is there as long as it is needed.

    Args:
        url: Where the repository is: `https://…`, `ssh://…` or `file://…`.
        revision: Commit, tag or branch.
        environ: Environment variables, to find git.
        what: What is looked for there, for messages.
        budget: Bytes its pack may have.

    Raises:
        UnreadableError: It cannot be fetched, or is too large.
    """
    if _CREDENTIAL.search(url):
        help_ = ["leave it to git: credential.helper, or ssh"]
        raise UnreadableError("the address of a repository holds a credential", help=help_)
    if url.partition("://")[0] not in PROTOCOLS or not _REVISION.fullmatch(revision):
        help_ = [f"write git+https://HOST/REPOSITORY@REVISION; known: {', '.join(PROTOCOLS)}"]
        raise UnreadableError(f"{what} is not fetched from {url}@{revision}", help=help_)
    with tempfile.TemporaryDirectory(prefix="weighbridge-") as name:
        folder = Path(name)
        try:
            git = git_in(folder, environ)
            git.run("init", "--quiet", "--bare", "--template=")
            speaking = {**git.environ, "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS)}
            online = replace(
                git, environ=speaking, options=(*git.options, *_OPTIONS), written=budget
            )
            online.run("fetch", "--quiet", "--no-tags", "--depth=1", "--", url, revision)
        except GitError as error:
            if _largest(folder) >= budget:
                raise _too_large(f"the {what} in {url}@{revision}", budget) from error
            message = f"the {what} in {url}@{revision} cannot be read: {error.unavailable.reason}"
            help_ = [error.unavailable.hint or "check the address and the revision"]
            raise UnreadableError(message, help=help_) from error
        yield folder


def _largest(folder: Path) -> int:
    """Return the size of the largest file in a folder, in bytes."""
    files = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
    return max((file.lstat().st_size for file in files), default=0)


def _too_large(what: str, budget: int) -> UnreadableError:
    return UnreadableError(
        f"{what} cannot be read: the repository is too large to be fetched for it",
        seen=f"more than {budget:,} bytes, without its history",
        wanted=f"at most {budget:,} bytes",
        help=[
            "keep it in a repository of its own",
            "or clone the repository yourself, and name the folder: git+FOLDER@REVISION",
        ],
    )
