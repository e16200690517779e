"""A server that lies: the application of an honest one, some of whose answers are others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Lie = Callable[[bytes], bytes]


class Liar:
    """Answers as another application does, but for the paths it lies about."""

    def __init__(self, honest: ASGIApp) -> None:
        self.honest = honest
        self.lies: dict[str, Lie] = {}
        self.statuses: list[int] = []
        self.lost: list[str] = []
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        self.asked.append(f"{scope['method']} {path}")
        found = [lie for start, lie in self.lies.items() if path.startswith(start)]
        if self.statuses and path != "/v1/registry":
            await _answer(send, self.statuses.pop(0), b"{}", [(b"retry-after", b"0")])
            return
        if found:  # whoever lies needs no cursors of his own
            scope = {**scope, "query_string": b""}
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.honest(scope, receive, keep)
        if path in self.lost:
            self.lost.remove(path)
            await _answer(send, 503, b"{}", [])
            return
        body = b"".join(one.get("body", b"") for one in messages[1:])
        for lie in found:
            body = lie(body)
        headers = [h for h in messages[0]["headers"] if h[0] != b"content-length"]
        if scope["method"] == "HEAD":
            headers = messages[0]["headers"]
        await _answer(send, messages[0]["status"], body, headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[Any]) -> None:
    if not any(name == b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def with_members(**members: object) -> Lie:
    """Lie about members of a document."""
    return lambda body: json.dumps(json.loads(body) | members).encode()


def flipped(body: bytes) -> bytes:
    """Change the last byte."""
    return body[:-1] + bytes([body[-1] ^ 1])
