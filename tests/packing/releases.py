"""Sealed manifests as values, for tests of how they are packed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from weighbridge.codec.listing import listing_blobs, listing_media_type
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.listing import ListingEntry
from weighbridge.packing.contents import Part, contents


def digest_of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


def sealed(*artifacts: dict[str, Any], **spec: object) -> dict[str, Any]:
    """Make a sealed manifest of some artifacts."""
    return {
        "apiVersion": "weighbridge.dev/v1",
        "kind": "ModelRelease",
        "metadata": {"name": "demo", "owner": {"team": "house"}, "version": "1.0.0"},
        "spec": {
            "artifacts": list(artifacts),
            "dependencies": {
                "runtime": {"digest": digest_of(b"lock"), "format": "uv", "lock": "uv.lock"}
            },
            "model": {"name": "Demo"},
            **spec,
        },
    }


def artifact(path: str, data: bytes = b"x", role: str = "weights") -> dict[str, Any]:
    name = path.replace("/", "-")
    return {
        "digest": digest_of(data),
        "name": name,
        "path": path,
        "role": role,
        "size": len(data),
    }


class Blobs(dict[str, bytes]):
    """Bytes by digest."""

    def keep(self, data: bytes) -> str:
        self[digest_of(data)] = data
        return digest_of(data)

    def directory(self, path: str, files: dict[str, bytes], role: str) -> dict[str, Any]:
        """Keep a directory's files and listing, and make its artifact."""
        entries = [
            ListingEntry(path=name, size=len(data), digest=self.keep(data))
            for name, data in files.items()
        ]
        known = ""
        for known, data in listing_blobs(entries):
            self[known] = data
        size = sum(map(len, files.values()))
        made = {"digest": known, "mediaType": listing_media_type(entries), "size": size}
        return {**artifact(path, role=role), **made}


def parts_of(manifest: dict[str, Any], blobs: Blobs | None = None) -> tuple[Part, ...]:
    data = canonical_bytes(manifest)
    fetch = (blobs or Blobs()).__getitem__
    return contents(manifest, digest=digest_of(data), size=len(data), fetch=fetch)
