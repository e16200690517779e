"""The sets that are kept of each version, and how to look into them."""

from __future__ import annotations

import ast
import base64
import gzip
import io
import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Path(__file__).parent
VERSIONS = sorted(
    (path.name for path in KEPT.iterdir() if re.fullmatch(r"[0-9]+\.[0-9]+", path.name)),
    key=lambda name: [int(number) for number in name.split(".")],
)
SOURCE = KEPT.parents[1] / "src"
NAMED = re.compile(
    r"(?:https://)?weighbridge\.dev/(?:[a-z-]+/)*v[0-9]+"
    r"|application/vnd\.weighbridge\.[a-z.-]+\.v[0-9]+\+[a-z]+"
)
"""What our formats are called in the files themselves."""

PAYLOAD = re.compile(rb'"payload": ?"([A-Za-z0-9+/=]+)"')
"""What is signed, inside of an envelope."""


def contents(version: str) -> Iterator[tuple[str, bytes]]:
    """Give each file of a set by its name, archives as what is in them."""
    for path in sorted((KEPT / version).rglob("*")):
        if path.is_file():
            yield from _inside(path.relative_to(KEPT / version).as_posix(), path.read_bytes())


def _inside(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if name.endswith(".gz"):
        yield from _inside(name.removesuffix(".gz"), gzip.decompress(data))
    elif name.endswith(".tar"):
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is not None:
                    yield from _inside(f"{name}/{member.name}", file.read())
    else:
        yield name, data


def unpack(version: str, name: str, to: Path) -> Path:
    """Unpack what is kept of a version: into a folder, or as the file it was."""
    data = gzip.decompress((KEPT / version / f"{name}.tar.gz").read_bytes())
    if name in {"staging", "production", "backup"}:
        to.write_bytes(data)
        return to
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        tar.extractall(to, filter="data")
    return to


def names_in_source() -> set[str]:
    """List what formats are called in our sources."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(NAMED.findall(node.value))
    return found


def names_kept() -> set[str]:
    """List what formats the sets have an example of."""
    found: set[str] = set()
    for version in VERSIONS:
        for _, data in contents(version):
            texts = [data, *(base64.b64decode(payload) for payload in PAYLOAD.findall(data))]
            found.update(*(NAMED.findall(text.decode("utf-8", "replace")) for text in texts))
    return found
