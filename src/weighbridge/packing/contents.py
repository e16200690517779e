"""What a release is made of when it travels: its files by path, as the sealed manifest has them.

Beside the artifacts travel the sealed manifest (`release.yaml`, canonical JSON, which is YAML too),
the listings of its directories, its locks and its card. Nothing else is part of a release: a file
that none of them names is not taken.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.listing import read_listing
from weighbridge.codec.pages import read_pages
from weighbridge.model.errors import Fault, TransferError
from weighbridge.model.listing import MEDIA_TYPE, MEDIA_TYPES, ListingError
from weighbridge.packing.paths import path_faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MANIFEST = "release.yaml"
LISTINGS = "release.listings"

KINDS = {
    "weights": "weight",
    "tokenizer": "weight.config",
    "preprocessing": "weight.config",
    "schema": "weight.config",
    "featureDefinitions": "code",
    "code": "code",
    "featureStore": "dataset",
    "dataset": "dataset",
    "card": "doc",
}
"""What ModelPack calls the roles of artifacts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A file of a release.

    Attributes:
        path: Where it lies in the release's tree.
        digest: Digest of its bytes.
        size: Their number; None where the sealed manifest does not say it.
        kind: What ModelPack calls such files: `weight`, `weight.config`, `doc`, `code`, `dataset`.
        group: Path of the directory artifact it belongs to; its own path if it belongs to none.
    """

    path: str
    digest: str
    size: int | None
    kind: str
    group: str


def listing_path(digest: str) -> str:
    """Name the file of a listing."""
    return f"{LISTINGS}/{digest.partition(':')[2]}.json"


def contents(
    manifest: Mapping[str, Any], *, digest: str, size: int, fetch: Callable[[str], bytes]
) -> tuple[Part, ...]:
    """List the files of a sealed release, its manifest first.

    Args:
        manifest: The sealed manifest, as values.
        digest: The release digest.
        size: Bytes of the sealed manifest.
        fetch: Returns the bytes of a listing by digest; what it returns is checked.

    Raises:
        TransferError: Files of it cannot lie beside one another; every fault is listed.
    """
    own = Part(path=MANIFEST, digest=digest, size=size, kind="doc", group=MANIFEST)
    parts = {part.path: part for part in (own, *_listings(manifest["spec"], fetch))}
    faults: list[Fault] = []
    for part in _parts(manifest["spec"], fetch):
        if part.path.partition("/")[0] == LISTINGS:
            message = f"{part.path} lies where the listings of directories lie"
            faults.append(Fault(TransferError.code, message, help=_RENAME))
        known = parts.setdefault(part.path, part)
        if known.digest != part.digest:
            message = f"{part.path} stands for two files"
            faults.append(
                Fault(
                    TransferError.code,
                    message,
                    seen=part.digest,
                    wanted=known.digest,
                    help=_RENAME,
                )
            )
    faults += path_faults(parts)
    if faults:
        raise TransferError.from_faults(faults)
    return tuple(parts.values())


_RENAME = ("rename one of them, and seal a new version",)


def _parts(spec: Mapping[str, Any], fetch: Callable[[str], bytes]) -> Iterator[Part]:
    for lock in spec["dependencies"].values():
        if isinstance(lock, dict) and "lock" in lock:
            yield _part(lock["lock"], lock, "code")
    if "card" in spec:
        # Where the card is an artifact as well, that one says its size.
        same = (one for one in spec["artifacts"] if one.get("path") == spec["card"]["path"])
        yield _part(spec["card"]["path"], next(same, spec["card"]), "doc")
    for artifact in spec["artifacts"]:
        if "path" not in artifact:
            continue
        kind = KINDS[artifact["role"]]
        if artifact.get("mediaType") in MEDIA_TYPES:
            yield from _directory(artifact, kind, fetch)
        else:
            yield _part(artifact["path"], artifact, kind)


def _part(path: str, named: Mapping[str, Any], kind: str) -> Part:
    path = posixpath.normpath(path)
    return Part(path=path, digest=named["digest"], size=named.get("size"), kind=kind, group=path)


def _directory(
    artifact: Mapping[str, Any], kind: str, fetch: Callable[[str], bytes]
) -> Iterator[Part]:
    group = posixpath.normpath(artifact["path"])
    try:
        listing = read_listing(artifact["digest"], fetch)
    except ListingError as error:
        raise TransferError(f"the listing of {group} cannot be read: {error}") from error
    for name, digest, size in zip(listing.paths, listing.digests, listing.sizes, strict=True):
        yield Part(path=f"{group}/{name}", digest=digest, size=size, kind=kind, group=group)


def _listings(spec: Mapping[str, Any], fetch: Callable[[str], bytes]) -> Iterator[Part]:
    """Name the blobs directories are listed in: the one the artifact names, and its pages."""
    digests = set[str]()
    for artifact in spec["artifacts"]:
        if "path" in artifact and artifact.get("mediaType") in MEDIA_TYPES:
            digests.add(artifact["digest"])
            if artifact["mediaType"] != MEDIA_TYPE:
                digests.update(_pages(artifact, fetch))
    for digest in sorted(digests):
        yield Part(
            path=listing_path(digest),
            digest=digest,
            size=len(fetch(digest)),
            kind="doc",
            group=LISTINGS,
        )


def _pages(artifact: Mapping[str, Any], fetch: Callable[[str], bytes]) -> list[str]:
    try:
        return [page for page, _ in read_pages(artifact["digest"], fetch)]
    except ListingError as error:
        message = f"the listing of {artifact['path']} cannot be read: {error}"
        raise TransferError(message) from error
