"""Texts in which a file tells of itself: templates, commands and addresses among them are noted.

Metadata and the values of a configuration come here, whatever the format; prose in a file of its
own does not.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from weighbridge.formats.template import note_chat_template, note_other_text
from weighbridge.formats.template_parse import LONGEST
from weighbridge.formats.text import mended
from weighbridge.formats.text_clues import addresses, clues
from weighbridge.model.structure import TEMPLATE_DIGEST, CodeUse

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

CHAT_TEMPLATE: Final = "chat_template"
_SHOWN: Final = 200
_SHOWN_ADDRESS: Final = 500
_MOST_CHARACTERS: Final = 8 << 20
_MOST_ADDRESSES: Final = 500
_DIGITS: Final = re.compile(r"[0-9]+")
_ALIKE: Final = re.compile(r"(\w+://[^/?#]*).*?(\.\w{1,8})?(?:[?#].*)?\Z", re.DOTALL)


class ToldTexts:
    """The texts of one file."""

    def __init__(self, record: Record) -> None:
        """Begin with none."""
        self._record = record
        self._alike: set[tuple[str, ...]] = set()
        self._characters = 0

    def note(self, key: str, text: str, offset: int = 0) -> None:
        """Note what a text holds beyond words.

        Args:
            key: What the file calls it.
            text: The text.
            offset: Byte offset of where it stands.
        """
        self._characters += len(text)
        if self._characters > _MOST_CHARACTERS:
            self._record.unread(f"its texts have more than {_MOST_CHARACTERS} characters")
            return
        if CHAT_TEMPLATE in key:
            self._pin(key, mended(text).encode())
            note_chat_template(text, self._record, key, offset)
            return
        note_other_text(text, self._record, key, offset)
        self.note_clues(key, text, offset)

    def _pin(self, key: str, template: bytes) -> None:
        """Note the digest of a template, unless it is so long that it may have been cut."""
        if len(template) <= LONGEST:
            pin = f"sha256:{sha256(template).hexdigest()} {mended(key)[:_SHOWN]}"
            self._record.metadata.append((TEMPLATE_DIGEST, pin))

    def note_clues(self, key: str, text: str, offset: int = 0) -> None:
        """Note commands and addresses alone."""
        place = mended(key)[:_SHOWN]
        for clue in clues(text):
            excerpt = mended(clue.excerpt)[:_SHOWN]
            use = CodeUse(
                kind="text-command",
                name=clue.what,
                offset=offset,
                detail=f"{place}: {excerpt}" if excerpt else place,
            )
            self._record.uses(use)
        for address in addresses(text):
            self._address(place, address, offset)

    def _address(self, place: str, address: str, offset: int) -> None:
        """Note one of the addresses that differ in their last parts alone."""
        found = _ALIKE.match(address)
        alike = (_DIGITS.sub("", place), *(found.groups("") if found else (address,)))
        if alike in self._alike:
            return
        if len(self._alike) >= _MOST_ADDRESSES:
            self._record.unread(f"its texts name more than {_MOST_ADDRESSES} addresses")
            return
        self._alike.add(alike)
        name = mended(address)[:_SHOWN_ADDRESS]
        self._record.uses(CodeUse(kind="text-address", name=name, offset=offset, detail=place))
