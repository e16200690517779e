"""A forge of this process, on 127.0.0.1: comments of GitHub and notes of GitLab, as they answer."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "ghs_" + "T0ken" * 7  # of nobody
BOT = "github-actions[bot]"
USER = 4711
_LIST = re.compile(r"/repos/acme/models/issues/7/comments|/projects/31/merge_requests/7/notes")
_ITEM = re.compile(
    r"(?:/repos/acme/models/issues/comments|/projects/31/merge_requests/7/notes)/(\d+)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Forge:
    """What a forge holds and was asked, and how it answers."""

    address: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    garbled: bool = False
    login: str = BOT

    def says(self, body: str, *, login: str = BOT, user: int = USER) -> dict[str, Any]:
        """Add a comment of somebody's; GitHub calls him `user`, GitLab `author`."""
        who = {"login": login, "id": user, "type": "Bot"}
        comment = {"id": 9000 + len(self.comments), "body": body, "user": who, "author": who}
        self.comments.append(comment)
        return comment

    @property
    def methods(self) -> list[str]:
        return [one.method for one in self.asked]

    def answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """Answer a request."""
        if method in self.failing:
            return self.failing[method], {"message": "::error::no\n::set-output name=x::y"}
        split = urlsplit(target)
        if split.path == "/user":
            return 200, {"id": USER, "username": "weigh-bot"}
        if _LIST.fullmatch(split.path) and method == "POST":
            return 201, self.says(body["body"], login=self.login)
        if _LIST.fullmatch(split.path) and method == "GET":
            query = parse_qs(split.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        item = _ITEM.fullmatch(split.path)
        if item is not None and method in {"PATCH", "PUT"}:
            for comment in self.comments:
                if comment["id"] == int(item[1]):
                    comment["body"] = body["body"]
                    return 200, comment
        return 404, {"message": "Not Found"}


@contextlib.contextmanager
def listening() -> Iterator[Forge]:
    """Be a forge."""
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            said = json.loads(body) if body else None
            forge.asked.append(Asked(self.command, self.path, headers, said))
            status, answer = forge.answer(self.command, self.path, said)
            data = b"<html>" if forge.garbled else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 - the parent's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()
