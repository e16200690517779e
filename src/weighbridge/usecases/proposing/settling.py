"""A proposal is a manifest or it is not made: what the model refuses becomes `TODO`.

Sources clean what they read, but the manifest's own schema has the last word. A value it does
not take is told of by its place, never quoted: it may be a secret, or built to mislead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.validating import read_release
from weighbridge.model.errors import DocumentError
from weighbridge.model.location import pointer_parts
from weighbridge.model.release import TODO
from weighbridge.usecases.proposing.writing import write
from weighbridge.usecases.references import MANIFEST

if TYPE_CHECKING:
    from weighbridge.model.document import Document

_ROUNDS = 5


def settle(document: dict[str, Any]) -> tuple[str, Document, tuple[str, ...]]:
    """Write a document so that it reads as a manifest.

    Returns:
        Its text, what was read of it, and a line for each value that was not taken.

    Raises:
        DocumentError: It cannot be mended.
    """
    lines: dict[str, None] = {}
    for last in range(_ROUNDS):
        text = write(document)
        try:
            _, read = read_release(text.encode(), MANIFEST)
        except DocumentError as error:
            if last == _ROUNDS - 1:
                raise
            # From the end, so that the places of those before stay what they are.
            places = [fault.location.pointer for fault in error.faults if fault.location]
            left_out = [at for at in reversed(places) if _leave_out(document, pointer_parts(at))]
            if not left_out:
                raise
            lines |= {".".join(pointer_parts(at)): None for at in reversed(left_out)}
        else:
            return text, read, tuple(f"{name} (not a value a manifest takes)" for name in lines)
    raise AssertionError("the last round returns or raises")


def _leave_out(document: object, at: list[str]) -> bool:
    """Put TODO in the place of a scalar; remove what holds members or has no place for it.

    Returns:
        Whether there was anything to leave out.
    """
    if not at:
        return False
    *above, last = at
    for part in above:
        document = _member(document, part)
    held = _member(document, last)
    if held is None:
        return False
    if isinstance(document, list):
        document.pop(int(last))
    elif isinstance(document, dict):
        document[last] = TODO
        if held == TODO or not isinstance(held, str | int):
            del document[last]
    return True


def _member(document: object, part: str) -> object:
    if isinstance(document, list):
        return document[int(part)] if int(part) < len(document) else None
    return document.get(part) if isinstance(document, dict) else None
