"""A server for tests: `stub_server.py PORT`. It says who it is, and does what its path asks for.

`/slow` takes half a second; `/die` ends it in the middle of an answer; `/deaf` and `/hear` change
whether it is ready.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COUNTS = {"requests": 0, "errors": 0}
STATE = {"ready": True}
METRICS = """\
# TYPE requests_total counter
requests_total {requests}
# TYPE requests_errors_total counter
requests_errors_total {errors}
# TYPE unknown_ratio gauge
unknown_ratio {ratio}
"""


class Server(BaseHTTPRequestHandler):
    """Answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        code, text = 200, f"{os.environ['WEIGHBRIDGE_RELEASE']} {os.getpid()}"
        if self.path == "/v2/health/ready":
            code = 200 if STATE["ready"] else 503
        elif self.path == "/metrics":
            text = METRICS.format(**COUNTS, ratio=os.environ.get("RATIO", "0"))
        elif self.path == "/environ":
            text = "\n".join(f"{name}={value}" for name, value in sorted(os.environ.items()))
        elif self.path == "/die":
            os._exit(3)
        elif self.path in {"/deaf", "/hear"}:
            STATE["ready"] = self.path == "/hear"
        else:
            COUNTS["requests"] += 1
            if self.path == "/slow":
                threading.Event().wait(0.5)
        body = text.encode()
        head = f"HTTP/1.1 {code} Said\r\nContent-Length: {len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def do_POST(self) -> None:
        """Answer the same."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    if os.environ.get("FAILS"):
        sys.exit(f"cannot serve: {os.environ['FAILS']}")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
