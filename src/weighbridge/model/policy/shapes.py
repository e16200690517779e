"""Shapes of what expressions may speak of: which fields there are, and of what kind they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without members; of `any` nothing is known, it may even have members."""

    kind: Literal["any", "boolean", "integer", "text"]


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping whose keys are all known; a key not among them is a misspelt one."""

    fields: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of members of one shape."""

    member: Shape


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping of any text to members of one shape."""

    member: Shape


Shape = Scalar | Record | ListOf | MapOf
Speech = Mapping[str, Shape]
"""What a policy may speak of: the shape of each variable, by its name."""

ANY = Scalar("any")
BOOLEAN = Scalar("boolean")
INTEGER = Scalar("integer")
TEXT = Scalar("text")


def common(before: Shape, now: Shape) -> Shape | None:
    """Return what two shapes have in common; None if the one is nothing like the other.

    A field only one of them has, or that is of another kind in each, is in neither.
    """
    if isinstance(before, Record) and isinstance(now, Record):
        return Record(common_fields(before.fields, now.fields))
    for kind in (ListOf, MapOf):
        if isinstance(before, kind) and isinstance(now, kind):
            member = common(before.member, now.member)
            return None if member is None else kind(member)
    return before if before == now else None


def common_fields(before: Speech, now: Speech) -> dict[str, Shape]:
    """Return the fields two mappings of shapes have in common."""
    both = {name: common(before[name], now[name]) for name in before if name in now}
    return {name: shape for name, shape in both.items() if shape is not None}
