"""A proposal is a manifest or it is not made: what the model refuses becomes `TODO`.

Sources clean what they read, but the manifest's own schema has the last word. A value it does
not take is told of by its place, never quoted: it may be a secret, or built to mislead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.migrations import migrated
from weighbridge.model.authoring.base import TODO
from weighbridge.model.errors import DocumentError
from weighbridge.model.location import pointer_parts
from weighbridge.model.release import ModelRelease
from weighbridge.usecases.credentials import read_guarded
from weighbridge.usecases.proposing.partial import without_empty
from weighbridge.usecases.proposing.writing import write
from weighbridge.usecases.references import MANIFEST

if TYPE_CHECKING:
    from weighbridge.codec.validating import Prepare
    from weighbridge.model.document import Document

_ROUNDS = 6
_KEY = "[key]"  # pydantic's word, in place of a member, for the key itself


def settle(
    document: dict[str, Any], *, prepare: Prepare = migrated
) -> tuple[str, Document, tuple[str, ...]]:
    """Write a document so that it reads as a manifest.

    Args:
        document: The document.
        prepare: What is done to a manifest before it is validated.

    Returns:
        Its text, what was read of it, and a line for each value that was not taken.

    Raises:
        DocumentError: It cannot be mended.
    """
    lines: dict[str, None] = {}
    rounds = 0
    while True:
        rounds += 1
        document = without_empty(document)
        text = write(document)
        try:
            _, read = read_guarded(text.encode(), MANIFEST, ModelRelease, prepare=prepare)
        except DocumentError as error:
            mended = _mend(document, error)
            if not mended or rounds == _ROUNDS:
                raise
            lines |= dict.fromkeys(mended)
        else:
            return text, read, tuple(f"{name} (not a value a manifest takes)" for name in lines)


def _mend(document: dict[str, Any], error: DocumentError) -> list[str]:
    """Leave out what has a fault; say where."""
    places = [
        pointer_parts(fault.location.pointer)
        for fault in error.faults
        if fault.location is not None
    ]
    # From the end, so that the places of those before stay what they are.
    left_out = [at for at in reversed(places) if _leave_out(document, at)]
    return [".".join(at) for at in reversed(left_out)]


def _leave_out(document: object, at: list[str]) -> bool:
    """Put TODO in the place of a scalar, also of a missing one; remove what holds members.

    Returns:
        Whether there was a place to do so.
    """
    if not at:
        return False
    *above, last = at
    if last == _KEY:
        return _leave_out(document, above)
    holder = document
    for part in above:
        holder = _member(holder, part)
    held = _member(holder, last)
    holds_members = isinstance(held, dict | list)
    if isinstance(holder, list):
        if not holds_members:  # half a shape is no shape
            return _leave_out(document, above)
        holder.pop(int(last))
    elif isinstance(holder, dict):
        holder[last] = TODO
        if held == TODO or holds_members:
            del holder[last]
    return isinstance(holder, dict | list)


def _member(document: object, part: str) -> object:
    if isinstance(document, list):
        return document[int(part)] if int(part) < len(document) else None
    return document.get(part) if isinstance(document, dict) else None
