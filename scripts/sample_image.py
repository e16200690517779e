"""Make container images by hand, right ones and wrong ones: for tests and measurements."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class Member:
    """A member of a layer.

    Attributes:
        name: Its path.
        content: Its bytes, if it is a file.
        kind: Its type flag.
        mode: Its permissions.
        link: Where it leads.
        pax: Records of an extended header.
    """

    name: str
    content: bytes = b""
    kind: bytes = tarfile.REGTYPE
    mode: int = 0o644
    link: str = ""
    pax: Mapping[str, str] = field(default_factory=dict)


def folder(name: str) -> Member:
    """Make a folder."""
    return Member(name, kind=tarfile.DIRTYPE, mode=0o755)


def symlink(name: str, to: str) -> Member:
    """Make a symbolic link."""
    return Member(name, kind=tarfile.SYMTYPE, link=to, mode=0o777)


def hard_link(name: str, to: str) -> Member:
    """Make a hard link."""
    return Member(name, kind=tarfile.LNKTYPE, link=to)


def archive(*members: Member) -> bytes:
    """Archive members in their order."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as made:
        for member in members:
            info = tarfile.TarInfo(member.name)
            info.type, info.mode, info.linkname = member.kind, member.mode, member.link
            info.pax_headers = dict(member.pax)
            info.size = len(member.content)
            made.addfile(info, io.BytesIO(member.content))
    return stream.getvalue()


def digest(data: bytes) -> str:
    """Return the sha256 of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def squeezed(data: bytes) -> bytes:
    """Compress with gzip, the same bytes at any time."""
    return gzip.compress(data, 6, mtime=0)


@dataclass
class Blobs:
    """Blobs by digest; a test may put wrong ones there.

    Attributes:
        held: The bytes.
    """

    held: dict[str, bytes] = field(default_factory=dict)

    def keep(self, data: bytes, media_type: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Keep bytes, and return their descriptor."""
        self.held[digest(data)] = data
        return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}

    def document(self, value: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Keep a manifest or index, and return its descriptor."""
        data = json.dumps(value).encode()
        return self.keep(data, value.get("mediaType", MANIFEST), **more)


def image(
    blobs: Blobs,
    *layers: bytes,
    compression: str = "gzip",
    config: Mapping[str, Any] | None = None,
    platform: tuple[str, str] = ("linux", "amd64"),
    diff_ids: list[str] | None = None,
    history: Iterable[str] = (),
) -> dict[str, Any]:
    """Make an image of archives, and return the descriptor of its manifest."""
    suffix = "" if compression == "none" else f"+{compression}"
    described = [blobs.keep(_packed(one, compression), f"{LAYER}{suffix}") for one in layers]
    document = {
        "architecture": platform[1],
        "os": platform[0],
        "config": dict(config or {"User": "app", "Env": ["PATH=/usr/bin"]}),
        "rootfs": {"type": "layers", "diff_ids": diff_ids or [digest(one) for one in layers]},
        "history": [{"created_by": step} for step in history],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blobs.keep(json.dumps(document).encode(), CONFIG),
        "layers": described,
    }
    said = {"os": platform[0], "architecture": platform[1]}
    return blobs.document(manifest, platform=said)


def index(blobs: Blobs, *manifests: dict[str, Any]) -> dict[str, Any]:
    """Make an index, and return its descriptor."""
    value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
    return blobs.document(value)


def _packed(data: bytes, compression: str) -> bytes:
    if compression == "zstd":
        import zstandard  # noqa: PLC0415 - the one place that needs it

        return zstandard.ZstdCompressor(write_checksum=True).compress(data)
    return data if compression == "none" else squeezed(data)


def write_layout(place: Path, blobs: Blobs, *images: dict[str, Any], tag: str = "latest") -> Path:
    """Write an OCI image layout."""
    for name, data in blobs.held.items():
        algorithm, _, digits = name.partition(":")
        path = place / "blobs" / algorithm / digits
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (place / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    named = [{**one, "annotations": {"org.opencontainers.image.ref.name": tag}} for one in images]
    listed = {"schemaVersion": 2, "mediaType": INDEX, "manifests": named}
    (place / "index.json").write_text(json.dumps(listed))
    return place


def archived(place: Path, to: Path) -> Path:
    """Put a folder into a tar, and return its path."""
    with tarfile.open(to, "w") as made:
        for path in sorted(place.rglob("*")):
            made.add(path, str(path.relative_to(place)), recursive=False)
    return to


def write_docker_archive(
    to: Path, *layers: bytes, config: Mapping[str, Any] | None = None, tag: str = "demo:1"
) -> Path:
    """Write what `docker save` wrote before it wrote layouts."""
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [digest(one) for one in layers]},
    }
    data = json.dumps(document).encode()
    name = f"{hashlib.sha256(data).hexdigest()}.json"
    places = [f"{hashlib.sha256(one).hexdigest()}/layer.tar" for one in layers]
    entry = {"Config": name, "RepoTags": [tag], "Layers": places}
    members = [Member(name, data), Member("manifest.json", json.dumps([entry]).encode())]
    members += [Member(place, one) for place, one in zip(places, layers, strict=True)]
    to.write_bytes(archive(*members))
    return to
