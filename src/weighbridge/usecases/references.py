"""From what a user names to a manifest: a path, `name@version`, or a release digest."""

from __future__ import annotations

import json
import os
import shlex
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved
from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS
from weighbridge.model.location import Location
from weighbridge.model.release import ModelRelease
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.lookup import is_reference, look_up, names_sealed
from weighbridge.usecases.project import project_folders
from weighbridge.usecases.templates import extending

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.document import Document
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.templates import Catalogues

MANIFEST = "release.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A manifest that was found.

    Attributes:
        release: The manifest, validated.
        document: Its text and places.
        path: The file it was read from; None for a sealed one.
        digest: The release digest; None for an authored one.
        proposed: Whether nobody wrote it: it is what `init` would write, and stands nowhere.
    """

    release: ModelRelease
    document: Document
    path: Path | None = None
    digest: str | None = None
    proposed: bool = False

    @property
    def tree(self) -> dict[str, Any]:
        """Its values: exactly those that were sealed, of an older schema too, or will be."""
        if not self.document.schema:
            return resolved(self.release)
        sealed: dict[str, Any] = json.loads(self.document.text)
        return sealed


def find_release(
    reference: str | None,
    *,
    registry: Registry,
    start: Path,
    catalogues: Catalogues,
    judged: bool = False,
) -> Named:
    """Find what a reference names.

    Args:
        reference: Path of a manifest or its folder, `name@version`, or a digest of at least
            twelve digits; None for the nearest manifest at or above `start`.
        registry: Where sealed releases are.
        start: The folder relative paths and the search begin at.
        catalogues: Opens the catalogues of templates that count in the manifest's folder.
        judged: Whether rules are to judge it: credentials in it are findings then.

    Raises:
        UnreadableError: There is no such file, or no manifest in that folder.
        NotFoundError: The registry holds no such release.
        DocumentError: The manifest is not valid, or holds a credential.
    """
    if reference is not None and is_reference(reference, start):
        return sealed_release(reference, registry)
    return find_authored(reference, start=start, catalogues=catalogues, judged=judged)[0]


def find_authored(
    path: str | None, *, start: Path, catalogues: Catalogues, judged: bool = False
) -> tuple[Named, Path]:
    """Find an authored manifest and its file.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: The manifest is not valid, or holds a credential and is not to be judged.
    """
    file = manifest_path(path, start)
    data, name = read_manifest(file, start), shown_path(file, start)
    prepare = extending(file.parent, catalogues)
    release, document = read_guarded(data, name, ModelRelease, judged=judged, prepare=prepare)
    return Named(release=release, document=document, path=file), file


def manifest_path(reference: str | None, start: Path) -> Path:
    """Find the manifest file a path names, or the nearest one above if none is named.

    Raises:
        UnreadableError: There is none.
    """
    if reference is None:
        for folder in project_folders(start):
            if os.path.isfile(folder / MANIFEST):  # noqa: PTH113 - unlike pathlib's, never raises
                return folder / MANIFEST
        help_ = [
            "run `weighbridge init` where the model is",
            "or name a manifest or release, or a model's folder: `weighbridge check .`",
        ]
        raise UnreadableError(f"there is no {MANIFEST} here or above", seen=str(start), help=help_)
    path = start / reference
    if os.path.isdir(path):  # noqa: PTH112 - unlike pathlib's, never raises
        path = path / MANIFEST
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _no_manifest(reference, path, start) from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, start, error) from error
    if not stat.S_ISREG(mode):
        help_ = ["name a manifest, or the folder it lies in"]
        raise UnreadableError(f"{shown_path(path, start)} is not a file", help=help_)
    return path


def _no_manifest(reference: str, path: Path, start: Path) -> UnreadableError:
    if names_sealed(reference):
        message = f"{reference} names a sealed release, not a manifest that can be written to"
        return UnreadableError(message, help=["name the manifest file it was sealed from"])
    shown = shown_path(path, start)
    if reference.startswith("sha256:"):
        help_ = "of a release digest, give at least 12 digits"
    elif path.is_symlink():
        return UnreadableError(f"{shown} is a link that leads nowhere", help=["mend the link"])
    elif path.name == MANIFEST and path.parent.is_dir():
        folder = shlex.quote(shown_path(path.parent, start))
        help_ = f"run `weighbridge init {folder}` to write one"
    else:
        help_ = "check the spelling, or name a release as NAME@VERSION"
    return UnreadableError(f"there is no manifest {shown}", help=[help_])


def _unreadable(path: Path, start: Path, error: OSError | ValueError) -> UnreadableError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    shown = shown_path(path, start)
    return UnreadableError(f"{shown} cannot be read: {reason}", location=Location(shown))


def read_manifest(path: Path, start: Path) -> bytes:
    """Read a manifest's bytes, no more of them than could be a manifest.

    Args:
        path: The file.
        start: The folder messages write paths relative to.

    Raises:
        UnreadableError: They cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(DEFAULT_DOCUMENT_LIMITS.size + 1)
    except OSError as error:
        raise _unreadable(path, start, error) from error


def shown_path(path: Path, start: Path) -> str:
    """Write a path as short as the user's own folder allows."""
    return str(path.relative_to(start)) if path.is_relative_to(start) else str(path)


def sealed_release(reference: str, registry: Registry) -> Named:
    """Read a sealed release from its blob.

    Raises:
        NotFoundError: The registry holds no such release.
    """
    name, digest = look_up(reference, registry)
    release, document = read_release(registry.blobs.read(digest), name)
    return Named(release=release, document=document, digest=digest)
