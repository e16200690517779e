"""The resolved form of an authored document: plain values, ready for canonical bytes.

`[]`, `{}` and null of modelled fields are dropped bottom-up, but for lists whose emptiness says
something; members of lists and of open maps never are. Sets are sorted. What says how the document
was written is left out. Defaults of the schema are never materialised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.model.authoring.base import Open, Said, Section, SetBy, UniqueBy, Unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from weighbridge.model.release import ModelRelease


Mark = TypeVar("Mark")


def resolved(authored: Section) -> dict[str, Any]:
    """Turn a manifest, policy or environment into the plain tree its digest is taken of."""
    return _section(authored)


def sealed_bytes(release: ModelRelease) -> bytes:
    """Write a manifest as the bytes that are sealed; their sha256 is the release digest."""
    return canonical_bytes(resolved(release))


def release_digest(release: ModelRelease) -> str:
    """Return the digest of a manifest's sealed bytes."""
    return digest(sealed_bytes(release))


def _section(section: Section) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, field in type(section).model_fields.items():
        if _mark(field, Unsealed) is not None:
            continue
        value = getattr(section, name)
        if _mark(field, Open) is None:
            value = _plain(value)
            if value in ([], {}) and _mark(field, Said) is None:
                continue
        if value is not None:
            tree[field.alias or name] = _sorted_set(value, field)
    return tree


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return _section(value)
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    return value


def _sorted_set(value: Any, field: FieldInfo) -> Any:
    mark = _mark(field, SetBy)
    if mark is None:
        return value
    return sorted(value, key=lambda member: str(member[mark.key]))


def _mark(field: FieldInfo, kind: type[Mark]) -> Mark | None:
    return next((mark for mark in field.metadata if isinstance(mark, kind)), None)


def set_keys(section: type[Section]) -> dict[str, str]:
    """List the sets of a section: JSON pointer of the list to the key its members go by."""
    return dict(_keyed(section, "", SetBy))


def list_keys(section: type[Section]) -> dict[str, str]:
    """List the lists of a section whose members go by a key, sets and sequences alike.

    Lists within members of others are among them; there the pointer has a `*`.
    """
    return dict(_keyed(section, "", UniqueBy))


def _keyed(
    annotation: Any, at: str, kind: type[UniqueBy], marks: tuple[Any, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Walk a type for lists that are marked."""
    yield from ((at, mark.key) for mark in marks if isinstance(mark, kind))
    if isinstance(annotation, type) and issubclass(annotation, Section):
        for name, field in annotation.model_fields.items():
            below = f"{at}/{field.alias or name}"
            yield from _keyed(field.annotation, below, kind, tuple(field.metadata))
        return
    inside = f"{at}/*" if get_origin(annotation) in (list, dict) else at
    for part in get_args(annotation):
        yield from _keyed(part, inside, kind)
