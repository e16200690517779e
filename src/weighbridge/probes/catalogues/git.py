"""Templates in a revision of a git repository on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from weighbridge.model.catalogue import TemplateFile
from weighbridge.model.errors import UnreadableError
from weighbridge.probes.catalogues.folder import SUFFIX, reference_of
from weighbridge.probes.git_command import NO_REPOSITORY, GitError, git_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class GitCatalogue:
    """A revision of a repository; the files of the work tree do not matter."""

    def __init__(
        self, name: str, repository: Path, revision: str, folder: str, environ: Mapping[str, str]
    ) -> None:
        """Name the revision.

        Args:
            name: The catalogue, as the settings name it.
            repository: The repository, a bare one too.
            revision: Commit, tag or branch.
            folder: The folder in it the templates lie in; empty for its top.
            environ: Environment variables, to find git.
        """
        self._name = name
        self._repository = repository
        self._tree = f"{revision}:{folder.strip('/')}"
        self._environ = environ

    def references(self) -> list[str]:
        """List the templates, sorted.

        Raises:
            UnreadableError: There is no such repository, revision or folder.
        """
        listing = self._git("ls-tree", "--name-only", "-z", self._tree)
        names = (name.decode("utf-8", "replace") for name in listing.split(b"\0"))
        found = map(reference_of, names)
        return sorted(reference for reference in found if reference is not None)

    def read(self, reference: str) -> TemplateFile:
        """Read a template.

        Raises:
            UnreadableError: The revision does not hold it.
        """
        inside = "" if self._tree.endswith(":") else "/"
        data = self._git("cat-file", "blob", f"{self._tree}{inside}{reference}{SUFFIX}")
        file = f"{self._name}/{reference}{SUFFIX}"
        return TemplateFile(reference=reference, file=file, catalogue=self._name, data=data)

    def _git(self, *arguments: str) -> bytes:
        # The repository that is named, and not one it lies in.
        ceiling = os.path.realpath(self._repository.parent)
        environ = {**self._environ, "GIT_CEILING_DIRECTORIES": ceiling}
        try:
            return git_in(self._repository, environ).run(*arguments)
        except GitError as error:
            reason, hint = error.unavailable.reason, error.unavailable.hint
            if error.sign == NO_REPOSITORY:
                reason, hint = "there is no git repository", ""
            help_ = [hint or "check the repository and the revision"]
            message = f"the templates in {self._name} cannot be read: {reason}"
            raise UnreadableError(message, help=help_) from error
