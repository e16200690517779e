"""OCI manifests and indexes as bytes: read strictly, written canonically.

Follows the OCI image specification 1.1 (`manifest.md`, `image-index.md`, `descriptor.md`), and
Docker's image manifest version 2, schema 2, which says the same in other media types. What a
document does not need is not looked at; what is needed is never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.oci import (
    DIGEST,
    INDEXES,
    MANIFEST_SIZE,
    MANIFESTS,
    Descriptor,
    Index,
    Manifest,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ENTRIES = 10_000
"""Layers or manifests of one document."""


class OciError(ValueError):
    """The bytes are no manifest or index; says in words what is wrong."""


def read_document(data: bytes, media_type: str = "") -> Manifest | Index:
    """Read a manifest or an index.

    Args:
        data: The bytes, at most `MANIFEST_SIZE`.
        media_type: What its descriptor says it is; the document may not say otherwise.

    Raises:
        OciError: It is neither, or contradicts itself.
    """
    if len(data) > MANIFEST_SIZE:
        raise OciError(f"it is larger than {MANIFEST_SIZE} bytes")
    try:
        document = read_json(data, decimals=True)
    except NotCanonicalError as error:
        raise OciError(str(error)) from error
    if not isinstance(document, dict):
        raise OciError("it is no JSON object")
    if document.get("schemaVersion") != 2:  # noqa: PLR2004 - the only one there is
        raise OciError(f"its schemaVersion is {document.get('schemaVersion')!r:.40}, not 2")
    said = document.get("mediaType") or media_type
    if media_type and said != media_type:
        raise OciError(f"it calls itself {said!r:.100}, its descriptor {media_type!r:.100}")
    # CVE-2021-41190: one document read as manifest by some and as index by others
    if "manifests" in document and ("layers" in document or "config" in document):
        raise OciError("it is manifest and index at once")
    if said in INDEXES or (not said and "manifests" in document):
        return _index(document, said)
    if said in MANIFESTS or (not said and "layers" in document):
        return _manifest(document, said)
    raise OciError(f"its media type is {said!r:.100}")


def _index(document: dict[str, Any], said: object) -> Index:
    return Index(
        media_type=_text(said, "mediaType"),
        manifests=_descriptors(document.get("manifests"), "manifests"),
        annotations=_annotations(document.get("annotations")),
        artifact_type=_text(document.get("artifactType"), "artifactType"),
        subject=_optional(document.get("subject"), "subject"),
    )


def _manifest(document: dict[str, Any], said: object) -> Manifest:
    return Manifest(
        media_type=_text(said, "mediaType"),
        config=read_descriptor(document.get("config"), "config"),
        layers=_descriptors(document.get("layers"), "layers"),
        annotations=_annotations(document.get("annotations")),
        artifact_type=_text(document.get("artifactType"), "artifactType"),
        subject=_optional(document.get("subject"), "subject"),
    )


def read_descriptor(value: object, where: str) -> Descriptor:
    """Read a descriptor out of a document.

    Args:
        value: What stands there.
        where: Its place, for messages.

    Raises:
        OciError: It is none.
    """
    if not isinstance(value, dict):
        raise OciError(f"{where} is no descriptor")
    digest, size = value.get("digest"), value.get("size")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise OciError(f"{where} has the digest {digest!r:.100}")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise OciError(f"{where} has the size {size!r:.40}")
    media_type = _text(value.get("mediaType"), f"{where}.mediaType")
    if not media_type:
        raise OciError(f"{where} has no mediaType")
    platform = value.get("platform")
    if platform is not None and not isinstance(platform, dict):
        raise OciError(f"{where}.platform is no object")
    return Descriptor(
        media_type=media_type,
        digest=digest,
        size=size,
        annotations=_annotations(value.get("annotations")),
        artifact_type=_text(value.get("artifactType"), f"{where}.artifactType"),
        platform=platform,
    )


def _optional(value: object, where: str) -> Descriptor | None:
    return None if value is None else read_descriptor(value, where)


def _descriptors(value: object, where: str) -> tuple[Descriptor, ...]:
    if not isinstance(value, list):
        raise OciError(f"{where} is no list")
    if len(value) > MAX_ENTRIES:
        raise OciError(f"{where} has {len(value)} entries, more than {MAX_ENTRIES}")
    return tuple(read_descriptor(entry, f"{where}[{number}]") for number, entry in enumerate(value))


def _annotations(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise OciError("its annotations are no texts by name")
    return value


def _text(value: object, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OciError(f"{where} is no text")
    return value


def write_document(document: Manifest | Index) -> bytes:
    """Write a manifest or index: canonical JSON, the same bytes anywhere."""
    written: dict[str, Any] = {"schemaVersion": 2, "mediaType": document.media_type}
    if isinstance(document, Manifest):
        written["config"] = describe(document.config)
        written["layers"] = [describe(layer) for layer in document.layers]
    else:
        written["manifests"] = [describe(entry) for entry in document.manifests]
    if document.artifact_type:
        written["artifactType"] = document.artifact_type
    if document.subject is not None:
        written["subject"] = describe(document.subject)
    return canonical_bytes(written | _said(document.annotations))


def describe(descriptor: Descriptor) -> dict[str, Any]:
    """Write a descriptor as a value of JSON."""
    written: dict[str, Any] = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
    }
    if descriptor.artifact_type:
        written["artifactType"] = descriptor.artifact_type
    if descriptor.platform is not None:
        written["platform"] = dict(descriptor.platform)
    return written | _said(descriptor.annotations)


def _said(annotations: Mapping[str, str]) -> dict[str, Any]:
    return {"annotations": dict(annotations)} if annotations else {}
