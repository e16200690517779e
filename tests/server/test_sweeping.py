from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.model.errors import UnavailableError
from weighbridge.model.team.idempotency import Claim
from weighbridge.server.sweeping import swept

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BEFORE, NOW = "2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"


def test_what_expired_is_cleared_while_a_server_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = open_accounts(tmp_path / "accounts.db")
    assert isinstance(accounts.answers.begin("k", "ada", "r", now=BEFORE), Claim)
    turns, swept_twice = [0], threading.Event()

    def clock() -> str:
        turns[0] += 1
        if turns[0] == 1:
            raise UnavailableError("the accounts of the registry cannot be used")
        if turns[0] > 2:
            swept_twice.set()
        return NOW

    with swept(accounts, clock=clock, every=0.01):
        assert swept_twice.wait(30)
    assert accounts.sweep(now=NOW) == 0
    assert "was not cleared away" in caplog.text
    accounts.close()
