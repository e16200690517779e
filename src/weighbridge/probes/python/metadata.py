"""The distributions of an environment, by the headers of their metadata files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from weighbridge.model.fact import Distribution
from weighbridge.probes.small_files import read_start

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FIELD = re.compile(
    rb"^(Name|Version|Requires-Python|Requires-Dist|License|License-Expression|Classifier):(.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_END_OF_HEADER = re.compile(rb"(?:\A|\n)\r?\n")
_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)
_CHUNK = 1 << 13
_HEADER_SIZE = 1 << 18


def distributions_in(libraries: Iterable[Path]) -> dict[str, Distribution]:
    """Read the distributions of some folders; of two with the same name the first is meant."""
    found: dict[str, Distribution] = {}
    for library in libraries:
        for path in sorted(library.glob("*.dist-info")):
            distribution = read_distribution(path / "METADATA")
            if distribution is not None:
                found.setdefault(distribution.name, distribution)
    return dict(sorted(found.items()))


def read_distribution(path: Path) -> Distribution | None:
    """Read the metadata file of one distribution; None if it has none."""
    return parse_distribution(_read_header(path) or b"")


def parse_distribution(data: bytes) -> Distribution | None:
    """Read the header of a metadata file; None if it names nothing."""
    fields: dict[str, list[str]] = {}
    header = _END_OF_HEADER.split(data, maxsplit=1)[0]
    for name, value in _FIELD.findall(header):
        fields.setdefault(name.decode().lower(), []).append(
            value.decode("utf-8", "replace").strip()
        )
    first = {name: values[0] for name, values in fields.items()}
    if not _NAME.fullmatch(first.get("name", "")) or not first.get("version"):
        return None
    return Distribution(
        name=canonicalize_name(first["name"]),
        version=first["version"],
        requires_python=first.get("requires-python", ""),
        requires=tuple(fields.get("requires-dist", ())),
        license=first.get("license-expression", ""),
        license_text=first.get("license", ""),
        classifiers=tuple(fields.get("classifier", ())),
    )


def _read_header(path: Path) -> bytes | None:
    """Read a metadata file up to the empty line that ends its header."""
    data = read_start(path, _CHUNK)
    if data is not None and len(data) == _CHUNK and not _END_OF_HEADER.search(data):
        data = read_start(path, _HEADER_SIZE)
    return data
