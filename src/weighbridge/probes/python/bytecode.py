"""Compiled files: whether Python would run one, and what ties it to its source.

The header of a `.pyc` (PEP 552) says when its source was written and how long it is, or its hash.
Whether the code behind the header is what that source says, only compiling it again would show.
"""

from __future__ import annotations

import os
import posixpath
import struct
from typing import TYPE_CHECKING, Final

from weighbridge.probes.python.claims import BYTECODE

if TYPE_CHECKING:
    from weighbridge.probes.python.sites import Site

_HEADER: Final = struct.Struct("<4sIII")
HEADER: Final = _HEADER.size
"""Bytes of the header."""

_BY_HASH: Final = 1
_CHECKED: Final = 2
_CACHE: Final = "__pycache__"
_MASK: Final = 0xFFFFFFFF


def source_of(path: str) -> str | None:
    """Name the source a compiled file in a cache belongs to; None for a file that is none."""
    folder, name = posixpath.split(path)
    if not name.endswith(BYTECODE) or posixpath.basename(folder) != _CACHE:
        return None
    stem = name.removesuffix(BYTECODE)
    for mark in (".opt-1", ".opt-2"):
        stem = stem.removesuffix(mark)
    return posixpath.join(posixpath.dirname(folder), stem.rpartition(".")[0] + ".py")


def strangeness(site: Site, header: bytes, source: str) -> str | None:
    """Say why a compiled file is not one of its source; empty if it is, None if it is not run."""
    if len(header) < _HEADER.size:
        return None  # Python compiles the source anew
    _, flags, written, size = _HEADER.unpack_from(header)
    if flags & _BY_HASH:
        return "" if flags & _CHECKED else "it is run without a look at its source"
    if flags:
        return None
    try:
        found = os.lstat(site.place(source))
    except (OSError, ValueError):
        return None
    same = (int(found.st_mtime) & _MASK, found.st_size & _MASK) == (written, size)
    return "" if same else None
