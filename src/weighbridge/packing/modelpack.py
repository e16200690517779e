"""A sealed release as an OCI artifact in CNCF ModelPack's words, and as a plain image.

Follows the ModelPack specification (https://github.com/modelpack/model-spec: `spec.md`,
`config.md`, `annotations.md`) and the OCI image specification 1.1. Everything written follows from
the sealed manifest and the form that was asked for: no clock, no owner, no order of files. The
plain image has the very layers of the artifact in tar form.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.errors import NotFoundError, TransferError
from weighbridge.model.oci import (
    EMPTY,
    FILEPATH,
    MANIFEST,
    MANIFEST_SIZE,
    TITLE,
    Descriptor,
    Manifest,
)
from weighbridge.packing.contents import LISTINGS
from weighbridge.packing.contents import MANIFEST as RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.packing.contents import Part

LayerFormat = Literal["raw", "tar"]
Form = Literal["artifact", "image"]

ARTIFACT_TYPE = "application/vnd.cncf.model.manifest.v1+json"
CONFIG = "application/vnd.cncf.model.config.v1+json"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar"
RELEASE_DIGEST = "dev.weighbridge.release.digest"
ENTRY = "dev.weighbridge.ledger.entry"
PREDICATE_TYPE = "dev.sigstore.bundle.predicateType"
EMPTY_CONFIG = b"{}"

MOST_LAYERS = 1_000
"""Raw layers of one manifest; beyond, directories travel as archives."""
MOST_FILES = 500
"""Files of one directory that travel as layers of their own."""
MOST_ARCHIVES = 100
"""Layers of archives; what mounts an image takes hardly more (overlayfs: 128 on some kernels)."""
_ROOM = MANIFEST_SIZE // 2
_DESCRIPTOR = 400
"""Bytes of a layer's descriptor without its path, which stands in it twice."""
_TOP = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer that is to be written.

    Attributes:
        path: The file or directory it holds; `.` for files that share nothing but their kind.
        kind: What ModelPack calls what it holds.
        parts: Its files, sorted by path.
        archived: Whether it is an archive of them; or else it is the bytes of the only one.
    """

    path: str
    kind: str
    parts: tuple[Part, ...]
    archived: bool

    @property
    def title(self) -> str:
        """Its name as a file: an archive is not the file or directory it holds."""
        if not self.archived:
            return self.path
        return f"{self.kind if self.path == _TOP else self.path}.tar"


def layers(parts: Iterable[Part], *, layer_format: LayerFormat) -> tuple[Layer, ...]:
    """Put the files of a release into layers, the sealed manifest first.

    Raw, each file is a layer, unless there are too many for a manifest that every registry takes:
    then large directories are archives, then all of them, and at last files of one kind share one.
    So they do where there are too many archives.
    """
    known = list(parts)
    if layer_format == "tar":
        planned = list(_grouped(known, {part.group for part in known}))
        return tuple(planned if len(planned) <= MOST_ARCHIVES else _by_kind(planned))
    groups = {group: len(list(files)) for group, files in _by_group(known)}
    large = {group for group, count in groups.items() if count > MOST_FILES}
    planned = list(_grouped(known, large))
    if not _fits(planned):
        planned = list(_grouped(known, {part.group for part in known if part.group != part.path}))
    return tuple(planned if _fits(planned) else _by_kind(planned))


def _fits(planned: Sequence[Layer]) -> bool:
    size = sum(_DESCRIPTOR + 2 * len(layer.path.encode()) for layer in planned)
    return len(planned) <= MOST_LAYERS and size <= _ROOM


def _by_group(parts: Iterable[Part]) -> Iterator[tuple[str, list[Part]]]:
    ordered = sorted(parts, key=attrgetter("group", "path"))
    for group, found in groupby(ordered, key=attrgetter("group")):
        yield group, list(found)


def _grouped(parts: Sequence[Part], archived: set[str]) -> Iterator[Layer]:
    """Make layers of files, in the order of paths but for what is needed to read the others."""
    for group, found in sorted(_by_group(parts), key=lambda one: _place(one[0])):
        if group in archived:
            kind = found[0].kind
            yield Layer(path=group, kind=kind, parts=tuple(found), archived=True)
            continue
        for part in found:
            yield Layer(path=part.path, kind=part.kind, parts=(part,), archived=False)


def _place(group: str) -> tuple[int, str]:
    return [RELEASE, LISTINGS].index(group) if group in {RELEASE, LISTINGS} else 2, group


def _by_kind(planned: Sequence[Layer]) -> Iterator[Layer]:
    """Have all but the papers of a release share an archive with those of their kind."""
    papers = [one for one in planned if one.path in {RELEASE, LISTINGS}]
    others = [one for one in planned if one not in papers]
    yield from papers
    for kind in sorted({one.kind for one in others}):
        parts = [part for one in others if one.kind == kind for part in one.parts]
        ordered = tuple(sorted(parts, key=attrgetter("path")))
        yield Layer(path=_TOP, kind=kind, parts=ordered, archived=True)


def describe_layer(layer: Layer, *, form: Form, digest: str, size: int) -> Descriptor:
    """Name the bytes of a layer."""
    encoding = "tar" if layer.archived else "raw"
    model = f"application/vnd.cncf.model.{layer.kind}.v1.{encoding}"
    return Descriptor(
        media_type=IMAGE_LAYER if form == "image" else model,
        digest=digest,
        size=size,
        annotations={FILEPATH: layer.path, TITLE: layer.title},
    )


def write_config(manifest: Mapping[str, Any], described: Sequence[Descriptor], form: Form) -> bytes:
    """Write the configuration: what the manifest says of the model, or an image's bare minimum."""
    digests = [layer.digest for layer in described]
    if form == "image":
        # Files for no machine in particular: image volumes do not look, and a value must stand.
        tree: dict[str, Any] = {
            "architecture": "amd64",
            "config": {},
            "os": "linux",
            "rootfs": {"diff_ids": digests, "type": "layers"},
        }
        return canonical_bytes(tree)
    metadata, spec = manifest["metadata"], manifest["spec"]
    model, source = spec["model"], spec.get("source", {})
    license_ = model.get("license")
    descriptor = {
        "createdAt": metadata.get("releasedAt"),
        "family": model.get("family"),
        "licenses": [license_] if license_ else None,
        "name": metadata["name"],
        "revision": source.get("commit"),
        "sourceURL": source.get("repo"),
        "title": model["name"],
        "vendor": metadata["owner"]["team"],
        "version": metadata["version"],
    }
    return canonical_bytes(
        {
            "config": _said({"format": model.get("format")}),
            "descriptor": _said(descriptor),
            "modelfs": {"diffIds": digests, "type": "layers"},
        }
    )


