"""The demo's container image: an OCI image layout it packs itself, named by its digest.

One layer with the model and the program that asks it. It stands on no base, for a demo has no
registry to take one from: it is an image to be weighed, promoted and rendered, not to be run.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.oci.layout import LayoutRepository
from weighbridge.model.oci import MANIFEST, Descriptor
from weighbridge.packing.tar import write_tar
from weighbridge.probes.reading.in_memory import InMemory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REFERENCE = "registry.example.com/ml/file-type-detector"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def pack_image(files: Mapping[str, bytes], folder: Path) -> str:
    """Pack files as an image, the same bytes each time.

    Args:
        files: Their bytes, by path from the root.
        folder: Where the image layout is, or will be.

    Returns:
        The digest of its manifest.
    """
    repository = LayoutRepository(folder, name=f"oci:{folder.name}")
    layer = write_tar(files)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": ["python3", "/app/serve.py"],
            "ExposedPorts": {"8080/tcp": {}},
            "User": "65532:65532",
            "WorkingDir": "/app",
        },
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    blobs = [(_CONFIG, _json(config)), (_LAYER, layer)]
    described = [_describe(kind, data) for kind, data in blobs]
    for descriptor, (_, data) in zip(described, blobs, strict=True):
        repository.push(descriptor, InMemory(data))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _written(described[0]),
        "layers": [_written(described[1])],
    }
    return repository.put(_json(manifest), media_type=MANIFEST).digest


def _describe(kind: str, data: bytes) -> Descriptor:
    return Descriptor(media_type=kind, digest=_digest(data), size=len(data))


def _written(one: Descriptor) -> dict[str, Any]:
    return {"mediaType": one.media_type, "digest": one.digest, "size": one.size}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
