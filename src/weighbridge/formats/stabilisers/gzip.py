"""Gzip (RFC 1952): one stream whose header says when and by whom it was packed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.compressed import CONTENT
from weighbridge.formats.stabilisers.compressed import keep_content
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.unpacking import gzip_stream

if TYPE_CHECKING:
    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable

_FIXED: Final = 10
_TEXT: Final = 0x01
_NAME: Final = 0x08
_LONGEST_NAME: Final = 4_096


def write(source: Readable, draft: Draft) -> None:
    """Write the content; of the header nothing matters, or it is refused."""
    header = source.read_at(0, _FIXED + _LONGEST_NAME)
    flags = header[3] if len(header) >= _FIXED else 0xFF
    if flags & ~(_TEXT | _NAME):
        raise RefusedError("the header holds a comment, a checksum or fields of its own")
    end = header.find(b"\0", _FIXED) + 1 if flags & _NAME else _FIXED
    if not end:
        raise RefusedError("the name in the header is too long")
    draft.let_go(header[:end])
    keep_content(source, draft, unpacker=gzip_stream, name=CONTENT)


STABILISER: Final = Stabiliser(
    name="gzip",
    version=1,
    formats=("gzip",),
    lets="time, file name, operating system and level in the header, and how deflate wrote it",
    because=(
        "no reader needs them to unfold the content, whose checksum and length are checked;"
        " a comment, fields of one's own, a second stream or bytes behind it are refused"
    ),
    write=write,
)
