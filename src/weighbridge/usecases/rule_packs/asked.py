"""What rules of a pack are asked of: items of a release, and of what was observed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.resolved import resolved
from weighbridge.gate.pack_speech import pack_view
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.location import Location, pointer, pointer_parts
from weighbridge.rules import items
from weighbridge.rules.interface import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin

Value = dict[str, Any] | Unavailable
"""An item as expressions see it, or why it could not be had."""

_KEYS = ("name", "alert", "id")


class View:
    """The variable `release`, made once for all the rules that see it."""

    def __init__(self) -> None:
        """Begin with no release."""
        self._of: Facts | None = None
        self._release: dict[str, Any] = {}

    def release(self, facts: Facts) -> dict[str, Any]:
        """Return the release of some facts, as expressions see it."""
        if facts.release is None:
            return {}
        if self._of is not facts:
            self._of, self._release = facts, pack_view(resolved(facts.release))
        return self._release


def each(for_each: str | None, view: View, facts: Facts) -> Iterator[Item[Value]]:
    """List what a rule is asked of."""
    if for_each is None:
        for item in items.release(facts):
            yield Item(subject=item.subject, location=item.location, value={})
    elif for_each == "facts.packages":
        yield from _packages(facts)
    elif for_each == "facts.files":
        yield from _files(facts)
    else:
        listed = view.release(facts).get(for_each.removeprefix("release."), ())
        for value in listed:
            yield _listed(value, facts)


def _listed(value: dict[str, Any], facts: Facts) -> Item[Value]:
    at = _written(facts, value["pointer"])
    names = (value.get(key) for key in ("path", *_KEYS, "ref"))
    subject = next((name for name in names if isinstance(name, str)), items.dotted(at))
    return Item(subject=subject, location=items.place(facts, at), value=value)


def _written(facts: Facts, at: str) -> str:
    """Write the pointer of an item with the index a list has it at, where it goes by a name."""
    found: Any = facts.document.data if facts.document else None
    parts: list[str | int] = []
    for part in pointer_parts(at):
        step: str | int = part
        if isinstance(found, list):
            named = (index for index, one in enumerate(found) if part in _named(one))
            step = next(named, part)
            found = found[step] if isinstance(step, int) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
        parts.append(step)
    return pointer(*parts)


def _named(member: object) -> list[object]:
    return [member.get(key) for key in _KEYS] if isinstance(member, dict) else []


def _packages(facts: Facts) -> Iterator[Item[Value]]:
    """List the packages of every lock; a lock that was not read is asked of as a whole."""
    for lock in items.locks(facts):
        path, at = lock.value.file.lock, lock.value.pointer
        seen = facts.locks.get(path, items.NOT_LOOKED_AT)
        found = seen if isinstance(seen, Unavailable) else seen.lock
        if isinstance(found, Unavailable):
            yield Item(subject=lock.subject, location=lock.location, value=found)
            continue
        for pin in found.pins:
            if pin.source != "include":
                value = _package(pin, purpose=lock.value.purpose, lock=path, at=at)
                yield Item(subject=pin.name, location=Location(path, pin.line), value=value)


def _package(pin: Pin, *, purpose: str, lock: str, at: str) -> dict[str, Any]:
    version = {} if pin.version is None else {"version": pin.version}
    return {
        "name": pin.name,
        **version,
        "source": pin.source,
        "ecosystem": pin.ecosystem,
        "marker": pin.marker,
        "hashed": pin.hashed,
        "groups": list(pin.groups),
        "purpose": purpose,
        "lock": lock,
        "pointer": at,
    }


def _files(facts: Facts) -> Iterator[Item[Value]]:
    """List every file of every artifact, as it was read."""
    for item in items.artifacts(facts):
        artifact = item.value.artifact
        for path, found in items.content(facts, artifact):
            about = {
                "artifact": artifact.name,
                "role": str(artifact.role),
                "pointer": item.value.pointer,
            }
            value = found.file
            yield Item(
                subject=path,
                location=item.location,
                value=_file(value, about) if isinstance(value, ObservedFile) else value,
            )


def _file(file: ObservedFile, about: Mapping[str, str]) -> dict[str, Any]:
    structure = file.structure
    known = {} if isinstance(structure, Unavailable) else {"format": structure.format}
    return {"path": file.path, "size": file.size, "digest": file.digest, **known, **about}
