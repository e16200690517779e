"""What the fields of a document mean: the descriptions that stand in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

from weighbridge.model.location import pointer_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo


def describe(at: str, kind: type[BaseModel]) -> str:
    """Return the description of the field a JSON pointer leads to, or an empty text."""
    found = field_at(tuple(pointer_parts(at)), kind)
    return "" if found is None else found.description or ""


def field_at(path: tuple[int | str, ...], kind: type[BaseModel]) -> FieldInfo | None:
    """Find the field a path through a document leads to; members of lists and maps have none."""
    section, rest = _walk(path[:-1], kind)
    return None if rest or not path else fields(section).get(str(path[-1]))


def section_at(path: tuple[int | str, ...], kind: type[BaseModel]) -> type[BaseModel]:
    """Find the section a path leads to, or the last one on its way."""
    return _walk(path, kind)[0]


def fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """List the fields of a section by the key they have in a document."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def members_of(section: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel] | None, bool]]:
    """List the keys of a section, the section behind each, and whether that stands in many."""
    for key, field in fields(section).items():
        yield key, _section_in(field.annotation), _has_members(field.annotation)


def _walk(
    path: tuple[int | str, ...], section: type[BaseModel]
) -> tuple[type[BaseModel], tuple[int | str, ...]]:
    """Follow a path as far as sections go; what is left of it leads through other data.

    A list or map has to be followed into one of its members: the part that does so is the
    member's number or the author's name for it, never one of our keys.
    """
    while path:
        inner, several = section_below(section, str(path[0]))
        steps = 2 if several else 1
        if inner is None or len(path) < steps:
            break
        section, path = inner, path[steps:]
    return section, path


def section_below(section: type[BaseModel], key: str) -> tuple[type[BaseModel] | None, bool]:
    """Find the section a field holds, and whether it holds several, in a list or a map."""
    field = fields(section).get(key)
    if field is None:
        return None, False
    return _section_in(field.annotation), _has_members(field.annotation)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """Find the section class inside an annotation such as `list[Artifact] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_in(part) for part in get_args(annotation))
    return next((section for section in found if section is not None), None)


def _has_members(annotation: Any) -> bool:
    """Tell whether an annotation is of a list or a map."""
    if get_origin(annotation) in (list, dict):
        return True
    return any(_has_members(part) for part in get_args(annotation))
