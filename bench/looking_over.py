"""Pages that look over a whole registry: `python bench/looking_over.py WHAT FOLDER`.

`make FOLDER COUNT` makes the registry of `bench/long_past.py`, and a token. Else WHAT is a family
of `FAMILIES`: `weighbridge serve` is asked for its pages, in turns over one connection, once its
chronicle is read; prints the CPU seconds the server takes for the dearest. `begin`: those it takes
from nothing until it has shown a page of the whole registry. `memory`: its peak by then, in MiB.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import long_past, servers
from weighbridge.codec.cursor import write_cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.servers import Server

TIMES: Final = 10
"""Turns that are counted: the system tells CPU time in hundredths of a second."""
_MIDDLE: Final = write_cursor("bulk-010000")
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "pipeline": ("/", f"/?after={_MIDDLE}", "/?show=any", "/?show=denied", "/?q=0199"),
    "approvals": ("/approvals",),
    "waivers": ("/waivers", "/waivers?state=in+force"),
    "insights": ("/insights?days=30", "/insights?days=365"),
    "releases": ("/releases", "/releases?q=0199"),
}
"""Paths of pages, by family: a page that is added here is weighed."""


def make(folder: Path, count: int) -> None:
    """Make the registry, and a token."""
    long_past.make(folder, count)
    secret = servers.token(folder / "registry", "read")
    (folder / "token").write_text(secret, encoding="utf-8")


class Reader:
    """Somebody with a token who looks at pages."""

    def __init__(self, server: Server, folder: Path) -> None:
        """Connect."""
        self._server, self._connection = server, server.connect()
        secret = (folder / "token").read_text(encoding="utf-8")
        self._headers = {"authorization": f"Bearer {secret}", "accept": "text/html"}

    def ask(self, path: str) -> HTTPStatus:
        """Ask for a page, and read it."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise SystemExit(f"{path}: {answer.status} {data[:400]!r}")
        return HTTPStatus(answer.status)

    def begin(self) -> None:
        """Ask until the chronicle is read: each answer waits for it a while."""
        while self.ask("/") is not HTTPStatus.OK:
            pass

    def cost(self, path: str) -> float:
        """Return the CPU seconds a page takes the server."""
        self.ask(path)  # what is imported and compiled once is not the page's
        before = self._server.cpu()
        for _ in range(TIMES):
            self.ask(path)
        return (self._server.cpu() - before) / TIMES


def measure(what: str, folder: Path) -> float:
    """Return what is asked for."""
    with servers.weighbridge(folder / "registry", folder) as server:
        reader = Reader(server, folder)
        reader.begin()
        if what == "begin":
            return server.cpu()
        if what == "memory":
            return server.peak()
        costs = {path: reader.cost(path) for path in FAMILIES[what]}
    for path, seconds in costs.items():
        print(f"{path} {seconds * 1_000:.0f} CPU ms")
    return max(costs.values())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        print(measure(sys.argv[1], Path(sys.argv[2])))
