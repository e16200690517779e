"""Write a small release with nothing but the standard library, for smoke test and benchmark."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "click==8.2.0 --hash=sha256:" + "0" * 64 + "\n"

MANIFEST = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: sample
  version: "1.0.0"
  owner: {{team: house, contact: house@example.com}}
spec:
  source: {{repo: "https://git.example.com/house/sample", commit: {commit}, dirty: false}}
  model: {{name: sample, version: "1", family: sample, task: classification, format: {format}}}
  environment:
    runtime: {{implementation: cpython, version: "3.11.7"}}
  dependencies:
    runtime: {{lock: requirements.lock, format: requirements, digest: "{lock}"}}
  artifacts:
    - name: model
      role: weights
      path: {path}
      format: {format}
      size: {size}
      digest: "{digest}"
"""


def safetensors() -> bytes:
    """Return a valid safetensors file of one tensor of two float32."""
    header = {"weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + struct.pack("<2f", 1, 2)


def sha256(content: bytes) -> str:
    """Return the sha256 of some bytes as manifests write it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def write_release(folder: Path, file: str, content: bytes) -> Path:
    """Write model file, lock and manifest into a new folder and return the manifest's path.

    Args:
        folder: Folder to make.
        file: Name of the model file; its suffix is the model's format.
        content: Bytes of the model file.
    """
    folder.mkdir(parents=True)
    (folder / file).write_bytes(content)
    return write_papers(folder, file, size=len(content), digest=sha256(content))


def write_papers(folder: Path, file: str, *, size: int, digest: str) -> Path:
    """Write lock and manifest beside a model file and return the manifest's path.

    Args:
        folder: The model file's folder.
        file: Name of the model file; its suffix is the model's format.
        size: Its bytes.
        digest: Its digest.
    """
    (folder / "requirements.lock").write_text(LOCK, encoding="utf-8")
    manifest = folder / "release.yaml"
    text = MANIFEST.format(
        commit="0123456789abcdef" * 2 + "01234567",
        digest=digest,
        format=file.rpartition(".")[2],
        lock=sha256(LOCK.encode()),
        path=file,
        size=size,
    )
    manifest.write_text(text, encoding="utf-8")
    return manifest
