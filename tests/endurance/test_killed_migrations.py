"""A registry on its way to a team's is killed at named points; doing it again finishes it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.children import end, start
from tests.endurance.points import Point, kill_at
from tests.usecases.test_stores import set_store, whole_way
from weighbridge.adapters.blobs.folder import FolderArrival
from weighbridge.adapters.blobs.store import BlobIncoming
from weighbridge.adapters.postgres.session import PostgresSession
from weighbridge.adapters.session import Session
from weighbridge.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres_servers import Cluster
    from tests.usecases.cast import Cast

pytestmark = pytest.mark.slow

POINTS = (
    Point(name="a blob half written", owner=FolderArrival, function="write", when="halfway"),
    Point(name="a blob in its place", owner=BlobIncoming, function="commit", when="after"),
    Point(
        name="an entry there",
        owner=PostgresSession,
        function="write",
        when="after",
        sql="INSERT INTO checkpoint",
    ),
    Point(name="before all is there", owner=PostgresSession, function="commit", when="before"),
    Point(name="all is there", owner=PostgresSession, function="commit", when="after"),
    Point(name="before it is told here", owner=Session, function="commit", when="before"),
    Point(name="told here", owner=Session, function="commit", when="after", kept=True),
)


@pytest.fixture
def address(postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WEIGHBRIDGE_STATE", str(tmp_path / "state"))
    return postgres.address(postgres.make_database())


@pytest.mark.parametrize("point", POINTS, ids=[point.name.replace(" ", "-") for point in POINTS])
def test_a_migration_that_was_killed_is_done_again(
    ownerless: Cast, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: Point
) -> None:
    whole_way(ownerless)
    held = ownerless.done("log", "show", "--output-format=json").json
    store, keys = tmp_path / "shared", tmp_path / "keys of the log"
    words = ["registry", "migrate", f"--to={address}", f"--store={store}", f"--log-keys={keys}"]

    def migrate() -> None:
        sys.stdout = (tmp_path / "said").open("w")
        kill_at(point, 1)
        os._exit(main(words))

    assert end(start(migrate)) == -signal.SIGKILL
    assert (tmp_path / "said").read_text() == ""
    assert ownerless.done("log", "show", "--output-format=json").json == held
    ownerless.done("registry", "fsck")
    if not point.kept:
        assert ownerless.trust("dora", "checker").code == 0
        held = ownerless.done("log", "show", "--output-format=json").json
    ownerless.done(*words)
    monkeypatch.delenv("WEIGHBRIDGE_HOME", raising=False)
    set_store(ownerless, f'registry = "{address}"', f'store = "{store}"', f'log-keys = "{keys}"')
    for line in (("log", "verify", "--deep"), ("registry", "fsck"), ("verify", "demo@1.0.0")):
        ownerless.done(*line)
    now = ownerless.done("log", "show", "--output-format=json").json
    assert now["entries"][: len(held["entries"])] == held["entries"]
    assert ownerless.trust("max", "releaser").code == 0
