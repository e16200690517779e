"""Ask an admission webhook: `python bench/asking.py FOLDER ours|parse COUNT`.

Over HTTP and one connection on 127.0.0.1, of a server in a thread of this process, `COUNT` times
after a hundred that do not count. `ours` answers a Deployment from the registry that
`bench/promoted.py` made in FOLDER; `parse` is a Starlette route that parses the same body as JSON,
and answers. Prints how long a question took at the median and at p99; ours fails beyond 50 ms.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.server.recorded_reviews import IMAGE, RELEASE, text_of
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.server.admission import admission_app
from weighbridge.server.running import Listening, listen
from weighbridge.usecases.admission import Doorkeeper

if TYPE_CHECKING:
    from starlette.requests import Request

WARM = 100
P99_MS = 50
PATH = "/admit/production"


async def parse(request: Request) -> Response:
    """Parse a review, and let it in."""
    uid = json.loads(await request.body())["request"]["uid"]
    answer = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": True},
    }
    return Response(json.dumps(answer), media_type="application/json")


def served(app: Starlette) -> tuple[uvicorn.Server, threading.Thread, int]:
    """Serve in a thread, on a port of its own."""
    listener = listen(Listening(host="127.0.0.1", port=0))
    config = uvicorn.Config(
        app, loop="asyncio", http="h11", lifespan="off", log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    return server, thread, listener.getsockname()[1]


def ask(port: int, body: bytes, count: int) -> list[float]:
    """Ask and return how many milliseconds each answer took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    found = []
    for _ in range(WARM + count):
        begun = time.perf_counter()
        connection.request("POST", PATH, body, {"content-type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        found.append((time.perf_counter() - begun) * 1_000)
        if not answer["response"]["allowed"]:
            raise SystemExit(f"refused: {answer}")
    connection.close()
    return sorted(found[WARM:])


def measure(folder: Path, who: str, count: int) -> None:
    """Measure, and print.

    Raises:
        SystemExit: It is refused, or takes too long.
    """
    registry = EmbeddedRegistry(folder / "registry")
    release = registry.releases()[0][2]
    body = text_of("admitted-deployment").replace(RELEASE, release)
    body = body.replace(RELEASE[7:-1], release[7:-1]).replace('"serving"', '"anywhere"')
    doorkeeper = Doorkeeper(registry, ["production"], clock=utc_now, companions=[IMAGE])
    app = admission_app(doorkeeper, tell=lambda _: None)
    if who == "parse":
        app = Starlette(routes=[Route(PATH, parse, methods=["POST"])])
    server, thread, port = served(app)
    try:
        taken = ask(port, body.encode(), count)
    finally:
        server.should_exit = True
        thread.join()
    middle, late = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    print(f"{who}: {count} questions of {len(body)} bytes, p50 {middle:.2f} ms, p99 {late:.2f} ms")
    if who == "ours" and late > P99_MS:
        raise SystemExit(f"p99 is {late:.1f} ms, and at most {P99_MS} are wanted")


if __name__ == "__main__":
    measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
