"""Uploads: taken as far as they may be long, in the time they may take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect

from weighbridge.server.answers import refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_PATIENCE: Final = 30.0
"""Seconds without a byte, after which nobody waits any longer."""


def refuse_length(request: Request, largest: int) -> int | None:
    """Return the length a body says it has, if it says one.

    Raises:
        RefusedError: It is none, or more than is taken.
    """
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise refused(400, "the length of the body is none", seen=text[:40])
    if (length := int(text)) > largest:
        raise refused(
            413, "the body is too large", seen=f"{length:,} bytes", wanted=f"at most {largest:,}"
        )
    return length


async def chunks(request: Request, largest: int) -> AsyncIterator[bytes]:
    """Take a body as it comes.

    Raises:
        RefusedError: It is too long, stops coming, or ends before its end.
    """
    taken = 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_PATIENCE):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise refused(408, f"nothing came for {_PATIENCE:.0f} s") from error
        except ClientDisconnect as error:
            raise refused(400, "the body ends before its end") from error
        if chunk is None:
            return
        taken += len(chunk)
        if taken > largest:
            raise refused(413, "the body is too large", wanted=f"at most {largest:,} bytes")
        yield chunk
