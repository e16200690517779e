"""The short way to bytes that never change: asked for most, and answered before routes are sought.

Whoever takes it meets the same guard and gets the same answers: only what the framework does on the
way is left out, which costs more than the answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.requests import Request

from weighbridge.model.errors import WeighbridgeError
from weighbridge.server.answers import RefusedError, answer_error, answer_refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.routing import Route
    from starlette.types import ASGIApp, Receive, Scope, Send

    from weighbridge.server.guard import Handler

_DIGEST: Final = "{digest}"
_PATH: Final = re.compile(r"(?P<before>/v1/[a-z]+/)(?P<digest>sha256:[0-9a-f]{64})")


def ways(routes: Iterable[Route]) -> Mapping[str, Handler]:
    """Take those of some routes that end with a digest, by what is before it."""
    return {
        route.path.removesuffix(_DIGEST): route.endpoint
        for route in routes
        if route.path.endswith(_DIGEST)
    }


class Shortcut:
    """Answers who asks for bytes by their digest; everybody else goes the usual way."""

    def __init__(self, app: ASGIApp, *, by: Mapping[str, Handler]) -> None:
        """Wrap an application.

        Args:
            app: The usual way.
            by: What answers, behind the guard, by what is before a digest.
        """
        self._app, self._by = app, by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        found = None
        if scope["type"] == "http" and scope["method"] == "GET" and not scope.get("root_path"):
            found = _PATH.fullmatch(scope["path"])
        handle = None if found is None else self._by.get(found["before"])
        if found is None or handle is None:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"digest": found["digest"]}
        identifier = scope["state"]["request_id"]
        try:
            answer = await handle(Request(scope, receive))
        except WeighbridgeError as error:
            answer = answer_error(error, instance=identifier)
        except RefusedError as error:
            answer = answer_refused(error, instance=identifier)
        await answer(scope, receive, send)
