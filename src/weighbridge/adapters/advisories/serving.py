"""Answer what other tools ask of osv.dev from the advisories of this place, over loopback.

`POST /v1/query`, `POST /v1/querybatch`, `GET /v1/vulns/ID`: the records as they were published.
What cannot be decided is among the answers; withdrawn records are not. Nothing is written, and
nothing is asked of anybody else. https://google.github.io/osv.dev/api/
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from weighbridge.adapters.advisories.fetching import is_loopback
from weighbridge.adapters.advisories.store import PYPI
from weighbridge.model.advisory import Hit
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.rules.advisories.matching import build_hit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.adapters.advisories.store import AdvisoryFile
    from weighbridge.model.advisory import Advisory

_BODY = 1 << 20
_QUERIES = 1_000
_SECONDS = 30
_PURL = re.compile(r"pkg:pypi/([A-Za-z0-9][A-Za-z0-9._-]*)(?:@([A-Za-z0-9.!+%_-]+))?")
_VULN = "/v1/vulns/"


class _AskedError(ValueError):
    """What was asked is no question that can be answered."""


class Answers:
    """Answers questions from one compiled file, one at a time."""

    def __init__(self, file: AdvisoryFile) -> None:
        """Take the file over."""
        self._file = file
        self._turn = threading.Lock()

    def query(self, asked: object) -> dict[str, Any]:
        """Answer one question with whole records; nothing found is nothing said."""
        found = [json.loads(self._record(one.id)) for one in self._affecting(asked)]
        return {"vulns": found} if found else {}

    def batch(self, asked: object) -> dict[str, Any]:
        """Answer many questions with ids."""
        questions = asked.get("queries") if isinstance(asked, dict) else None
        if not isinstance(questions, list) or len(questions) > _QUERIES:
            raise _AskedError(f"queries is not a list of at most {_QUERIES}")
        results = []
        for question in questions:
            found = self._affecting(question)
            vulns = [{"id": one.id, "modified": one.modified} for one in found]
            results.append({"vulns": vulns} if vulns else {})
        return {"results": results}

    def record(self, name: str) -> bytes | None:
        """Return the record of an id; None if there is none."""
        with self._turn:
            return self._file.record(name)

    def _record(self, name: str) -> bytes:
        return self.record(name) or b"{}"

    def _affecting(self, asked: object) -> list[Advisory]:
        package, version = _question(asked)
        with self._turn:
            records = self._file.about([package]).get(package, ())
        return [
            one
            for one in records
            if not one.withdrawn and (not version or build_hit(one, package, version) is not Hit.NO)
        ]


def _question(asked: object) -> tuple[str, str]:
    """Read the package and the version a question is about."""
    if not isinstance(asked, dict):
        raise _AskedError("the question is not a mapping")
    if "commit" in asked:
        raise _AskedError("commits cannot be asked about here: name a package")
    package = asked.get("package")
    version = asked.get("version", "")
    if not isinstance(package, dict) or not isinstance(version, str):
        raise _AskedError("package is not a mapping, or version no text")
    if "purl" in package:
        named = _PURL.fullmatch(str(package["purl"]))
        if named is None:
            raise _AskedError("only pkg:pypi/NAME[@VERSION] can be asked about here")
        return canonicalize_name(named[1]), version or unquote(named[2] or "")
    name = package.get("name")
    if not isinstance(name, str) or package.get("ecosystem") != PYPI:
        raise _AskedError(f"only packages of {PYPI} can be asked about here")
    return canonicalize_name(name), version


def open_server(file: AdvisoryFile, host: str, port: int, *, anywhere: bool) -> ThreadingHTTPServer:
    """Listen, and answer nobody before `serve_forever`.

    Args:
        file: The advisories.
        host: Where to listen.
        port: On which port; 0 for any that is free.
        anywhere: Whether other machines may ask, too.

    Raises:
        UsageError: Other machines could ask, and nobody said that they may.
        UnavailableError: The port is taken.
    """
    if not anywhere and not is_loopback(host):
        raise UsageError(
            f"{host} can be reached from other machines",
            wanted="127.0.0.1",
            help=["leave --host out, or say --anywhere: it has no login and no encryption"],
        )
    answers = Answers(file)

    class Handler(_Handler):
        source = answers

    try:
        return _Server((host, port), Handler)
    except (OSError, OverflowError) as error:
        message = f"nothing can listen on {host}:{port}"
        raise UnavailableError(message, cause=str(error), help=["choose another --port"]) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    source: Answers
    protocol_version = "HTTP/1.1"
    server_version = "weighbridge"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer with one record."""
        if not self.path.startswith(_VULN):
            self._say(404, _fault(5, "there is no such page"))
            return
        try:
            found = self.source.record(unquote(self.path.removeprefix(_VULN)))
        except UnavailableError as error:
            self._say(500, _fault(13, str(error)))
            return
        self._say(404, _fault(5, "there is no such record")) if found is None else self._say(
            200, found
        )

    def do_POST(self) -> None:
        """Answer a question, or many."""
        body = self._body()
        if body is None:
            return
        try:
            asked = read_json(body, decimals=True)
            if self.path == "/v1/query":
                answer = self.source.query(asked)
            elif self.path == "/v1/querybatch":
                answer = self.source.batch(asked)
            else:
                self._say(404, _fault(5, "there is no such page"))
                return
        except (_AskedError, NotCanonicalError) as error:
            self._say(400, _fault(3, str(error)))
        except UnavailableError as error:
            self._say(500, _fault(13, str(error)))
        else:
            self._say(200, json.dumps(answer, separators=(",", ":")).encode())

    def _body(self) -> bytes | None:
        """Read the body if it is of a size that is read."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal() and len(length) < len(str(_BODY)) + 1):
            self._refuse(411, "say how long the question is, and ask less at once")
            return None
        if int(length) > _BODY:
            self._refuse(413, f"a question has at most {_BODY} bytes")
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int, message: str) -> None:
        """Refuse a question unread; what follows on the connection cannot be told from it."""
        self.close_connection = True
        self._say(status, _fault(3, message))

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's word
        """Say nothing: who asks what is nobody's business."""


def _fault(code: int, message: str) -> bytes:
    fault: Mapping[str, object] = {"code": code, "message": message}
    return json.dumps(fault).encode()
