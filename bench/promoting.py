"""Promotions at once: `python bench/promoting.py make FOLDER COUNT [DATABASE]`, or `FOLDER N`.

`make` makes a registry of COUNT releases that are signed, checked and approved; in a PostgreSQL
database, if one is named. Then N processes promote all of them, a pointer each, in a copy of it.
Prints promotions per second on the wall, from when all of them are ready; fails if one is lost.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

import psycopg
from psycopg import sql

from bench.promoted import House, Key, releases
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.postgres.registry import PostgresRegistry
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind, read_event
from weighbridge.usecases.promote import consider, promote

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

SECONDS = 120
_ENVIRONMENT = "production"


def opened(folder: Path, database: str) -> EmbeddedRegistry | PostgresRegistry:
    """Open the registry in a folder, or the one in a database whose bytes lie there."""
    if not database:
        return EmbeddedRegistry(folder / "registry")
    wanted = Wanted(address=str(folder / "blobs"))
    return PostgresRegistry(database, home=folder / "home", keys=folder / "keys", wanted=wanted)


def make(folder: Path, count: int, database: str) -> None:
    """Make the registry."""
    folder.mkdir(parents=True, exist_ok=True)
    registry = opened(folder, database)
    house = House(folder, registry=registry)
    made = list(releases(house, count))
    for release in made:
        house.attest(release)
        house.approve(release, _ENVIRONMENT)
    registry.close()
    known = {"database": database, "releases": made, "key": house.keys["max"].private().hex()}
    (folder / "made.json").write_text(json.dumps(known), encoding="utf-8")


def copied(folder: Path, database: str, place: Path) -> tuple[Path, str]:
    """Copy the registry: every run begins with the same one."""
    if not database:
        shutil.copytree(folder / "registry", place / "registry")
        return place, ""
    address = urlsplit(database)
    name, copy = address.path.strip("/"), f"copy_{time.monotonic_ns()}"
    server = urlunsplit(address._replace(path="/postgres"))
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(words.format(sql.Identifier(copy), sql.Identifier(name)))
    return folder, urlunsplit(address._replace(path=f"/{copy}"))


def work(folder: Path, database: str, share: list[str], key: bytes, ready: Barrier) -> None:
    """Promote releases, once everybody is ready."""
    registry, signer = opened(folder, database), Key(key)
    consider(share[0], _ENVIRONMENT, registry=registry)  # what is imported once does not count
    ready.wait(SECONDS)
    for release in share:
        done = promote(release, _ENVIRONMENT, signer=signer, registry=registry)
        if not done.moved:
            raise SystemExit(f"not promoted: {done.decision.passes_if}")
    registry.close()


def measure(folder: Path, promoters: int) -> float:
    """Have so many promote everything, and return promotions per second.

    Raises:
        SystemExit: One of them failed, or a promotion was lost.
    """
    known = json.loads((folder / "made.json").read_text(encoding="utf-8"))
    made, key = known["releases"], bytes.fromhex(known["key"])
    # Forked, so that 32 do not import everything anew; nothing is open in the parent by then.
    context = multiprocessing.get_context("fork")
    with tempfile.TemporaryDirectory(prefix="weighbridge-bench-") as name:
        place, database = copied(folder, known["database"], Path(name))
        ready = context.Barrier(promoters + 1)
        running = [
            context.Process(target=work, args=(place, database, made[at::promoters], key, ready))
            for at in range(promoters)
        ]
        for one in running:
            one.start()
        ready.wait(SECONDS)
        begun = time.perf_counter()
        for one in running:
            one.join()
        seconds = time.perf_counter() - begun
        registry = opened(place, database)
        with registry.reading() as view:
            events = map(read_event, view.entries())
            moved = [one.body["name"] for one in events if one.kind == Kind.PROMOTION_DONE]
        if len(set(moved)) != len(made) or any(one.exitcode for one in running):
            raise SystemExit(f"of {len(made)} promotions {len(moved)} stand in the ledger")
        registry.close()
    return len(made) / seconds


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]), "".join(sys.argv[4:]))
    else:
        print(measure(Path(sys.argv[1]), int(sys.argv[2])))
