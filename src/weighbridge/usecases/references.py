"""From what a user names to a manifest: a path, `name@version`, or a release digest."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.codec.validating import read_release
from weighbridge.model.errors import NotFoundError, UnreadableError
from weighbridge.model.location import Location

if TYPE_CHECKING:
    from weighbridge.model.document import Document
    from weighbridge.model.ports import Registry
    from weighbridge.model.release import ModelRelease

MANIFEST = "release.yaml"
_DIGEST = re.compile(r"sha256:[0-9a-f]{12,64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9._+!-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A manifest that was found.

    Attributes:
        release: The manifest, validated.
        document: Its text and places.
        path: The file it was read from; None for a sealed one.
        digest: The release digest; None for an authored one.
    """

    release: ModelRelease
    document: Document
    path: Path | None = None
    digest: str | None = None


def is_reference(text: str) -> bool:
    """Tell a reference into a registry from a path."""
    return bool(_DIGEST.fullmatch(text) or _NAME.fullmatch(text)) and not Path(text).exists()


def find_release(reference: str | None, *, registry: Registry, start: Path) -> Named:
    """Find what a reference names.

    Args:
        reference: Path of a manifest or its folder, `name@version`, or a digest of at least
            twelve digits; None for the nearest manifest at or above `start`.
        registry: Where sealed releases are.
        start: The folder relative paths and the search begin at.

    Raises:
        UnreadableError: There is no such file, or no manifest in that folder.
        NotFoundError: The registry holds no such release.
        DocumentError: The manifest is not valid.
    """
    if reference is not None and is_reference(reference):
        return sealed_release(reference, registry)
    return find_authored(reference, start=start)[0]


def find_authored(path: str | None, *, start: Path) -> tuple[Named, Path]:
    """Find an authored manifest and its file.

    Raises:
        UnreadableError: There is no such file.
        DocumentError: The manifest is not valid.
    """
    file = manifest_path(path, start)
    release, document = read_release(read_manifest(file), shown_path(file, start))
    return Named(release=release, document=document, path=file), file


def manifest_path(reference: str | None, start: Path) -> Path:
    """Find the manifest file a path names, or the nearest one above if none is named.

    Raises:
        UnreadableError: There is none.
    """
    if reference is None:
        for folder in (start, *start.parents):
            if (folder / MANIFEST).is_file():
                return folder / MANIFEST
        help_ = ["run `weighbridge init` where the model is", "or name a manifest or release"]
        raise UnreadableError(f"there is no {MANIFEST} here or above", seen=str(start), help=help_)
    path = start / reference
    if path.is_dir():
        path = path / MANIFEST
    if not path.is_file():
        help_ = [f"run `weighbridge init {reference}` to write one"] if path.parent.is_dir() else []
        raise UnreadableError(f"there is no manifest {shown_path(path, start)}", help=help_)
    return path


def read_manifest(path: Path) -> bytes:
    """Read a manifest's bytes.

    Raises:
        UnreadableError: They cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {(error.strerror or str(error)).lower()}"
        raise UnreadableError(message, location=Location(str(path))) from error


def shown_path(path: Path, start: Path) -> str:
    """Write a path as short as the user's own folder allows."""
    return str(path.relative_to(start)) if path.is_relative_to(start) else str(path)


def sealed_release(reference: str, registry: Registry) -> Named:
    """Read a sealed release from its blob.

    Raises:
        NotFoundError: The registry holds no such release.
    """
    name, digest = _lookup(reference, registry)
    release, document = read_release(registry.blobs.read(digest), name)
    return Named(release=release, document=document, digest=digest)


def _lookup(reference: str, registry: Registry) -> tuple[str, str]:
    known = {f"{name}@{version}": digest for name, version, digest in registry.releases()}
    if reference in known:
        return reference, known[reference]
    matches = {digest: name for name, digest in known.items() if digest.startswith(reference)}
    if len(matches) == 1:
        digest, name = matches.popitem()
        return name, digest
    if matches:
        message = f"{reference} is the beginning of {len(matches)} digests"
        raise NotFoundError(message, help=["give more digits"])
    close = difflib.get_close_matches(reference, known, n=3)
    help_ = [f"did you mean {', '.join(close)}?"] if close else ["seal it: `weighbridge seal`"]
    raise NotFoundError(f"the registry holds no release {reference}", help=help_)
