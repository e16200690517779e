"""What a document type of XML declares: entities that read files, and those that unfold.

Harmless are a few short ones, as drawing programs write; anything else ends the reading before
the first element, so that nothing is ever unfolded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import ATTACK, OUTSIDE
from weighbridge.formats.text import mended, shown

if TYPE_CHECKING:
    from weighbridge.formats.record import Record

_MOST: Final = 1_000
_LONGEST: Final = 64 << 10
_DEEPEST: Final = 32
_REFERENCE: Final = re.compile(r"&([^&;#\s]{1,200});")
_PARAMETER: Final = re.compile(r"%([^%;#\s]{1,200});")
_URN: Final = re.compile(r"urn:", re.IGNORECASE)
_PUBLISHED: Final = re.compile(
    r"https?://(?:[\w-]+\.)*(?:apple\.com|dmg\.org|docbook\.org|freedesktop\.org|gnome\.org|java\.com"
    r"|mozilla\.org|oasis-open\.org|omg\.org|sun\.com|w3\.org)/"
)
"""Where the document types of well-known formats are published; readers have copies of them."""


class RefusedError(Exception):
    """The document type is not obeyed."""


class DocumentType:
    """One document type while it is being read."""

    def __init__(self, record: Record) -> None:
        """Begin with nothing declared."""
        self._record = record
        self._values: dict[str, str] = {}
        self._refused = False

    def begin(self, name: str, system: str | None, public: str | None, inside: int) -> None:
        """Read where the rest of it lies."""
        del name, public, inside
        named = not system or _URN.match(system) or _PUBLISHED.match(system)
        if system and not named and escapes(system):
            self._outside("the document type", system)

    def entity(  # noqa: PLR0917 - expat's
        self,
        name: str,
        is_parameter: int,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        """Read the declaration of an entity."""
        del base, public, notation
        if value is None:
            self._outside(f"the entity {shown(mended(name))}", system or "")
        elif is_parameter and _PARAMETER.search(value):
            self._attack(f"the entity {shown(mended(name))} declares others")
        elif len(self._values) >= _MOST:
            self._attack(f"it declares more than {_MOST} entities")
        else:
            self._values.setdefault(name, value)

    def end(self) -> None:
        """Weigh what was declared.

        Raises:
            RefusedError: It is not to be obeyed.
        """
        sizes: dict[str, int] = {}
        try:
            most = max((self._size(name, sizes, 0) for name in self._values), default=0)
        except RecursionError:
            self._attack("an entity contains itself, or too many others")
        else:
            if most > _LONGEST:
                self._attack(f"an entity unfolds to {most} characters")
        if self._refused:
            self._record.unread("its document type is not obeyed")
            raise RefusedError

    def _size(self, name: str, sizes: dict[str, int], depth: int) -> int:
        """Count the characters an entity unfolds to."""
        if name in sizes:
            return sizes[name]
        if depth > _DEEPEST:
            raise RecursionError
        value = self._values.get(name, "")
        inner = sum(self._size(one, sizes, depth + 1) for one in _REFERENCE.findall(value))
        sizes[name] = len(value) + inner
        return sizes[name]

    def _outside(self, what: str, system: str) -> None:
        self._refused = True
        text = f"{what} is read from {shown(mended(system))}"
        self._record.problem(OUTSIDE, text, 0, "a document that is whole by itself")

    def _attack(self, text: str) -> None:
        self._refused = True
        self._record.problem(ATTACK, text, 0, "entities of a few words, or none")
