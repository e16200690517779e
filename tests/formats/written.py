"""Files that libraries really wrote (tests/formats/files/README.md says which)."""

from __future__ import annotations

from pathlib import Path

_FILES = Path(__file__).parent / "files"


def written(name: str) -> bytes:
    return (_FILES / name).read_bytes()
