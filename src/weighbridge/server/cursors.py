"""Cursors: where a page ended, so that the next begins behind it whatever was added meanwhile.

They are what `codec.cursor` writes: whoever knows the key of a row begins behind it.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Query

from weighbridge.server.answers import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 2_000
After = Annotated[
    str,
    Query(
        max_length=_LONGEST,
        description="The cursor `next` of the page before, or the key of any row: its values as a "
        "JSON array, in base64url without padding; empty first",
    ),
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="The most entries of a page")]


def read_cursor(text: str, *kinds: type) -> Sequence[str | int] | None:
    """Read a cursor; None for the first page.

    Raises:
        RefusedError: It is none of this list.
    """
    if not text:
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        key = json.loads(data)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refused(400, "this is no cursor", seen=text[:80]) from error
    if (
        not isinstance(key, list)
        or tuple(map(type, key)) != kinds
        or "\0" in "".join(map(str, key))
    ):
        raise refused(400, "this is a cursor of another list", seen=text[:80])
    return key
