"""Answers in HTTP/1.1: health, metadata and inference of one model, and metrics."""

from __future__ import annotations

import io
import json
import re
import socket
import sys
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from weighbridge.adapters.serving.reference.arriving import Arriving, hang_up
from weighbridge.adapters.serving.reference.metrics import CONTENT_TYPE
from weighbridge.adapters.serving.reference.problems import ModelFailedError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.adapters.serving.reference.model import Model
    from weighbridge.adapters.serving.reference.service import Service

PROGRAM: Final = "weighbridge-reference-server"
VERSION: Final = "1"
WRITING: Final = 30.0
"""Seconds a client has to take an answer."""

_OK, _BAD, _UNKNOWN, _FAILED = 200, 400, 404, 500
_LENGTH: Final = re.compile(r"[0-9]{1,18}")
_MODEL_PARTS: Final = 3
_SAID: Final = 200


class Handler(BaseHTTPRequestHandler):
    """Answers on one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def setup(self) -> None:
        """Read with deadlines."""
        super().setup()
        self._arriving = Arriving(self.connection)
        self.rfile = io.BufferedReader(self._arriving)
        self._unread = False

    def finish(self) -> None:
        """Close; what a refused client still sends is thrown away first."""
        if self._unread:
            hang_up(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        """Answer a request, or hang up where none comes in time."""
        self._arriving.expect()
        self._continue = False
        super().handle_one_request()

    def do_GET(self) -> None:
        """Answer about server and model."""
        # Nothing asked this way has a body; one that comes all the same is no next request.
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self._unread = self.close_connection = True
        if self._parts() == ["metrics"]:
            self._send(_OK, self.service.metrics.text().encode(), CONTENT_TYPE)
            return
        try:
            status, value = self._told(self._parts())
        except RefusedError as error:
            status, value = error.status, {"error": str(error)}
        self._answer(status, value)

    def do_HEAD(self) -> None:
        """Answer the same, without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """Answer an inference request, and count it."""
        parts = self._parts()
        if parts[-1:] != ["infer"]:
            known = parts == ["metrics"] or self._known(parts)
            words = "that is asked for with GET" if known else "there is nothing of that name"
            self._refuse(405 if known else 404, words)
            return
        self.service.metrics.begin()
        try:
            self._infer(parts)
        finally:
            self.service.metrics.end()

    def _infer(self, parts: list[str]) -> None:
        began = time.perf_counter()
        self._unread = True
        try:
            self._check_model(parts[:-1])
            # Before the body is read: who has begun is answered, though the end is near.
            model = self.service.serving()
            body = self._body()
            began = time.perf_counter()
            status, value = _inferred(model, body)
        except RefusedError as error:
            status, value = error.status, {"error": str(error)}
        data = written(value)
        self.service.metrics.answered(status, time.perf_counter() - began)
        self._log(status, value)
        self._send(status, data)

    def _body(self) -> bytes:
        """Read the body of a request.

        Raises:
            RefusedError: It has no length, two, or one that is too large.
            OSError: The client left.
        """
        lengths = set(self.headers.get_all("Content-Length", []))
        if "Transfer-Encoding" in self.headers or not lengths:
            raise RefusedError("a request has to say its Content-Length", 411)
        length = lengths.pop().strip()
        # Two lengths are how requests are smuggled past a proxy.
        if lengths or not re.fullmatch(r"[0-9]+", length):
            raise RefusedError("that is no Content-Length")
        if not _LENGTH.fullmatch(length) or int(length) > self.service.max_body:
            raise RefusedError(f"a request has at most {self.service.max_body} bytes", 413)
        if self._continue:
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body = self.rfile.read(int(length))
        except socket.timeout as error:  # noqa: UP041 - another before 3.10
            raise RefusedError("the request took too long to arrive", 408) from error
        if len(body) < int(length):
            raise ConnectionResetError("the client left")
        self._unread = False
        return body

    def handle_expect_100(self) -> bool:
        """Note that the client waits for a word before it sends the body."""
        self._continue = True
        return True

    def _parts(self) -> list[str]:
        path = self.path.partition("?")[0]
        return [unquote(one) for one in path.split("/")[1:]]

    def _told(self, parts: list[str]) -> tuple[int, dict[str, Any]]:
        """Return what is told of server and model.

        Raises:
            RefusedError: There is no such thing, or not now.
        """
        if parts == ["v2"]:
            return _OK, {"name": PROGRAM, "version": VERSION, "extensions": []}
        if parts == ["v2", "health", "live"]:
            return _OK, {"live": True}
        if parts == ["v2", "health", "ready"]:
            self.service.serving()
            return _OK, {"ready": True}
        if parts[-1:] == ["infer"]:
            self._check_model(parts[:-1])
            raise RefusedError("that is asked for with POST", 405)
        if parts[_MODEL_PARTS:] and parts[-1] == "ready":
            self._check_model(parts[:-1])
            return _OK, {"name": self.service.serving().name, "ready": True}
        self._check_model(parts)
        return _OK, self.service.loaded().described()

    def _known(self, parts: list[str]) -> bool:
        try:
            self._told(parts)
        except RefusedError as error:
            return error.status != _UNKNOWN
        return True

    def _check_model(self, parts: list[str]) -> None:
        name, version = self.service.name, self.service.version
        named = ["v2", "models", name]
        if parts == named or (version and parts == [*named, "versions", version]):
            return
        if parts[:2] == ["v2", "models"] and parts[2:]:
            raise RefusedError("there is no such model or version", 404)
        raise RefusedError("there is nothing of that name", 404)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request this server can read."""
        del explain
        unknown = code == 501  # noqa: PLR2004 - so http.server calls a method it does not find
        self._refuse(405 if unknown else code, message or "that is no request")

    def _refuse(self, status: int, words: str) -> None:
        self._unread = True
        self._answer(status, {"error": words})

    def _answer(self, status: int, value: Mapping[str, Any]) -> None:
        # Probes ask again and again while the model is loaded.
        if "/health/" not in getattr(self, "path", ""):
            self._log(status, value)
        self._send(status, written(value))

    def _send(self, status: int, body: bytes, kind: str = "application/json") -> None:
        """Send an answer in one piece, within its time."""
        if self._unread or self.service.draining:
            self.close_connection = True
        more = []
        if status == 405:  # noqa: PLR2004 - the one status that has to say this
            more = ["Allow: POST" if self._parts()[-1:] == ["infer"] else "Allow: GET, HEAD"]
        data = answer(
            status, body, self.service.release, kind=kind, more=more, close=self.close_connection
        )
        self.connection.settimeout(WRITING)
        self.connection.sendall(data[: -len(body)] if self.command == "HEAD" else data)

    def _log(self, status: int, value: Mapping[str, Any]) -> None:
        if status >= _BAD:
            path = getattr(self, "path", "")[:_SAID]
            log("refused" if status < _FAILED else "failed", status=status, path=path, **value)

    def log_message(self, *words: object) -> None:
        """Keep quiet: errors are logged where they are answered."""
        del words


def log(event: str, **values: object) -> None:
    """Write a line of JSON to stderr."""
    line = json.dumps({"at": round(time.time(), 3), "event": event, **values})
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        # Whoever read it is gone; requests are answered all the same.
        return


def _inferred(model: Model, body: bytes) -> tuple[int, dict[str, Any]]:
    """Ask the model; return status and answer.

    Raises:
        RefusedError: The request is not of the protocol.
    """
    try:
        return _OK, model.infer(_parsed(body))
    except RefusedError:
        raise
    except RecursionError as error:
        raise RefusedError("the request is nested too deep") from error
    except ModelFailedError as error:
        return _FAILED, {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - a fault of this server counts as one, too
        return _FAILED, {"error": f"{type(error).__name__}: {error}"[:_SAID]}


def answer(
    status: int,
    body: bytes,
    release: str,
    *,
    kind: str = "application/json",
    more: Sequence[str] = (),
    close: bool = True,
) -> bytes:
    """Return the bytes of an answer.

    Args:
        status: Its HTTP status.
        body: Its body.
        release: Digest of the release; empty if nobody says.
        kind: Media type of the body.
        more: Further lines of the head.
        close: Whether it is the last one on its connection.
    """
    reason = BaseHTTPRequestHandler.responses.get(status, ("",))[0]
    lines = [
        f"HTTP/1.1 {status} {reason}",
        f"Date: {formatdate(usegmt=True)}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *more,
        f"Connection: {'close' if close else 'keep-alive'}",
    ]
    if release:
        lines.append(f"X-Weighbridge-Release: {release}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def written(value: Mapping[str, Any]) -> bytes:
    """Return a value as JSON: no blanks, nothing but ASCII."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Read JSON.

    Raises:
        RefusedError: It is none, or holds what JSON has not.
    """
    # A number of very many digits takes Python's time; from 3.11 on it refuses that itself.
    parse_int = None if hasattr(sys, "get_int_max_str_digits") else _short
    try:
        return json.loads(body.decode(), parse_int=parse_int, parse_constant=_no_constant)
    except ValueError as error:
        raise RefusedError("the request is no JSON") from error


def _short(digits: str) -> int:
    if len(digits) > _SAID:
        raise ValueError("a number of too many digits")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"JSON has no {name}")
