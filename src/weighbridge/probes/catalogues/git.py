"""Files in a revision of a git repository on this machine; templates among them.

Git reads objects and runs nothing of them; links and submodules are no files.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from weighbridge.model.catalogue import TemplateFile
from weighbridge.model.errors import UnreadableError
from weighbridge.probes.catalogues.folder import SUFFIX, reference_of
from weighbridge.probes.git_command import NO_REPOSITORY, GitError, git_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FILES = ("100644", "100755")
_CALLED = {"040000": "a folder", "120000": "a link", "160000": "a submodule"}


class GitObjects:
    """The objects of a repository, for who knows what they are."""

    def __init__(
        self, name: str, repository: Path, environ: Mapping[str, str], *, what: str
    ) -> None:
        """Name the repository.

        Args:
            name: The place, as its user names it.
            repository: The repository, a bare one too.
            environ: Environment variables, to find git.
            what: What is looked for there.
        """
        self.name = name
        self._repository = repository
        self._environ = environ
        self._what = what

    def git(self, *arguments: str) -> bytes:
        """Run a git command in the repository that is named, and not in one it lies in.

        Raises:
            UnreadableError: It failed.
        """
        ceiling = os.path.realpath(self._repository.parent)
        environ = {
            **self._environ,
            "GIT_CEILING_DIRECTORIES": ceiling,
            "GIT_LITERAL_PATHSPECS": "1",
        }
        try:
            return git_in(self._repository, environ).run(*arguments)
        except GitError as error:
            reason, hint = error.unavailable.reason, error.unavailable.hint
            if error.sign == NO_REPOSITORY:
                reason, hint = "there is no git repository", ""
            raise self.unreadable(reason, hint) from error

    def unreadable(self, reason: str, hint: str = "") -> UnreadableError:
        """Say why something cannot be read there."""
        help_ = [hint or "check the repository and the revision"]
        message = f"the {self._what} in {self.name} cannot be read: {reason}"
        return UnreadableError(message, help=help_)


class GitTree:
    """A folder in a revision of a repository; links and submodules are no files."""

    def __init__(self, objects: GitObjects, revision: str, folder: str) -> None:
        """Name the revision.

        Args:
            objects: The repository.
            revision: Commit, tag or branch.
            folder: The folder in it; empty for its top.
        """
        self._objects = objects
        self._revision = revision
        self._folder = folder.strip("/")

    @cached_property
    def _commit(self) -> str:
        """The commit the revision is; a branch that moves meanwhile changes nothing."""
        found = self._objects.git(
            "rev-parse", "--verify", "--end-of-options", f"{self._revision}^{{commit}}"
        )
        return found.decode("ascii", "replace").strip()

    @property
    def origin(self) -> str:
        """Say which commit and folder were read; where the repository lies does not matter."""
        return f"git:{self._commit}" + (f"#{self._folder}" if self._folder else "")

    def names(self, folder: str = "") -> list[str]:
        """List the files that lie in a folder, sorted; none if there is no such folder."""
        path = "/".join(filter(None, (self._folder, folder)))
        if path and self._kind(path) != "040000":
            return []
        found = self._entries(f"{self._commit}:{path}")
        return sorted(name for mode, _, _, name in found if mode in _FILES)

    def read(self, path: str, *, limit: int) -> bytes:
        """Read a file, which has at most so many bytes."""
        whole = "/".join(filter(None, (self._folder, path)))
        for mode, digest, size, _ in self._entries(self._commit, whole):
            if mode not in _FILES:
                raise self._objects.unreadable(f"{path} is {_CALLED.get(mode, 'no file')}")
            if not size.isdecimal() or int(size) > limit:
                raise self._objects.unreadable(f"{path} is larger than {limit} bytes")
            return self._objects.git("cat-file", "blob", digest)
        raise self._objects.unreadable(f"there is no file {path}")

    def shown(self, path: str) -> str:
        """Write a path as messages name it."""
        return f"{self._objects.name}/{path}"

    def _kind(self, path: str) -> str:
        return next((mode for mode, *_ in self._entries(self._commit, path)), "")

    def _entries(self, tree: str, *paths: str) -> Iterator[tuple[str, str, str, str]]:
        """List the entries of a tree: mode, digest, size and name of each."""
        listing = self._objects.git("ls-tree", "-z", "--long", "--full-tree", tree, "--", *paths)
        for entry in filter(None, listing.split(b"\0")):
            head, _, name = entry.partition(b"\t")
            mode, _, digest, size = head.decode("ascii").split()
            yield mode, digest, size, name.decode("utf-8", "replace")


class GitCatalogue:
    """Templates in a revision of a repository."""

    def __init__(self, objects: GitObjects, revision: str, folder: str) -> None:
        """Name the revision.

        Args:
            objects: The repository.
            revision: Commit, tag or branch.
            folder: The folder in it the templates lie in; empty for its top.
        """
        self._objects = objects
        self._tree = f"{revision}:{folder.strip('/')}"

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: There is no such repository, revision or folder.
        """
        listing = self._objects.git("ls-tree", "--name-only", "-z", self._tree)
        names = (name.decode("utf-8", "replace") for name in listing.split(b"\0"))
        found = map(reference_of, names)
        return sorted(reference for reference in found if reference is not None)

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: The revision does not hold it.
        """
        inside = "" if self._tree.endswith(":") else "/"
        data = self._objects.git("cat-file", "blob", f"{self._tree}{inside}{reference}{SUFFIX}")
        file = f"{self._objects.name}/{reference}{SUFFIX}"
        return TemplateFile(reference=reference, file=file, catalogue=self._objects.name, data=data)
