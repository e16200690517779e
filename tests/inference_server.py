"""A server of the Open Inference Protocol v2 on this machine, honest or not."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Reply = tuple[int, bytes]


DESCRIBED: Reply = (200, json.dumps({"inputs": [{"name": "x", "datatype": "FP32"}]}).encode())


def tensor(name: str, shape: list[int], data: list[Any], datatype: str = "FP32") -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": datatype, "data": data}


def answered(*tensors: dict[str, Any]) -> Reply:
    said = {"model_name": "demo", "model_version": "3", "outputs": list(tensors)}
    return 200, json.dumps(said).encode()


def doubling(asked: dict[str, Any]) -> Reply:
    """Answer with twice the first input."""
    (given, *_) = asked["inputs"]
    return answered(tensor("y", given["shape"], [2 * one for one in given["data"]]))


@contextmanager
def serving(
    answer: Callable[[dict[str, Any]], Reply | None],
    *,
    described: Reply = DESCRIBED,
    keep_alive: bool = True,
    promised: int = 0,
) -> Iterator[str]:
    """Serve a model; yield its address.

    Args:
        answer: Answers a request; None to say nothing until the test is over.
        described: What it says of the model.
        keep_alive: Whether a connection is used again.
        promised: Bytes that are promised and never come.
    """
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"

        def do_GET(self) -> None:
            self._say(described)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            reply = answer(json.loads(self.rfile.read(length)))
            if reply is None:
                over.wait()
            else:
                self._say(reply)

        def _say(self, reply: Reply) -> None:
            status, body = reply
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) + promised))
            self.end_headers()
            self.wfile.write(body)
            if promised:
                self.close_connection = True

        def log_message(self, *words: object) -> None:
            del words

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v2/models/demo"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
