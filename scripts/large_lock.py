"""A lock of 404 packages, as `uv` resolved 45 well-known ML packages in November 2026.

Kept are names, versions, markers, Python requirements and file names; hashes, sizes, times and
addresses are made up, so that the text is as long, and as dear to read, as the real one.
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

REQUIRES_PYTHON = ">=3.11, <3.14"
DATA = Path(__file__).with_name("large_lock.tsv.gz")


def large_lock() -> str:
    """Write it as pylock.toml (PEP 751)."""
    parts = [f'lock-version = "1.0"\ncreated-by = "uv"\nrequires-python = "{REQUIRES_PYTHON}"\n']
    for name, version, marker, requires_python, sdist, wheels in entries():
        lines = ["[[packages]]", f'name = "{name}"', f'version = "{version}"']
        lines += [f'marker = "{marker}"'] if marker else []
        lines += [f'requires-python = "{requires_python}"'] if requires_python else []
        lines += ['index = "https://packages.example.com/simple"']
        lines += [f"sdist = {_file(sdist)}"] if sdist else []
        if wheels:
            lines += ["wheels = [", *(f"    {_file(wheel)}," for wheel in wheels), "]"]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def entries() -> list[tuple[str, str, str, str, str, list[str]]]:
    """List name, version, marker, requires-python, sdist and wheels of each package."""
    found: list[tuple[str, str, str, str, str, list[str]]] = []
    for line in gzip.decompress(DATA.read_bytes()).decode().splitlines():
        if line.startswith("\t"):
            found[-1][-1].append(line[1:])
        else:
            name, version, marker, requires_python, sdist = line.split("\t")
            found.append((name, version, marker, requires_python, sdist, []))
    return found


def _file(name: str) -> str:
    digest = sha256(name.encode()).hexdigest()
    folder = f"{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    address = f"https://files.example.com/packages/{folder}/{quote(name)}"
    size = int(digest[:6], 16)
    return (
        f'{{ url = "{address}", upload-time = 2026-11-01T00:00:00Z, size = {size}, '
        f'hashes = {{ sha256 = "{digest}" }} }}'
    )
