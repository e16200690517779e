"""Verbs against a registry behind a server do what they do beside one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.remote_server import serving, team_application
from tests.usecases.cast import RELEASE
from tests.usecases.stage import (
    PRODUCTION,
    ROLES,
    RULES,
    STAGING,
    STAGING_RULES,
    Stage,
    write_release,
)
from tests.usecases.workshop import LABELS
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Ran


class Away(Stage):
    """Runs commands against a server, logged in as who acts."""

    patch: pytest.MonkeyPatch

    def __call__(self, *words: str, by: str = "") -> Ran:
        self.patch.setenv("WEIGHBRIDGE_TOKEN", (by.split() or ["ann"])[0])
        return super().__call__(*words, by=by)


@pytest.fixture
def away(
    ownerless: Cast,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Away]:
    behind = EmbeddedRegistry(tmp_path / "behind", clock=utc_now)
    stage = Away(ownerless.folder, capsys, ownerless.clock)
    stage.patch = monkeypatch
    with serving(team_application(behind, utc_now)) as address:
        monkeypatch.setenv("WEIGHBRIDGE_REGISTRY", address)
        monkeypatch.setenv("WEIGHBRIDGE_STATE", str(tmp_path / "state"))
        yield stage
    behind.close()


def test_a_release_goes_its_whole_way(away: Away) -> None:
    away.begin("ann", "ben", threshold=2)
    for name, role in (("bea", "builder"), ("carl", "checker"), *ROLES):
        assert away.trust(name, role).code == 0
    for rules in (STAGING_RULES, RULES):
        away.publish(rules)
    for environment in (STAGING, PRODUCTION):
        away.apply(environment)
    write_release(away.folder, "1.0.0", LABELS)
    away.done("seal")
    away.done("sign", RELEASE, by="bea")
    assert away.check(RELEASE).code == 0
    away.approved(RELEASE)
    assert away.promote(RELEASE, "production").code == 0
    assert away.pointer("production")["generation"] == 1
    write_release(away.folder, "1.1.0", b'["cat 1"]\n')
    away.done("seal")
    away.done("sign", "demo@1.1.0", by="bea")
    assert away.check("demo@1.1.0").code == 0
    away.arrive("demo@1.1.0")
    assert away.roll_back().code == 0
    away.done("log", "verify", "--deep")
    pack = away.folder.parent / "pack.tar"
    away.done("evidence", "export", RELEASE, "--to=production", f"--output={pack}")
    assert not (away.folder / ".weighbridge").exists()


def test_without_the_network_a_server_is_not_asked(away: Away) -> None:
    ran = away("registry", "status", "--offline")
    assert ran.code == 3
    assert "the network is not to be used" in ran.err


def test_tables_are_made_anew_where_they_lie(away: Away) -> None:
    away.begin("ann", "ben", threshold=2)
    ran = away("registry", "rebuild")
    assert ran.code != 0
    assert "run it where the registry lies" in ran.err
