"""Where templates are kept: folders, git revisions, OCI repositories. Nothing of them is run.

A catalogue is a flat place of files called `NAME@VERSION.yaml`; what is called otherwise is no
template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.errors import SettingsError
from weighbridge.model.oci import DIGEST
from weighbridge.model.repository_address import is_address
from weighbridge.probes.catalogues.fetched import FETCHED
from weighbridge.probes.catalogues.folder import FolderCatalogue
from weighbridge.probes.catalogues.git import GitCatalogue, GitObjects, GitTree
from weighbridge.probes.catalogues.repository import RepositoryCatalogue, RepositoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.model.catalogue import Catalogue, FileTree
    from weighbridge.probes.catalogues.repository import Opener

__all__ = [
    "FolderCatalogue",
    "GitCatalogue",
    "RepositoryCatalogue",
    "is_git",
    "open_catalogue",
    "open_tree",
    "split_git",
]

_GIT = "git+"


def open_catalogue(
    name: str, *, base: Path, start: Path, environ: Mapping[str, str], opener: Opener
) -> Catalogue:
    """Open the catalogue a setting names; nothing is read yet.

    Args:
        name: A folder; `git+REPOSITORY@REVISION`, with `#FOLDER` behind it if the templates do
            not lie at its top; or `oci:LAYOUT@sha256:…` or `oci://HOST/NAME@sha256:…`, a manifest
            in an image layout or on a registry.
        base: The folder paths are relative to.
        start: The folder messages write paths relative to.
        environ: Environment variables, to find git.
        opener: Opens the repository of an `oci` address.

    Raises:
        SettingsError: It names none of these.
    """
    if is_address(name):
        return RepositoryCatalogue(_by_digest(name), opener)
    if "://" in name:
        message = f"{name} is an address, and templates are not read from there"
        help_ = ["fetch it first (`git clone`) and name what you fetched"]
        raise SettingsError(message, help=help_)
    if is_git(name):
        repository, revision, folder = split_git(name)
        objects = GitObjects(name, base / repository, environ, what="templates")
        return GitCatalogue(objects, revision, folder)
    path = base / name
    shown = path.relative_to(start) if path.is_relative_to(start) else path
    return FolderCatalogue(name, path, shown=str(shown))


def open_tree(
    name: str,
    *,
    base: Path,
    environ: Mapping[str, str],
    opener: Opener,
    what: str,
    fetched: Path | None = None,
) -> FileTree:
    """Open a revision or an artifact whose files are wanted; nothing is read yet.

    Args:
        name: `git+REPOSITORY@REVISION[#FOLDER]`, `oci:LAYOUT@sha256:…` or
            `oci://HOST/NAME@sha256:…`.
        base: The folder paths are relative to.
        environ: Environment variables, to find git.
        opener: Opens the repository of an `oci` address.
        what: What is looked for there, for messages.
        fetched: Where the revision was fetched to, if its repository is elsewhere.

    Raises:
        SettingsError: It names none of these.
    """
    if is_address(name):
        return RepositoryTree(_by_digest(name), opener, what=what)
    repository, revision, folder = split_git(name)
    if fetched is not None:
        return GitTree(GitObjects(name, fetched, environ, what=what), FETCHED, folder)
    return GitTree(GitObjects(name, base / repository, environ, what=what), revision, folder)


def is_git(name: str) -> bool:
    """Tell whether a text names a git revision."""
    return name.startswith(_GIT)


def split_git(name: str) -> tuple[str, str, str]:
    """Split `git+REPOSITORY@REVISION[#FOLDER]` into its three.

    Raises:
        SettingsError: It names no revision.
    """
    place, _, folder = name.removeprefix(_GIT).partition("#")
    repository, at, revision = place.rpartition("@")
    if not at or not repository or not revision or revision.startswith("-"):
        raise SettingsError(f"{name} names no revision", help=["write git+REPOSITORY@REVISION"])
    return repository, revision, folder


def _by_digest(name: str) -> str:
    if not DIGEST.fullmatch(name.rpartition("@")[2]):
        help_ = ["write oci:LAYOUT@sha256:… or oci://HOST/NAME@sha256:…"]
        raise SettingsError(f"{name} names no manifest by its digest", help=help_)
    return name
