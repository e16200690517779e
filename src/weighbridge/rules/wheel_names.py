"""What a wheel is called: by its file name, by its dist-info folder, and in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.tags import parse_tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.tags import Tag

    from weighbridge.model.fact import ObservedFile
    from weighbridge.model.structure import Structure

SUFFIX = ".whl"
LONGEST = 255
"""Characters of a file name or tag: the tags one stands for multiply with its length."""


def wheels(file: ObservedFile, structure: Structure) -> Iterator[tuple[str, Structure]]:
    """List the wheels in a file, itself included, each with its path."""
    for part in structure.walk():
        if part.format == "wheel":
            yield f"{file.path}!/{part.container}" if part.container else file.path, part


def file_name(path: str) -> str:
    """Return the last part of a path, which may lead into archives."""
    return path.rpartition("/")[2]


def parsed(path: str) -> tuple[str, str, frozenset[Tag]]:
    """Take a wheel's file name apart: normalised name, version and tags.

    Raises:
        InvalidWheelFilename: It is none.
    """
    file = file_name(path)
    if len(file) > LONGEST:
        raise InvalidWheelFilename(f"a file name of {len(file)} characters")
    name, version, _, tags = parse_wheel_filename(file)
    return name, str(version), tags


def tags_of(path: str, wheel: Structure) -> frozenset[Tag]:
    """List the tags an installer goes by: those of the file's name, else those of WHEEL."""
    try:
        return parsed(path)[2]
    except InvalidWheelFilename:
        return stated_tags(wheel)


def stated_tags(wheel: Structure) -> frozenset[Tag]:
    """List the tags of WHEEL; what is no tag says nothing."""
    found: set[Tag] = set()
    for value in said(wheel, "tag"):
        if value.count("-") == 2 and len(value) <= LONGEST:  # noqa: PLR2004 - in three parts
            found |= parse_tag(value)
    return frozenset(found)


def said(part: Structure, key: str) -> list[str]:
    """List what a reader noted under a key."""
    return [value for name, value in part.metadata if name == key]


def distribution(wheel: Structure) -> str:
    """Return the normalised name of the distribution, or nothing."""
    return next((canonicalize_name(name) for name in said(wheel, "name")), "")
