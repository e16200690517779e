"""Find installed rule packs, and say what their bytes are: metadata is parsed, nothing imported.

A pack's digest is over the files its RECORD lists, each held against the hash there; what an
installer writes of its own, and compiled bytecode, are not in it. So a pack has one digest wherever
its wheel is installed.
"""

from __future__ import annotations

import csv
import hashlib
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from weighbridge.model.errors import RulePackAlteredError, RulePackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROUP = "weighbridge.rules"
MAX_FILES = 10_000
MAX_BYTES = 32 << 20
_OWN = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
_REFUSED = (".so", ".pyd", ".dylib", ".dll", ".pth")
"""Files that would run without being read: compiled code, and hooks of Python's start-up."""
_AGAIN = "install it again: `pip install --force-reinstall --no-deps {name}=={version}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPack:
    """A distribution that offers rules.

    Attributes:
        name: Its normalised name.
        version: Its version.
        digest: Digest over its files.
        entries: Where its rules are: `module:attribute`, sorted.
        sources: Its files by path, as they were digested.
    """

    name: str
    version: str
    digest: str
    entries: tuple[str, ...]
    sources: Mapping[str, bytes]

    @property
    def title(self) -> str:
        """Its name and version: `name@version`."""
        return f"{self.name}@{self.version}"


def find_installed(name: str, version: str) -> InstalledPack | None:
    """Find an installed pack; None if there is no such distribution, or it offers no rules.

    Raises:
        RulePackAlteredError: Its files are not those its RECORD lists.
        RulePackError: It cannot be digested: no RECORD, too large.
    """
    for found in metadata.distributions():
        if _name(found) == name and found.version == version and (entries := _entries(found)):
            return _read(found, name, entries)
    return None


def list_installed() -> Iterator[tuple[str, str]]:
    """List name and version of every distribution that offers rules; no file of it is read."""
    named = {(_name(one), one.version) for one in metadata.distributions() if _entries(one)}
    yield from sorted(named)


def _name(found: metadata.Distribution) -> str:
    said = found.metadata["Name"] or ""
    return re.sub(r"[-_.]+", "-", said).lower()


def _entries(found: metadata.Distribution) -> tuple[str, ...]:
    return tuple(sorted(one.value for one in found.entry_points if one.group == GROUP))


def _read(found: metadata.Distribution, name: str, entries: tuple[str, ...]) -> InstalledPack:
    title = f"{name}@{found.version}"
    sources: dict[str, bytes] = {}
    left = MAX_BYTES
    for path, wanted in _rows(found, title):
        if path.endswith(_REFUSED):
            message = f"the rule pack {title} holds more than Python and data"
            raise RulePackError(message, seen=path, help=["neither extensions nor .pth files"])
        data = _bytes(found, path, left, title)
        left -= len(data)
        seen = urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        if wanted != f"sha256={seen}":
            raise RulePackAlteredError(
                f"{path} of the rule pack {title} is not the file that was installed",
                seen=f"sha256={seen}",
                wanted=wanted or "a hash in its RECORD",
                help=[_AGAIN.format(name=name, version=found.version)],
            )
        sources[path] = data
    lines = (
        f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(sources.items())
    )
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    return InstalledPack(
        name=name,
        version=found.version,
        digest=f"sha256:{digest}",
        entries=entries,
        sources=sources,
    )


def _rows(found: metadata.Distribution, title: str) -> Iterator[tuple[str, str]]:
    """List the files that count, with the hashes RECORD gives; each path once."""
    text = found.read_text("RECORD")
    if text is None:
        help_ = ["build a wheel of it and install that: an editable install lists no files"]
        raise RulePackError(f"the rule pack {title} has no RECORD of its files", help=help_)
    rows = [row for row in csv.reader(text.splitlines()) if row]
    if len(rows) > MAX_FILES or len({row[0] for row in rows}) < len(rows):
        message = f"the RECORD of the rule pack {title} lists too many files, or one twice"
        raise RulePackError(message, wanted=f"at most {MAX_FILES} files")
    for row in rows:
        path = PurePosixPath(row[0])
        # Scripts lie elsewhere and differ from machine to machine; nothing imports them.
        outside = path.is_absolute() or ".." in path.parts or "\\" in row[0]
        written_here = path.name in _OWN and path.parent.name.endswith(".dist-info")
        if not outside and not written_here and path.suffix != ".pyc":
            yield path.as_posix(), row[1] if len(row) > 1 else ""


def _bytes(found: metadata.Distribution, path: str, left: int, title: str) -> bytes:
    try:
        with Path(str(found.locate_file(path))).open("rb") as file:
            data = file.read(left + 1)
    except OSError as error:
        raise RulePackAlteredError(
            f"{path} of the rule pack {title} cannot be read: {error.strerror}",
            help=[_AGAIN.format(name=title.partition("@")[0], version=found.version)],
        ) from error
    if len(data) > left:
        message = f"the rule pack {title} is too large"
        raise RulePackError(message, wanted=f"at most {MAX_BYTES} bytes")
    return data
