"""The folder a source looks at: its files within budgets, what could not be read as a line each.

Files are opened inside the tree only; links out of it, devices and what is too large are named
and left alone. A reader never raises for what a file holds.
"""

from __future__ import annotations

import json
import posixpath
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from weighbridge.codec.reading import scan_document
from weighbridge.model.errors import DocumentError
from weighbridge.model.fact import MISSING, PathProblem, Unavailable
from weighbridge.model.limits import DocumentLimits

if TYPE_CHECKING:
    from weighbridge.probes.tree import WorkTree

LIMITS = DocumentLimits(size=4 << 20, depth=64, nodes=200_000, alias_nodes=10_000)
MOST_FILES = 200


class Folder:
    """A folder inside a tree, and what of it could not be read."""

    def __init__(self, tree: WorkTree, inside: str = "") -> None:
        """Name the folder by its path inside the tree; empty for the tree itself."""
        self.tree = tree
        self.inside = inside
        self.unread: list[str] = []

    def at(self, name: str) -> str:
        """Say where a file of this folder lies in the tree."""
        return posixpath.normpath(posixpath.join(self.inside, name))

    def kind(self, name: str) -> str:
        """Say `file` or `directory`; empty for what is not there or cannot be followed."""
        found = self.tree.kind(self.at(name)) if is_inside(name) else ""
        return found if isinstance(found, str) else ""

    def files(self, name: str) -> list[str]:
        """List the files below a directory by their paths in the tree; too many are refused."""
        found: list[str] = []
        for path in self.tree.files(self.at(name)):
            if isinstance(path, PathProblem) or not path.isprintable():
                continue  # the survey of the tree tells of them
            if any(part.startswith((".", "__pycache__")) for part in path.split("/")):
                continue
            found.append(path)
            if len(found) > MOST_FILES:
                self.note(name, f"more than {MOST_FILES} files: list it as one artifact")
                return []
        return found

    def note(self, name: str, reason: str) -> None:
        """Remember that something was not read, and why."""
        line = f"{self.at(name)} ({reason})"
        if line not in self.unread:
            self.unread.append(line)

    def start(self, name: str, length: int) -> bytes | None:
        """Read the first bytes of a file; None if it is not there or cannot be opened."""
        source = self.tree.open(self.at(name))
        if isinstance(source, PathProblem | Unavailable):
            if not _is_absent(source):
                reason = source.kind if isinstance(source, PathProblem) else source.reason
                self.note(name, reason)
            return None
        try:
            with source:
                return source.read_at(0, length)
        except OSError as error:
            self.note(name, (error.strerror or str(error)).lower())
            return None

    def whole(self, name: str) -> bytes | None:
        """Read a small file; None if there is none, or it is larger than such a file is."""
        data = self.start(name, LIMITS.size + 1)
        if data is not None and len(data) > LIMITS.size:
            self.note(name, f"larger than {LIMITS.size} bytes")
            return None
        return data

    def mapping(self, name: str) -> dict[str, Any]:
        """Read a JSON file (by its name) or a YAML one; empty if it holds no mapping."""
        data = self.whole(name)
        if data is None:
            return {}
        if name.endswith(".json"):
            found = self.json(data, name)
            return found if isinstance(found, dict) else {}
        return self.yaml(data, name)

    def yaml(self, data: bytes, name: str) -> dict[str, Any]:
        """Read YAML; a value that means two things is left out and told of."""
        try:
            document, faults = scan_document(data, name, limits=LIMITS)
        except DocumentError as error:
            self.note(name, error.faults[0].message)
            return {}
        if faults:
            where = faults[0].location
            line = f" in line {where.line}" if where is not None else ""
            self.note(name, f"in part: {faults[0].message}{line}")
        return document.data

    def json(self, text: bytes | str, name: str) -> object:
        """Read JSON; None if it is broken, ambiguous or deeper than anything sane."""
        try:
            return json.loads(
                text,
                object_pairs_hook=_unambiguous,
                parse_float=Decimal,
                parse_constant=lambda word: word,
            )
        except (ValueError, ArithmeticError):
            # The parser's own words may quote the file.
            self.note(name, "not sound JSON")
        except RecursionError:
            self.note(name, "nested too deep")
        return None


def is_inside(name: str) -> bool:
    """Tell whether a path that stands in a file names something below the folder."""
    path = posixpath.normpath(name)
    return bool(name) and path != "." and not path.startswith(("/", "../")) and path != ".."


def _is_absent(problem: PathProblem | Unavailable) -> bool:
    return isinstance(problem, Unavailable) and problem.reason == MISSING


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found
