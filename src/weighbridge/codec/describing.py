"""What the fields of a manifest mean: the descriptions that stand in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from weighbridge.model.location import pointer_parts
from weighbridge.model.release import ModelRelease

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def describe(at: str) -> str:
    """Return the description of the field a JSON pointer leads to, or an empty text."""
    found = field_at(tuple(pointer_parts(at)))
    return "" if found is None else found.description or ""


def field_at(path: tuple[int | str, ...]) -> FieldInfo | None:
    """Find the field a path through a manifest leads to; members of lists and maps have none."""
    if not path:
        return None
    section = section_at(path[:-1])
    return fields(section).get(str(path[-1]))


def section_at(path: tuple[int | str, ...]) -> type[BaseModel]:
    """Find the section a path leads to, or the last one on its way."""
    section: type[BaseModel] = ModelRelease
    for part in path:
        field = fields(section).get(str(part))
        if field is not None:
            section = _section_in(field.annotation) or section
    return section


def fields(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """List the fields of a section by the key they have in a document."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """Find the section class inside an annotation such as `list[Artifact] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_in(part) for part in get_args(annotation))
    return next((section for section in found if section is not None), None)
