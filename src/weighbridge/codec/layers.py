"""Put a document over another: a JSON merge patch (RFC 7396) that knows lists by their keys.

Members of a list of sections are matched by `name`, `id`, `alert` or `ref`; `{name: x, $remove:
true}` takes one out. Any other list is replaced whole. Null takes a key out. There are no
expressions: what the whole says is found by looking, and every value keeps its place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.assembling import todos
from weighbridge.codec.describing import section_below
from weighbridge.model.document import Document, Origin, Place, Plain
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from pydantic import BaseModel

MEMBER_KEYS = ("name", "id", "alert", "ref")
"""What the members of a list can go by, the first that all of them have."""

REMOVE = "$remove"


def merged(base: Document, below: str, overlay: Document, kind: type[BaseModel]) -> Document:
    """Put a document over a part of another.

    Args:
        base: The lower document.
        below: JSON pointer of the part of it that is meant.
        overlay: The upper document; what it says wins.
        kind: The class of the kind both are of.

    Raises:
        DocumentError: The upper one removes what is not there.
    """
    merge = _Merge(base, overlay)
    lower: Plain = base.data
    for part in below.split("/")[1:]:
        lower = lower.get(part, {}) if isinstance(lower, dict) else {}
    data = merge.mappings(
        lower if isinstance(lower, dict) else {}, overlay.data, (below, ""), "", kind
    )
    if merge.faults:
        raise DocumentError.from_faults(merge.faults)
    return Document(
        file=overlay.file,
        text=overlay.text,
        data=data,
        places=merge.places,
        todos=tuple(todos(data, "")),
        layers=(*(base.layers or (base,)), *(overlay.layers or (overlay,))),
        origins=merge.origins,
        schema=overlay.schema,
        dropped=overlay.dropped,
    )


def member_key(members: list[Plain]) -> str | None:
    """Name the key the members of a list go by, or None if they have none."""
    for key in MEMBER_KEYS:
        names = [member.get(key) if isinstance(member, dict) else None for member in members]
        if names and all(isinstance(name, str) for name in names):
            return key if len(set(map(str, names))) == len(names) else None
    return None


@dataclass(slots=True)
class _Merge:
    """One merge under way; pairs of pointers are the lower document's and the upper one's."""

    base: Document
    overlay: Document
    places: dict[str, Place] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def mappings(
        self,
        lower: dict[str, Plain],
        upper: dict[str, Plain],
        at: tuple[str, str],
        to: str,
        section: type[BaseModel] | None,
        *,
        is_map: bool = False,
    ) -> dict[str, Plain]:
        """Merge two mappings: the keys of the lower one first, in its order.

        Args:
            lower: The lower mapping.
            upper: The upper mapping.
            at: Pointers of both.
            to: Pointer of the result.
            section: The section they are, or each of whose members they are; None if the
                mapping is of the author's own shape.
            is_map: Whether its keys are names of sections and not a section's own.
        """
        self._note(self.overlay, at[1], to)
        found: dict[str, Plain] = {}
        for key in [*lower, *(key for key in upper if key not in lower)]:
            step = pointer(key)
            pair, result = (at[0] + step, at[1] + step), to + step
            if key not in upper:
                found[key] = self._copied(self.base, lower[key], pair[0], result)
            elif upper[key] is None:
                # It takes out what is there; in the author's own data it may be a value, too.
                if section is None and key not in lower:
                    found[key] = self._copied(self.overlay, None, pair[1], result)
            else:
                inner, several = (section, False)
                if section is not None and not is_map:
                    inner, several = section_below(section, key)
                found[key] = self._values(
                    lower.get(key), upper[key], pair, result, inner, several=several
                )
        return found

    def _values(
        self,
        lower: Plain,
        upper: Plain,
        at: tuple[str, str],
        to: str,
        section: type[BaseModel] | None,
        *,
        several: bool,
    ) -> Plain:
        # Data of the author's own shape is taken whole: null is a value in it.
        if isinstance(upper, dict) and (section is not None or several):
            under = lower if isinstance(lower, dict) else {}
            return self.mappings(under, upper, at, to, section, is_map=several)
        if isinstance(upper, list) and section is not None and several:
            under_list = lower if isinstance(lower, list) else []
            return self._lists(under_list, upper, at, to, section)
        return self._copied(self.overlay, upper, at[1], to)

    def _lists(
        self,
        lower: list[Plain],
        upper: list[Plain],
        at: tuple[str, str],
        to: str,
        section: type[BaseModel],
    ) -> list[Plain]:
        key = member_key(upper)
        if key is None or (lower and member_key(lower) != key):
            return [*_as_list(self._copied(self.overlay, upper, at[1], to))]
        self._note(self.overlay, at[1], to)
        theirs = {_named(member, key): index for index, member in enumerate(lower)}
        ours = {_named(member, key): index for index, member in enumerate(upper)}
        found: list[Plain] = []
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            result = to + pointer(len(found))
            if name not in ours:
                place = at[0] + pointer(theirs[name])
                found.append(self._copied(self.base, lower[theirs[name]], place, result))
                continue
            member = _as_dict(upper[ours[name]])
            pair = (at[0] + pointer(theirs.get(name, "")), at[1] + pointer(ours[name]))
            if member.get(REMOVE) is True:
                self._remove(name, member, known=name in theirs, at=pair[1])
                continue
            under = _as_dict(lower[theirs[name]]) if name in theirs else {}
            found.append(self.mappings(under, member, pair, result, section))
        return found

    def _remove(self, name: str, member: dict[str, Plain], *, known: bool, at: str) -> None:
        more = [key for key in member if key != REMOVE and member[key] != name]
        if not known:
            message, where = f"removes {name}, which is not there", self.overlay.location(at)
            self.faults.append(Fault(faults.WRONG_VALUE, message, where, seen=name))
        elif more:
            where = self.overlay.location(at + pointer(more[0]), key=True)
            message = f"removes {name}, and says more of it"
            advice = f"take out either {REMOVE} or {', '.join(more)}"
            self.faults.append(
                Fault(faults.WRONG_VALUE, message, where, seen=more[0], help=(advice,))
            )

    def _copied(self, document: Document, value: Plain, at: str, to: str) -> Plain:
        """Take a value over as it is, with the places of all that is in it."""
        self._note(document, at, to)
        if isinstance(value, dict):
            return {
                key: self._copied(document, member, at + pointer(key), to + pointer(key))
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [
                self._copied(document, member, at + pointer(index), to + pointer(index))
                for index, member in enumerate(value)
            ]
        return value

    def _note(self, document: Document, at: str, to: str) -> None:
        place = document.places.get(at)
        if place is not None:
            self.places[to] = place
            self.origins[to] = document.origin(at)


def _named(member: Plain, key: str) -> str:
    return str(_as_dict(member)[key])


def _as_dict(value: Plain) -> dict[str, Plain]:
    return value if isinstance(value, dict) else {}


def _as_list(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []
