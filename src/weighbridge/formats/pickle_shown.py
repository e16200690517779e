"""What a pickle does with its globals, written down: short, printable, and never more than that.

Arguments may be secrets or a megabyte long: each is cut, and so is each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.pickle_objects import (
    ABSENT,
    Blob,
    Global,
    Instance,
    Made,
    Place,
    Value,
)
from weighbridge.model.structure import GlobalUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.formats.pickle_objects import Imports

_ARGUMENT: Final = 80
_CALL: Final = 200
_UNSEEN: Final = "…"
_KINDS: Final[dict[type, str]] = {
    Global: "global",
    Made: "object",
    Instance: "object",
    Blob: "bytes",
    bytes: "bytes",
    str: "text",
    int: "number",
    bool: "number",
    tuple: "tuple",
}


def uses(imports: Imports) -> Iterator[GlobalUse]:
    """Write down every global, in the order of their import."""
    for use in imports.globals.values():
        yield GlobalUse(
            module=use.module,
            name=use.name,
            offset=use.offset,
            called=use.called,
            at=max(use.at, 0),
            calls=tuple(_call(arguments) for arguments in use.calls),
            arguments=tuple(_place(place) for place in use.places),
            acts=tuple(use.acts),
            sets=tuple(use.sets),
        )


def written(value: Value) -> str:
    """Write a value, cut to 80 characters."""
    if value is None or isinstance(value, bool | int):
        text = repr(value)
    elif isinstance(value, str | bytes):
        text = repr(value[:_ARGUMENT])
    elif isinstance(value, tuple):
        inner = ", ".join(written(part) for part in value)
        text = f"({inner},)" if len(value) == 1 else f"({inner})"
    else:
        text = _named(value)
    return _cut(text, _ARGUMENT)


def _named(value: Value) -> str:
    if isinstance(value, Global) and value.name:
        return printable(value.path)
    if isinstance(value, Made | Instance) and value.of.name:
        return f"{printable(value.of.path)}(…)"
    if isinstance(value, Blob) and value.format:
        return f"<{value.format}>"
    return "" if value is ABSENT else _UNSEEN


def printable(text: str) -> str:
    """Escape what is not printable."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _call(arguments: tuple[Value, ...]) -> str:
    return _cut(f"({', '.join(written(value) for value in arguments)})", _CALL)


def _place(place: Place) -> tuple[str, ...]:
    if place.values is not None:
        return tuple(dict.fromkeys(written(value) for value in place.values))
    return tuple(_kind(value) for value in place.examples.values())


def _kind(value: Value) -> str:
    if value is None or value is ABSENT:
        return written(value)
    return _KINDS.get(type(value), _UNSEEN)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + _UNSEEN
