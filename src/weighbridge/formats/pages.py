"""Random access to a stretch of bytes, a page at a time and in bounded memory.

For formats whose parts point at each other. What jumps about more than the pages at hand allow is
read again, within `limits.reread`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.interface import Need, Request

if TYPE_CHECKING:
    from collections.abc import Generator

    from weighbridge.model.limits import Limits

_PAGE: Final = 16 << 10
_AT_HAND: Final = 256


class Pages:
    """The bytes of a file, read by pages of which the last used are kept.

    Attributes:
        size: Bytes of the file.
    """

    __slots__ = ("_page", "_pages", "size")

    def __init__(self, size: int, *, limits: Limits) -> None:
        """Begin with no page at hand."""
        self.size = size
        self._page = min(_PAGE, limits.window)
        self._pages: dict[int, bytes] = {}

    def at(self, offset: int, length: int) -> Generator[Request, bytes, bytes]:
        """Read `length` bytes at `offset`, fewer if the file ends."""
        number, start = divmod(offset, self._page)
        piece = (yield from self._load(number))[start : start + length]
        if len(piece) == length:
            return piece
        parts = [piece]
        left = length - len(piece)
        while left > 0 and piece:
            number += 1
            piece = (yield from self._load(number))[:left]
            parts.append(piece)
            left -= len(piece)
        return b"".join(parts)

    def _load(self, number: int) -> Generator[Request, bytes, bytes]:
        page = self._pages.pop(number, None)
        if page is None:
            page = yield Need(number * self._page, self._page)
            if len(self._pages) >= _AT_HAND:
                del self._pages[next(iter(self._pages))]
        self._pages[number] = page
        return page
