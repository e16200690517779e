"""The texts of a wheel's dist-info folder: headers, entry points, and the rows of RECORD.

Core metadata and the wheel format (https://packaging.python.org/specifications/), RECORD after
"Recording installed projects". What they say is kept as text; whether names and versions are
those of the file's own name is for a rule to judge.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_BOM: Final = "\ufeff"
_LINE_END: Final = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of RECORD.

    Attributes:
        path: The file, relative to the wheel's root.
        algorithm: Algorithm of the digest, or empty.
        digest: The digest as it stands there, or empty.
        size: Bytes, as it stands there, or empty.
    """

    path: str
    algorithm: str
    digest: str
    size: str


class RowError(ValueError):
    """RECORD is not a table of three columns."""


def rows(text: str) -> Iterator[Row]:
    """Read the rows of RECORD.

    Raises:
        RowError: It is no CSV, or a row has other than three columns.
    """
    lines = (line + "\n" for line in text.split("\n"))
    table = csv.reader(lines, strict=True)
    try:
        for values in table:
            if not values:
                continue
            if len(values) != 3:  # noqa: PLR2004 - path, digest, size
                raise RowError(f"line {table.line_num} has {len(values)} columns")
            path, digest, size = values
            algorithm, _, value = digest.partition("=")
            yield Row(path=path, algorithm=algorithm, digest=value, size=size)
    except csv.Error as error:
        raise RowError(f"line {table.line_num} is no CSV: {error}") from error


def headers(text: str, wanted: Container[str]) -> list[tuple[str, str]]:
    """List the wanted headers of METADATA or WHEEL, up to the description.

    Their names are in lower case, and only the first line of each is kept.
    """
    found: list[tuple[str, str]] = []
    for line in _LINE_END.split(text.removeprefix(_BOM)):
        if not line.strip():
            break
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and line[0] not in " \t" and key in wanted:
            found.append((key, value.strip()))
    return found


def entry_points(text: str) -> list[str]:
    """List entry points as `group: name = object`."""
    found = []
    group = ""
    for raw in _LINE_END.split(text.removeprefix(_BOM)):
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif line and line[0] not in "#;":
            name, _, target = line.partition("=")
            found.append(f"{group}: {name.strip()} = {target.strip()}")
    return found
