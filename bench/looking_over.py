"""Pages that look over a whole registry: `python bench/looking_over.py WHAT FOLDER`.

`make FOLDER COUNT` makes the registry of `bench/long_past.py`, and a token. Else WHAT is a family
of `FAMILIES`: the server that stands there (`standing`) is asked for its pages, one after the other
over one connection; prints the CPU seconds it takes for the dearest. `begin`: those a server takes
from nothing until it has shown a page of the whole registry. `memory`: its peak by then, in MiB.
"""

from __future__ import annotations

import contextlib
import re
import sys
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import long_past, servers
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.cursor import write_cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bench.servers import Server

TIMES: Final = 5
"""Turns that are counted: the system tells CPU time in hundredths of a second."""
STANDING: Final = "standing"
"""File that says where the server is."""
_MIDDLE: Final = write_cursor("bulk-010000")
FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "pipeline": ("/", f"/?after={_MIDDLE}", "/?show=any", "/?show=denied", "/?q=0199"),
    "approvals": ("/approvals",),
    "waivers": ("/waivers", "/waivers?state=in+force"),
    "insights": ("/insights?days=30", "/insights?days=365"),
    "releases": ("/releases", "/releases?q=0199"),
    "release": (
        "/releases/WHOLE",
        "/releases/WHOLE/in/production",
        "/releases/WHOLE/in/production/approve",
        "/releases/WHOLE/in/production/waive/GOV007",
    ),
    "contents": (
        "/releases/WHOLE/dependencies",
        "/releases/WHOLE/lineage",
        "/releases/WHOLE/compatibility",
        "/releases/WHOLE/pack",
        "/compare/WHOLE/OTHER",
    ),
    "ledger": ("/ledger", "/ledger?name=bulk-000007", "/ledger?person=max", "/ledger/100000"),
    "places": (
        "/environments",
        "/environments/staging",
        "/environments/staging/rollback/NAME",
        "/environments/production/freeze",
    ),
    "rules": ("/policies", "/policies/long", "/policies/long/what-if?name=NAME", "/rules"),
    "people": ("/access", "/access/key", "/data", "/help"),
}
"""Paths of pages, by family: a page that is added here is weighed. WHOLE and OTHER are releases
that are there whole, NAME is what the first is called."""


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


def _filled(paths: Iterable[str], folder: Path) -> list[str]:
    """Put releases that are there whole into paths."""
    registry = EmbeddedRegistry(folder / "registry", clock=utc_now)
    with registry.reading() as view:
        (_, _, other), (name, _, whole) = view.releases_after(("model-", ""), 2)
    registry.close()
    words = {"WHOLE": whole, "OTHER": other, "NAME": name}
    pattern = re.compile("|".join(words))
    return [pattern.sub(lambda found: words[found[0]], path) for path in paths]


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[None]:
    """Run a server that has read its chronicle, for all families: reading it takes far longer."""
    with servers.weighbridge(folder / "registry", folder) as server:
        Reader(server, folder).begin()
        (folder / STANDING).write_text(f"{server.process} {server.port}", encoding="utf-8")
        yield


def measure(what: str, folder: Path) -> float:
    """Return what is asked for."""
    if what in FAMILIES:
        return dearest(what, folder)
    with servers.weighbridge(folder / "registry", folder) as server:
        Reader(server, folder).begin()
        return server.cpu() if what == "begin" else server.peak()


def dearest(what: str, folder: Path) -> float:
    """Return the CPU seconds of the dearest page of a family."""
    process, port = map(int, (folder / STANDING).read_text(encoding="utf-8").split())
    reader = Reader(servers.Server(process, port), folder)
    costs = {path: reader.cost(path) for path in _filled(FAMILIES[what], folder)}
    for path, seconds in costs.items():
        print(f"{path} {seconds * 1_000:.0f} CPU ms")
    return max(costs.values())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        print(measure(sys.argv[1], Path(sys.argv[2])))
