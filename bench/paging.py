"""Pages of long lists: `python bench/paging.py make FOLDER COUNT [DATABASE]`, or `WHAT FOLDER`.

`make` makes a registry of COUNT releases, an entry for each, and as many blobs straight into its
folder; in a PostgreSQL database, if one is named. WHAT is `releases`, `containing`, `topics` or
`blobs`: `weighbridge serve` is asked for pages of 100 at the beginning, in the middle, at the end
(and for releases by name), in turns over one connection. Prints the p95 of the slowest, in seconds.
"""

from __future__ import annotations

import hashlib
import sys
import time
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from bench import servers
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.registry import PostgresRegistry
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.codec.cursor import write_cursor
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from weighbridge.model.ports import Transaction

LIMIT = 100
TIMES = 100
WARM = 10
VERSIONS = 10
"""Releases of a name."""
BATCH = 5_000
"""Releases of one transaction."""
_DIGEST = "sha256:" + "0" * 64


def releases(count: int) -> list[tuple[str, str, str]]:
    """Make up releases, in their order."""
    return [(f"model-{at // VERSIONS:06}", f"1.{at % VERSIONS}.0", _DIGEST) for at in range(count)]


def topics(count: int) -> list[tuple[str, int]]:
    """Make up an index, in its order."""
    return [(f"release:model-{at // VERSIONS:06}", at) for at in range(count)]


def digests(count: int) -> list[str]:
    """Make up digests, in their order."""
    return sorted(f"sha256:{hashlib.sha256(b'%d' % at).hexdigest()}" for at in range(count))


def make(folder: Path, count: int, database: str) -> None:
    """Make the registry, and a token."""
    registry = folder / "registry"
    if database:
        wanted = Wanted(address=str(folder / "blobs"))
        opened = PostgresRegistry(
            database, home=registry, keys=folder / "keys", clock=utc_now, wanted=wanted
        )
        _fill(opened, count)
    else:
        _fill(EmbeddedRegistry(registry, clock=utc_now), count)
        _fill_folder(registry / "blobs" / "sha256", count)
    (folder / "count").write_text(str(count), encoding="utf-8")
    (folder / "database").write_text(database, encoding="utf-8")
    store = str(folder / "blobs") if database else ""
    secret = servers.token(database or registry, "read", "admin", store=store)
    (folder / "token").write_text(secret, encoding="utf-8")


def _fill(registry: EmbeddedRegistry | PostgresRegistry, count: int) -> None:
    """Make a ledger in which each release was sealed."""
    registry.make_log_key("log.example")
    registry.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, {}))
    rows = releases(count)
    for at in range(0, count, BATCH):

        def change(transaction: Transaction, at: int = at) -> None:
            for name, version, digest in rows[at : at + BATCH]:
                transaction.bind(name, version, digest)
                body = {"digest": digest, "name": name, "version": version}
                transaction.append(Kind.RELEASE_SEALED, body)

        registry.change(change)
    registry.close()


def _fill_folder(folder: Path, count: int) -> None:
    for digest in digests(count):
        digits = digest.removeprefix("sha256:")
        place = folder / digits[:2]
        place.mkdir(parents=True, exist_ok=True)
        (place / digits[2:]).touch()


def pages(what: str, count: int) -> list[str]:
    """List the paths of pages that are asked for."""
    if what == "containing":
        # One name has it; whoever looks for it looks through all of them.
        return [f"/v1/releases?{urlencode({'containing': f'{count // VERSIONS - 1:06}'})}"]
    if what == "blobs":
        found = digests(count)
        keys: list[tuple[str | int, ...]] = [(found[count // 2],), (found[count - LIMIT],)]
        path = "/v1/blobs"
    elif what == "topics":
        rows = topics(count)
        keys, path = [rows[count // 2], rows[count - LIMIT]], "/v1/ledger/topics"
    else:
        bound = releases(count)
        keys, path = [bound[count // 2][:2], bound[count - LIMIT][:2]], "/v1/releases"
    asked: list[dict[str, str]] = [{}, *({"after": write_cursor(*key)} for key in keys)]
    if what == "releases":
        asked.append({"name": releases(count)[count // 2][0]})
    return [f"{path}?{urlencode({'limit': LIMIT, **one})}" for one in asked]


def measure(what: str, folder: Path) -> float:
    """Ask, and return the p95 of the slowest page in seconds."""
    count = int((folder / "count").read_text(encoding="utf-8"))
    database = (folder / "database").read_text(encoding="utf-8")
    headers = {"authorization": f"Bearer {(folder / 'token').read_text(encoding='utf-8')}"}
    paths = pages(what, count)
    taken: dict[str, list[float]] = {path: [] for path in paths}
    store = str(folder / "blobs") if database else ""
    with servers.weighbridge(database or folder / "registry", folder, store=store) as server:
        connection = server.connect()
        for _ in range(WARM + TIMES):
            for path in paths:
                begun = time.perf_counter()
                connection.request("GET", path, headers=headers)
                answer = connection.getresponse()
                data = answer.read()
                taken[path].append(time.perf_counter() - begun)
                if answer.status != HTTPStatus.OK:
                    raise SystemExit(f"{path}: {answer.status} {data[:400]!r}")
        connection.close()
    late = {path: sorted(all_[WARM:])[TIMES * 95 // 100] for path, all_ in taken.items()}
    for path, seconds in late.items():
        print(f"{path[:60]} {seconds * 1_000:.2f} ms")
    return max(late.values())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), "".join(sys.argv[4:]))
    else:
        print(measure(sys.argv[1], Path(sys.argv[2])))
