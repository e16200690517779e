"""Tar archives: POSIX (ustar, pax), GNU, and those from before them."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from weighbridge.formats import tar_header
from weighbridge.formats.member import Stored
from weighbridge.formats.stabilisers.draft import RefusedError, Stabiliser
from weighbridge.formats.stabilisers.file_modes import settled_mode
from weighbridge.formats.stabilisers.reading import Member, pieces
from weighbridge.formats.tar_header import BLOCK, TarError

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.formats.stabilisers.draft import Draft
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.formats.tar_header import Header

_EMPTY: Final = bytes(BLOCK)
_LONGEST: Final = 1 << 20
_GNU: Final = b"ustar  \0"
_POSIX: Final = b"ustar\x0000"
_NEUTRAL: Final = frozenset(
    {"mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "LIBARCHIVE.creationtime"}
)
_KINDS: Final = tar_header.FILES | {tar_header.FOLDER} | tar_header.LINKS.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One member: where its content lies, and what is said of it that matters."""

    header: Header
    said: tuple[tuple[str, str], ...]
    offset: int


def write(source: Readable, draft: Draft) -> None:
    """Write the members, in the order of their names if that cannot change what is unpacked."""
    members = _Reading(source, draft).members()
    counts = Counter(one.header.name for one in members)
    linked = any(one.header.kind in tar_header.LINKS for one in members)
    if not linked and max(counts.values(), default=1) == 1:
        members.sort(key=lambda one: one.header.name)
    for member in members:
        _keep(member, source, draft)


def _keep(member: _Member, source: Readable, draft: Draft) -> None:
    header = member.header
    said = [text.encode("utf-8", "surrogatepass") for pair in member.said for text in pair]
    kind = ord("0") if header.kind in tar_header.FILES else header.kind
    draft.keep(
        header.name.encode("utf-8", "surrogatepass"),
        struct.pack("<BI", kind, settled_mode(header.mode)),
        header.link.encode("utf-8", "surrogatepass"),
        *said,
        b"",
    )
    draft.part(header.name, _opener(member, source, draft))


def _opener(member: _Member, source: Readable, draft: Draft) -> Callable[[], Readable]:
    size, offset = member.header.size, member.offset
    return lambda: Member(source, Stored(offset, size, limits=draft.limits), size)


class _Reading:
    """Walking the headers of one archive."""

    def __init__(self, source: Readable, draft: Draft) -> None:
        self._source = source
        self._draft = draft
        self._offset = 0
        self._said: dict[str, str] = {}
        self._found: list[_Member] = []

    def members(self) -> list[_Member]:
        """List the members.

        Raises:
            RefusedError: Not all of the archive is understood.
        """
        headers = 0
        try:
            while (block := self._source.read_at(self._offset, BLOCK)) != _EMPTY:
                headers += 1
                if headers > self._draft.limits.entries:
                    raise RefusedError("the archive has too many headers")
                self._header(block)
        except TarError as error:
            raise RefusedError(str(error)) from error
        if self._said:
            raise RefusedError("an extended header stands before no member")
        self._end()
        return self._found

    def _header(self, block: bytes) -> None:
        if len(block) < BLOCK:
            raise RefusedError("the archive ends without its two empty blocks")
        header = tar_header.parse(block)
        _text(block[:100] + block[157:257])
        _check_unused(block)
        self._draft.let_go(block)
        if header.kind in tar_header.EXTENSIONS:
            self._extension(header)
        elif header.kind in _KINDS:
            self._member(header)
        else:
            raise RefusedError("a member is neither file, folder nor link")

    def _extension(self, header: Header) -> None:
        if header.size > _LONGEST or header.kind == tar_header.GLOBAL:
            raise RefusedError("an extended header is too long, or stands for all members")
        raw = self._content(header)
        if header.kind == tar_header.EXTENDED:
            said = [(_text(key), _text(value)) for key, value in tar_header.pax_records(raw)]
            self._draft.let_go(raw)
        else:
            name, _, rest = raw.partition(b"\0")
            if rest.strip(b"\0"):
                raise RefusedError("something stands behind a long name")
            key = "path" if header.kind == tar_header.LONG_NAME else "linkpath"
            said = [(key, _text(name))]
        for key, value in said:
            if key in self._said:
                raise RefusedError("two records say the same of one member")
            self._said[key] = value

    def _member(self, header: Header) -> None:
        said, self._said = self._said, {}
        if any(key.startswith("GNU.sparse") for key in said):
            raise RefusedError("a member is stored in parts")
        if "size" in said:
            size = tar_header.pax_size(said.pop("size"))
            if size != header.size and size <= tar_header.LARGEST:
                raise RefusedError("a member has two sizes")
            header = replace(header, size=size)
        header = replace(
            header, name=said.pop("path", header.name), link=said.pop("linkpath", header.link)
        )
        if header.kind not in tar_header.FILES and header.size:
            raise RefusedError("a folder or link has content")
        kept = tuple(sorted((key, text) for key, text in said.items() if key not in _NEUTRAL))
        offset = self._offset + BLOCK
        self._found.append(_Member(header=header, said=kept, offset=offset))
        self._past(header)

    def _content(self, header: Header) -> bytes:
        raw = self._source.read_at(self._offset + BLOCK, header.size)
        self._past(header)
        return raw

    def _past(self, header: Header) -> None:
        """Step over content and padding, which holds nothing."""
        end = self._offset + BLOCK + header.size
        padding = -header.size % BLOCK
        raw = self._source.read_at(end, padding)
        if end + padding > self._source.size or raw.strip(b"\0"):
            raise RefusedError("a member is cut off, or its padding holds something")
        self._offset = end + padding

    def _end(self) -> None:
        size = self._source.size
        if size - self._offset < 2 * BLOCK:
            raise RefusedError("the archive ends without its two empty blocks")
        for piece in pieces(self._source, self._offset, size):
            if piece.strip(b"\0"):
                raise RefusedError("bytes follow the archive")
        self._draft.let_go((size - self._offset).to_bytes(8, "big"))


def _check_unused(block: bytes) -> None:
    """Refuse a header that holds something where nobody looks."""
    unused = [_behind(block[:100]), _behind(block[157:257])]
    magic = block[257:265]
    if magic == _POSIX:
        _text(block[345:500])
        unused += [_behind(block[345:500]), block[500:]]
    elif magic == _GNU:
        unused.append(block[369:])  # behind the two times: parts of files, and volumes
    else:
        unused.append(block[265:])
    if any(field.strip(b"\0") for field in unused):
        raise RefusedError("a header holds something where nothing belongs")
    if block[329:345].strip(b"0 \0"):
        raise RefusedError("a header has numbers of a device")


def _text(raw: bytes) -> str:
    """Decode a name; two that are no UTF-8 might be shown alike."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise RefusedError("a name is no UTF-8") from error


def _behind(field: bytes) -> bytes:
    return field.partition(b"\0")[2]


STABILISER: Final = Stabiliser(
    name="tar",
    version=1,
    formats=("tar",),
    lets=(
        "times, owners and groups by number and name, the order of members, the dialect of the"
        " headers, permissions beyond executable or not, zeros at the end"
    ),
    because=(
        "none of it is part of a file's name or content; the order counts where a link or a name"
        " that stands twice makes it matter, and every other record of a header is kept"
    ),
    write=write,
)
