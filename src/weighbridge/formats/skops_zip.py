"""Skops: a tree of typed objects as JSON, and their arrays beside it.

Every object names the class it becomes and the loader that makes it. Which of them may be trusted
is judged elsewhere; here each pair is noted once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats import json_format
from weighbridge.formats.text import mended, shown
from weighbridge.formats.zip_kind import ZipFamily, lifted
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.formats.interface import Reader
    from weighbridge.formats.member import MemberDigest
    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.formats.zip_directory import Entry
    from weighbridge.formats.zip_kind import Member
    from weighbridge.model.limits import Limits

_SCHEMA: Final = "schema.json"
_MODULE: Final = "__module__"
_CLASS: Final = "__class__"
_LOADER: Final = "__loader__"
_FILE: Final = "file"
_PATH: Final = "module_path"
_FUNCTION: Final = "function"
_KEPT: Final = frozenset({_MODULE, _CLASS, _LOADER, _FILE, _PATH, _FUNCTION})
_BYTES: Final = re.compile(r"[0-9a-f-]+\.bin\Z")


def claim(names: Sequence[str]) -> SkopsZip | None:
    """Guess such an archive by its schema; whether it is one is known when that is read."""
    return SkopsZip() if _SCHEMA in names else None


class SkopsZip:
    """One archive."""

    digests: MemberDigest = ""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._schema: _Schema | None = None

    @property
    def format(self) -> str:
        """Name the format: a schema of something else makes it a plain zip."""
        return "skops" if self._schema is not None and self._schema.version else "zip"

    def reader(self, entry: Entry, *, limits: Limits) -> Reader | None:
        """Read the schema; arrays are known by their content."""
        if entry.name != _SCHEMA:
            return None
        schema = self._schema = _Schema(limits)
        return json_format.read(entry.size, limits=limits, kinds=(lambda _: schema,))

    def text_reader(self, entry: Entry, *, limits: Limits) -> None:
        """Leave texts to their content."""

    def explains(self, name: str) -> bool:
        """Whether a member is the bytes of an object of bytes."""
        return _BYTES.match(name) is not None

    def conclude(self, record: Record, members: Mapping[str, Member]) -> None:
        """Note the types, and the files that should be there."""
        schema = self._schema
        if schema is None or not schema.version:
            return
        record.version = mended(schema.version[:80])
        record.metadata.extend(("skops-type", text) for text in schema.types)
        for use in schema.uses:
            record.uses(use)
        for name in schema.files:
            if name not in members:
                record.corrupt(f"the file {shown(name)} of the schema is missing", 0)
        for name, member in members.items():
            record.tensors.extend(lifted(member, name))


class _Schema:
    """What the schema says."""

    keys = None

    def __init__(self, limits: Limits) -> None:
        self.types: dict[str, None] = {}
        self.uses: dict[CodeUse, None] = {}
        self.files: dict[str, None] = {}
        self.version = ""
        self._limits = limits
        self._open: list[dict[str, str]] = []
        self._more = False

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:  # noqa: ARG002 - the protocol's
        """Begin an object or array."""
        self._open.append({})

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Keep what an object says of its type."""
        for key, value in pairs:
            if isinstance(value, str):
                if key in _KEPT:
                    self._open[-1][key] = mended(value[: self._limits.text])
                elif key == "_skops_version" and not path:
                    self.version = value

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Have nothing to do."""

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:  # noqa: ARG002
        """Note the type of an object and the file it needs."""
        said = self._open.pop()
        if len(self.types) + len(self.files) >= self._limits.entries:
            self._more = True
            return
        if _LOADER in said:
            full = f"{said.get(_MODULE, '')}.{said.get(_CLASS, '')}"
            self.types[f"{full} ({said[_LOADER]})"] = None
            self._use(full, said[_LOADER])
        elif _PATH in said and _FUNCTION in said:
            # How skops up to 0.5 names a function, below an object of the class `function`.
            self._use(f"{said[_PATH]}.{said[_FUNCTION]}", _FUNCTION)
        if _LOADER in said and _FILE in said:
            self.files[said[_FILE]] = None

    def _use(self, full: str, loader: str) -> None:
        self.uses[CodeUse(kind="skops-type", name=full, detail=loader)] = None

    def claims(self) -> str | None:
        """Claim nothing: the archive does."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Say if there was too much to keep."""
        if self._more:
            record.unread(f"it names more than {self._limits.entries} types and files")


FAMILY: Final = ZipFamily(format="skops", mark=_SCHEMA.encode(), claim=claim)