def _said(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if value is not None}


def pack(
    manifest: Mapping[str, Any],
    described: Sequence[Descriptor],
    *,
    release: str,
    form: Form,
) -> tuple[Manifest, bytes]:
    """Write the manifest of a release, and its configuration.

    Args:
        manifest: The sealed manifest, as values.
        described: Its layers.
        release: The release digest.
        form: What to write.
    """
    config = write_config(manifest, described, form)
    media_type = IMAGE_CONFIG if form == "image" else CONFIG
    metadata = manifest["metadata"]
    created = metadata.get("releasedAt")
    annotations = {
        RELEASE_DIGEST: release,
        TITLE: metadata["name"],
        "org.opencontainers.image.version": metadata["version"],
        **({"org.opencontainers.image.created": created} if created else {}),
    }
    written = Manifest(
        media_type=MANIFEST,
        config=describe_bytes(config, media_type),
        layers=tuple(described),
        annotations=annotations,
        artifact_type="" if form == "image" else ARTIFACT_TYPE,
    )
    return written, config


def describe_bytes(data: bytes, media_type: str, *, title: str = "") -> Descriptor:
    """Name bytes, as a file if they have a title."""
    digest = f"sha256:{sha256(data).hexdigest()}"
    said = {TITLE: title} if title else {}
    return Descriptor(media_type=media_type, digest=digest, size=len(data), annotations=said)


def attach(bundle: Descriptor, subject: Descriptor, *, predicate_type: str, entry: int) -> Manifest:
    """Write the manifest that has a signed bundle refer to a release's.

    Args:
        bundle: The bundle's bytes; their media type is what is attached.
        subject: The manifest of the release.
        predicate_type: What the bundle says.
        entry: Its place in the ledger it comes from: newer evidence counts before older.
    """
    return Manifest(
        media_type=MANIFEST,
        config=describe_bytes(EMPTY_CONFIG, EMPTY),
        layers=(bundle,),
        annotations={
            "dev.sigstore.bundle.content": "dsse-envelope",
            PREDICATE_TYPE: predicate_type,
            ENTRY: str(entry),
        },
        artifact_type=bundle.media_type,
        subject=replace(subject, annotations={}, artifact_type=""),
    )


def packed_release(manifest: Manifest) -> str:
    """Return the release digest a manifest claims to be of.

    Raises:
        NotFoundError: It claims none.
    """
    found = manifest.annotations.get(RELEASE_DIGEST, "")
    if not found or not manifest.layers or layer_path(manifest.layers[0]) != RELEASE:
        of = manifest.artifact_type or manifest.config.media_type
        raise NotFoundError(
            f"this is no release of weighbridge, but {of!r:.100}",
            wanted=f"an artifact with the annotation {RELEASE_DIGEST}",
            help=[
                "fetch its files by `oras pull` and look at them: `weighbridge scan PATH`",
                "begin a release of your own with them: `weighbridge init PATH`",
            ],
        )
    return found


def layer_path(layer: Descriptor) -> str:
    """Return the path of the file or directory a layer says it holds; empty if it does not."""
    return layer.annotations.get(FILEPATH, "")


def is_archive(layer: Descriptor) -> bool:
    """Tell whether a layer is an archive.

    Raises:
        TransferError: It is neither an archive nor a file as it is.
    """
    if layer.media_type.endswith(".v1.tar"):
        return True
    if layer.media_type.endswith(".v1.raw"):
        return False
    message = f"{layer_path(layer) or layer.digest} is packed as {layer.media_type!r:.100}"
    raise TransferError(message, wanted="a layer in one of the forms `weighbridge push` writes")
