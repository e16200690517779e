"""The texts of a configuration, JSON or YAML: chat templates at any depth, commands, addresses.

Of data a file lists, which is no configuration, only what is called a chat template is noted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.template import may_be_template
from weighbridge.formats.told_texts import CHAT_TEMPLATE, ToldTexts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_MOST: Final = 8 << 20
_MOST_TEMPLATES: Final = 64
_SHORTEST: Final = 6
_LIST: Final = 100
_SIGNS: Final = ("(", "-", "/", "<", "\\", ";", "|", "{")
_NAME: Final = "name"


class ConfigTexts:
    """What one file's texts say; it claims none."""

    keys = None

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        del limits
        self._templates: list[tuple[str, str]] = []
        self._texts: dict[tuple[str, str], None] = {}
        self._list: list[str] = []
        self._characters = 0
        self._more = ""

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Have nothing to do."""

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Keep the texts of a list that is short."""
        if kind == "array" and self._list and not _is_listed(path):
            if count <= _LIST:
                for text in self._list:
                    self._text(_dotted(path), text)
            self._list.clear()

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Keep the texts of an object."""
        within = _is_template(path)
        listed = _is_listed(path)
        for key, value in pairs:
            if not isinstance(value, str) or len(value) < _SHORTEST:
                continue
            if CHAT_TEMPLATE in key or (within and key != _NAME):
                self._template(_dotted((*path, key)), value)
            elif not listed or may_be_template(value):
                self._text(_dotted((*path, key)), value)

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Keep the texts of a list, which may be the words of a command; not of a vocabulary."""
        if path and isinstance(path[-1], int):
            return  # a row of data: vocabularies have a hundred thousand
        texts = [v for v in values if isinstance(v, str) and len(v) >= _SHORTEST]
        if _is_template(path):
            for text in texts:
                self._template(_dotted(path), text)
        elif not _is_listed(path) and len(self._list) <= _LIST:
            self._list.extend(texts[: _LIST + 1])

    def claims(self) -> str | None:
        """Claim nothing."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Note what the texts hold."""
        told = ToldTexts(record)
        for place, text in self._templates:
            told.note(place, text)
        for place, text in self._texts:
            told.note(place, text)
        if self._more:
            record.unread(self._more)

    def _template(self, place: str, text: str) -> None:
        if self._fits(text) and len(self._templates) < _MOST_TEMPLATES:
            self._templates.append((place, text))
        else:
            self._more = f"it holds more than {_MOST_TEMPLATES} templates, or too long ones"

    def _text(self, place: str, text: str) -> None:
        """Keep a text if anything in it could be more than words."""
        if not any(sign in text for sign in _SIGNS):
            return
        if self._fits(text):
            self._texts[place, text] = None
        else:
            self._more = f"its texts have more than {_MOST} characters"

    def _fits(self, text: str) -> bool:
        self._characters += len(text)
        return self._characters <= _MOST


def _is_template(path: Sequence[str | int]) -> bool:
    return any(isinstance(step, str) and CHAT_TEMPLATE in step for step in path)


def _is_listed(path: Sequence[str | int]) -> bool:
    """Whether a value lies in a list, as data do; a list in the outermost object does not."""
    return any(isinstance(step, int) for step in path)


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in path)
