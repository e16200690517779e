"""A small wheel, made by hand."""

from __future__ import annotations

import base64
import hashlib

from tests.formats.samples import Member, zip_bytes

INFO = "tiny-1.0.dist-info"
METADATA = b"Metadata-Version: 2.4\nName: tiny\nVersion: 1.0\nRequires-Python: >=3.9\n\nName: no\n"
WHEEL = b"Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def sha256(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def wheel_files(**more: bytes) -> dict[str, bytes]:
    return {
        "tiny/__init__.py": b"x = 1\n",
        f"{INFO}/METADATA": METADATA,
        f"{INFO}/WHEEL": WHEEL,
        **more,
    }


def record_of(files: dict[str, bytes], info: str = INFO) -> list[str]:
    rows = [f"{name},{sha256(data)},{len(data)}" for name, data in files.items()]
    return [*rows, f"{info}/RECORD,,"]


def wheel(
    files: dict[str, bytes] | None = None,
    *,
    rows: list[str] | None = None,
    info: str = INFO,
    after: tuple[Member, ...] = (),
) -> bytes:
    """Pack a wheel whose RECORD is right unless its rows are given."""
    files = wheel_files() if files is None else files
    text = "".join(row + "\n" for row in (record_of(files, info) if rows is None else rows))
    members = [Member(name=name.encode(), data=data, method=8) for name, data in files.items()]
    record = Member(name=f"{info}/RECORD".encode(), data=text.encode())
    return zip_bytes(*members, record, *after)
