"""`deliver` by a machine whose registry lies behind a server: what runs is what was promoted."""

from __future__ import annotations

import contextlib
import json
import os
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple

import pytest

from scripts.canary.yard import NAME, Yard
from tests.delivery.releases import Releases
from tests.endurance.servers import Served, serving
from tests.tools import DEBIAN
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.local.ports import free_port
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.event import Kind, read_event
from weighbridge.model.team.account import Scope
from weighbridge.render.haproxy import HEADER

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = "shop"


class Yarded(NamedTuple):
    """What a server is started beside."""

    home: Path
    place: str
    environ: dict[str, str]


def token(registry: Path) -> str:
    """Make a token of dora's."""
    from weighbridge.adapters.accounts.opening import FILE, open_accounts  # noqa: PLC0415 - late

    with contextlib.closing(open_accounts(registry / FILE)) as accounts:
        secret, _ = accounts.tokens.make(
            person="dora",
            label="delivers",
            scopes=frozenset({Scope.READ, Scope.WRITE}),
            expires="2099-01-01T00:00:00Z",
            now=utc_now(),
        )
    return secret


def served(port: int) -> str | None:
    """Say which release answers at a port."""
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/v2/health/ready")
        return connection.getresponse().headers[HEADER]


@pytest.mark.slow
def test_what_is_promoted_runs(tmp_path: Path) -> None:
    yard = Yard(tmp_path, {**os.environ, "WEIGHBRIDGE_TOOLS": str(DEBIAN)})
    yard.people()
    yard.environment(ENVIRONMENT, prometheus=f"127.0.0.1:{free_port()}")
    releases = Releases(yard)
    digest = releases.digest("old")
    server = Served(Yarded(tmp_path, str(yard.home), {}), "--grace", "0")
    with serving(server):
        yard.environ |= {
            "WEIGHBRIDGE_REGISTRY": server.address,
            "WEIGHBRIDGE_TOKEN": token(yard.home),
            "WEIGHBRIDGE_STATE": str(tmp_path / "state"),
        }
        try:
            yard.promote(releases.version("old"), ENVIRONMENT)
            words = ("deliver", NAME, "--in", ENVIRONMENT, "--output-format", "json")
            done = json.loads(yard.run(*words, by=["dora"]).out)
            assert (done["phase"], done["release"]) == ("delivered", digest)
            assert served(yard.port) == digest
        finally:
            stopped = yard.run("deliver", NAME, "--in", ENVIRONMENT, "--stop", wanted=None)
        assert stopped.code == 0, stopped.err
        assert server.broke() == []
    with EmbeddedRegistry(yard.home).reading() as view:
        kinds = [read_event(data).kind for data in view.entries()]
    assert Kind.DELIVERY_MOVED in kinds
    assert kinds.count(Kind.DELIVERY_STARTED) == 1
    assert not (yard.home / "deliveries").exists()
