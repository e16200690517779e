"""Observe the git repository a manifest lies in.

The repository is hostile: it may be an unpacked archive, and git runs programs that a
repository's own configuration names. All of them are switched off: the file system monitor,
hooks, filters, transports. What the user and the system have configured stays in force, and so
does git's own check of who owns the repository.
"""

from __future__ import annotations

import dataclasses
import os
import posixpath
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.address import without_credentials
from weighbridge.model.fact import SourceState, Unavailable
from weighbridge.probes.git_command import Git, GitError, git_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TRUSTED = frozenset({b"system", b"global", b"command"})
_KEYS = r"^(filter\..*|remote\.origin\.url)$"
# Fields of a record in front of the path (git-status(1), porcelain format version 2).
_FIELDS = {b"1": 8, b"u": 10, b"?": 1}


def observe_source(
    root: Path, *, own_files: Iterable[str], pinned: Iterable[str]
) -> SourceState | Unavailable:
    """Observe commit, origin, branch and changes of the repository around a folder.

    Args:
        root: The manifest's folder; paths are relative to it, `../` where they lie above.
        own_files: Files that are always left out: the manifest itself, the settings.
        pinned: Files and folders that are left out where git does not know them, as the
            manifest fixes them by digest.
    """
    own, known = {*map(posixpath.normpath, own_files)}, {*map(posixpath.normpath, pinned)}
    real = Path(os.path.realpath(root))
    try:
        git, prefix = enter(real)
        git, repo = _disarm(git)
        with tempfile.TemporaryDirectory(prefix="weighbridge-") as folder:
            records = _status(_without_blinkers(git, Path(folder)))
        head = dict(_headers(records))
        if head.get("branch.oid") in (None, "(initial)"):
            return Unavailable("the git repository has no commit yet", "commit the release")
        ref = head.get("branch.head", "")
        return SourceState(
            commit=head["branch.oid"],
            repo=without_credentials(repo),
            ref=_tag(git) if ref == "(detached)" else ref,
            changed=tuple(sorted(_changed(records, prefix, own, known))),
        )
    except GitError as error:
        return error.unavailable


def enter(root: Path) -> tuple[Git, str]:
    """Go to the top of the repository; say where in it the root lies."""
    git = git_in(root, os.environ)
    answer = git.run("rev-parse", "--show-toplevel")
    top = Path(os.path.realpath(os.fsdecode(answer.removesuffix(b"\n"))))
    if not root.is_relative_to(top):
        # `core.worktree` of a repository may name any folder.
        raise GitError("the git repository around the manifest has its work tree elsewhere")
    return dataclasses.replace(git, folder=top), root.relative_to(top).as_posix()


def _disarm(git: Git) -> tuple[Git, str]:
    """Override the repository's own filters; read the address of `origin` on the way.

    A filter of the user's or the system's (git-lfs) keeps working, as they have configured it.
    """
    trusted: dict[str, str] = {}
    foreign: set[str] = set()
    repo = ""
    answer = git.run("config", "--show-scope", "-z", "--get-regexp", _KEYS, may_fail=True)
    fields = answer.split(b"\0")
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.decode("utf-8", "surrogateescape").partition("\n")
        if key == "remote.origin.url":
            repo = repo or os.fsencode(value).decode("utf-8", "backslashreplace")
        elif scope in _TRUSTED:
            trusted[key] = value
        else:
            foreign.add(key)
    if any("=" in key for key in foreign):
        # `git -c` takes the key to end at the first equals sign.
        raise GitError("the git repository has a filter that cannot be switched off")
    # Empty runs nothing, and is false where a truth value is wanted.
    options = tuple(f"{key}={trusted.get(key, '')}" for key in sorted(foreign))
    return dataclasses.replace(git, options=git.options + options), repo


def _without_blinkers(git: Git, folder: Path) -> Git:
    """Look at files git was told not to look at (assume-unchanged, skip-worktree).

    Works on a copy of the index in `folder`; the repository is not written to.
    """
    unchanged: list[bytes] = []
    skipped: list[bytes] = []
    for entry in git.run("ls-files", "-v", "-z").split(b"\0"):
        tag, path = entry[:1], entry[2:]
        if tag.islower():
            unchanged.append(path)
        if tag in (b"S", b"s") and os.path.lexists(git.folder / os.fsdecode(path)):
            skipped.append(path)
    if not unchanged and not skipped:
        return git
    index = os.fsdecode(git.run("rev-parse", "--git-path", "index").removesuffix(b"\n"))
    # Its time tells git which files may have changed in the same moment: keep it.
    shutil.copy2(git.folder / index, folder / "index")
    copy = dataclasses.replace(
        git, environ={**git.environ, "GIT_INDEX_FILE": str(folder / "index")}
    )
    for flag, paths in (("--no-assume-unchanged", unchanged), ("--no-skip-worktree", skipped)):
        if paths:
            copy.run("update-index", flag, "-z", "--stdin", answer=b"\0".join(paths))
    return copy


def _status(git: Git) -> list[bytes]:
    """Ask for what differs from the commit, and for what git does not know."""
    answer = git.run(
        "status",
        "--porcelain=v2",
        "-z",
        "--branch",
        "--no-ahead-behind",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=dirty",
    )
    return answer.split(b"\0")[:-1]


def _headers(records: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Read the headers: commit and branch."""
    for record in records:
        if record.startswith(b"# "):
            name, _, value = record[2:].decode("utf-8", "backslashreplace").partition(" ")
            yield name, value


def _changed(
    records: Iterable[bytes], prefix: str, own: set[str], pinned: set[str]
) -> Iterator[str]:
    """List the paths of changed and unknown files, relative to the root, that count."""
    for record in records:
        fields = _FIELDS.get(record[:1])
        if fields is None:
            continue
        path = record.split(b" ", fields)[-1].decode("utf-8", "backslashreplace")
        shown = posixpath.relpath(path, prefix) + "/" * path.endswith("/")
        is_pinned = record.startswith(b"?") and _is_within(shown, pinned)
        if shown not in own and not is_pinned:
            yield shown


def _is_within(path: str, folders: set[str]) -> bool:
    """Tell whether a path or a folder above it is one of these."""
    parts = path.rstrip("/").split("/")
    return any("/".join(parts[:count]) in folders for count in range(1, len(parts) + 1))


def _tag(git: Git) -> str:
    """Name the first tag of the commit that is checked out, if there is one."""
    answer = git.run(
        "for-each-ref", "--points-at=HEAD", "--format=%(refname:lstrip=2)", "refs/tags"
    )
    names = answer.decode("utf-8", "backslashreplace").splitlines()
    return min(names, default="")
