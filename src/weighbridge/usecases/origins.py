"""Where a value of a manifest comes from: what it is, who wrote it where, and what it means."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from weighbridge.codec.describing import describe
from weighbridge.codec.edits import find
from weighbridge.model.errors import UsageError
from weighbridge.model.location import pointer, pointer_parts
from weighbridge.model.release import ModelRelease
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.document import Document, Plain

_PARAMETER = 3
"""Parts of the pointer of a parameter: `spec`, `parameters` and its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One single value and where it was written.

    Attributes:
        path: Its path below the value that was asked for; empty for that value itself.
        value: The value.
        place: The file, line and column it stands at.
        layer: What wrote it: the manifest, or the template it extends.
    """

    path: str
    value: Plain
    place: str
    layer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueOrigin:
    """Where a value of the manifest comes from.

    Attributes:
        path: The value, as it was asked for.
        value: The value.
        written: It, or every single value in it.
        place: The file, line and column it begins at.
        meaning: What its field means; empty where the author named it himself.
        description: What the parameter does that it is part of, in its author's words.
        effects: What raising that parameter does: property to direction and note.
        adjust_when: When that parameter is changed.
    """

    path: str
    value: Plain
    written: tuple[Written, ...]
    place: str
    meaning: str
    description: str = ""
    effects: tuple[tuple[str, str], ...] = ()
    adjust_when: str = ""

    def text(self) -> str:
        """Write it for people."""
        lines = [*self._values(), *self._meaning()]
        return "\n".join(visible(line).rstrip() for line in lines) + "\n"

    def _values(self) -> Iterator[str]:
        if len(self.written) == 1 and not self.written[0].path:
            one = self.written[0]
            yield f"{self.path} = {_told(one.value)}"
            yield f"  from    {one.place}  ({one.layer})"
            return
        yield self.path
        rows = [(one.path, _told(one.value), f"{one.place}  ({one.layer})") for one in self.written]
        widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
        for path, value, place in rows:
            yield f"  {path:<{widths[0]}}  {value:<{min(widths[1], 40)}}  {place}"

    def _meaning(self) -> Iterator[str]:
        if self.meaning:
            yield f"  is      {self.meaning}"
        shown = {one.path for one in self.written}
        if "description" in shown:
            return  # the parameter as a whole was asked for, and stands above
        said = (("does", self.description), ("change", self.adjust_when))
        yield from (f"  {word:<6}  {text}" for word, text in said if text)
        yield from (f"  raised  {name}: {effect}" for name, effect in self.effects)

    def facts(self) -> dict[str, object]:
        """Write it for programs."""
        return {
            "path": self.path,
            "value": _plain(self.value),
            "written": [
                {
                    "path": one.path,
                    "value": _plain(one.value),
                    "place": one.place,
                    "layer": one.layer,
                }
                for one in self.written
            ],
            "place": self.place,
            "meaning": self.meaning,
            "description": self.description,
            "effects": dict(self.effects),
            "adjustWhen": self.adjust_when,
        }


def value_origin(document: Document, path: str) -> ValueOrigin:
    """Say where a value of a manifest comes from.

    Args:
        document: The manifest's document.
        path: The value, dotted or as a JSON pointer.

    Raises:
        UsageError: There is no such value.
    """
    at = find(document, path)
    try:
        value = document.value(at)
    except KeyError as error:
        known = sorted(place.removeprefix("/").replace("/", ".") for place in document.places)
        close = difflib.get_close_matches(path, known, n=3)
        help_ = [f"did you mean {', '.join(close)}?"] if close else ["weighbridge schema"]
        raise UsageError(f"the manifest has no {path}", help=help_) from error
    parts = pointer_parts(at)
    parameter = _parameter(document, parts)
    return ValueOrigin(
        path=path,
        value=value,
        written=tuple(_written(document, value, at, "")),
        place=str(document.location(at)),
        meaning=describe(at, ModelRelease),
        description=_text(parameter.get("description")),
        effects=tuple(_effects(parameter.get("effects"))),
        adjust_when=_text(parameter.get("adjustWhen")),
    )


def _written(document: Document, value: Plain, at: str, path: str) -> Iterator[Written]:
    """List the single values in a value; an empty collection is one of its own."""
    members = dict(enumerate(value)) if isinstance(value, list) else value
    if isinstance(members, dict) and members:
        for key, member in members.items():
            yield from _written(document, member, at + pointer(key), f"{path}.{key}".lstrip("."))
        return
    location = document.location(at)
    is_authors = location.file == document.author.file
    layer = "manifest" if is_authors else "template"
    yield Written(path=path, value=value, place=str(location), layer=layer)


def _parameter(document: Document, parts: list[str]) -> dict[str, Plain]:
    """Find the parameter a value belongs to; empty if it belongs to none."""
    if parts[:2] != ["spec", "parameters"] or len(parts) < _PARAMETER:
        return {}
    found = document.value(pointer(*parts[:_PARAMETER]))
    return found if isinstance(found, dict) else {}


def _effects(effects: Plain) -> Iterator[tuple[str, str]]:
    for name, effect in effects.items() if isinstance(effects, dict) else ():
        if isinstance(effect, dict):
            said = (_text(effect.get("direction")), _text(effect.get("note")))
            yield name, ", ".join(filter(None, said))


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else ""


def _told(value: Plain) -> str:
    """Write a single value; text as it is."""
    return value if isinstance(value, str) else json.dumps(_plain(value))


def _plain(value: Plain) -> object:
    """Bring a value into what JSON can say; a decimal goes as its text."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return str(value) if isinstance(value, Decimal) else value
