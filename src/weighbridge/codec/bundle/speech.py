"""What a policy's expressions were checked against, as plain values in its bundle.

A kind of value is its name, a list `[member]`, a mapping of any key `{"*": member}`, and a record
its fields. Whoever reads a bundle later knows by it what each expression meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.policy.shapes import ANY, BOOLEAN, INTEGER, TEXT, ListOf, MapOf, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.policy.shapes import Shape, Speech

_SCALARS: Mapping[str, Shape] = {one.kind: one for one in (ANY, BOOLEAN, INTEGER, TEXT)}
_EVERY = "*"
_DEEPEST = 32


def speech_tree(speech: Speech) -> dict[str, Any]:
    """Write the shapes of variables as plain values."""
    return {name: _tree(shape) for name, shape in speech.items()}


def _tree(shape: Shape) -> Any:
    match shape:
        case Record():
            return speech_tree(shape.fields)
        case ListOf():
            return [_tree(shape.member)]
        case MapOf():
            return {_EVERY: _tree(shape.member)}
        case _:
            return shape.kind


def read_speech(tree: object) -> dict[str, Shape]:
    """Read the shapes of variables.

    Raises:
        ValueError: They are none.
    """
    if not isinstance(tree, dict):
        raise ValueError("what expressions were checked against is no mapping")  # noqa: TRY004 - one error
    return {name: _shape(member, 0) for name, member in tree.items()}


def _shape(tree: object, depth: int) -> Shape:
    if depth == _DEEPEST:
        raise ValueError("what expressions were checked against is nested too deeply")
    match tree:
        case str(kind) if kind in _SCALARS:
            return _SCALARS[kind]
        case [member]:
            return ListOf(_shape(member, depth + 1))
        case {"*": member, **others} if not others:
            return MapOf(_shape(member, depth + 1))
        case dict(fields) if _EVERY not in fields:
            return Record({name: _shape(member, depth + 1) for name, member in fields.items()})
        case _:
            raise ValueError("what expressions were checked against is of no shape")
