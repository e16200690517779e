"""Serves the demo's model: POST bytes, and be told what type of file they are of.

Part of the image the demo packs. It needs numpy and onnxruntime, of `requirements.lock`.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LONGEST = 1 << 26


class Handler(BaseHTTPRequestHandler):
    """Answers for one model."""

    session: Any = None
    config: dict[str, Any]

    def do_GET(self) -> None:
        """Answer whether it lives and can serve (Open Inference Protocol)."""
        known = self.path in {"/v2/health/live", "/v2/health/ready"}
        self._answer(200 if known else 404, {"ready": known})

    def do_POST(self) -> None:
        """Tell the type of what is sent."""
        length = int(self.headers.get("Content-Length", 0))
        if length > LONGEST:
            self._answer(413, {"error": "too large"})
            return
        numpy = import_module("numpy")
        inputs = numpy.array(window(self.rfile.read(length), self.config), dtype=numpy.int32)
        scores = self.session.run(None, {"bytes": inputs})[0][0]
        best = int(scores.argmax())
        label = self.config["target_labels_space"][best]
        self._answer(200, {"label": label, "score": round(float(scores[best]), 6)})

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def window(content: bytes, config: dict[str, Any]) -> list[list[int]]:
    """Return the first and last bytes of a file as the model takes them, shape (1, 2048)."""
    size, padding = config["beg_size"], config["padding_token"]
    first, last = list(content.lstrip()[:size]), list(content.rstrip()[-size:])
    filled = [*first, *[padding] * (size - len(first)), *[padding] * (size - len(last)), *last]
    return [filled]


def main() -> None:
    """Load the model and serve it."""
    Handler.config = json.loads((HERE / "config.json").read_text())
    Handler.session = import_module("onnxruntime").InferenceSession(HERE / "model.onnx")
    # In a container: whoever is let in by its network reaches it.
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()  # noqa: S104


if __name__ == "__main__":
    main()
