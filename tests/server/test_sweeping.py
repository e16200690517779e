"""What expired is cleared away while a server serves."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.server.login.people import Watch
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.gate.times import moment
from weighbridge.model.errors import UnavailableError
from weighbridge.model.team.account import Scope, Via
from weighbridge.server.sweeping import EVERY, sweep_on, sweeping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.accounts.opening import Accounts

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    found = open_accounts(tmp_path / "accounts.db")
    yield found
    found.close()


def test_what_expired_is_swept_every_hour(accounts: Accounts) -> None:
    clock, counts = Watch(), list[int]()
    accounts.pending.begin(state="s", binding="b", after="/", again=False, now=clock())
    for via in (Via.TOKEN, Via.EXCHANGE):
        accounts.tokens.make(
            person="ci",
            label="a job",
            scopes=frozenset({Scope.READ}),
            expires=(moment(clock()) + timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            now=clock(),
            via=via,
        )

    def sweep() -> int:
        counts.append(accounts.sweep(now=clock()))
        return counts[-1]

    def pause(seconds: float) -> bool:
        assert seconds == EVERY == HOUR
        clock.ahead += HOUR if len(counts) != 3 else 31 * DAY
        return len(counts) == 5

    sweep_on(sweep, pause=pause)
    # A login under way lasts for ten minutes; a token is shown for a month after its end, unless
    # it is a job's.
    assert counts == [0, 2, 0, 1, 0]
    assert accounts.tokens.list() == []


def test_what_goes_wrong_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries = list[int]()

    def sweep() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise UnavailableError("the database is away")
        return 0

    sweep_on(sweep, pause=lambda _seconds: len(tries) == 3)
    assert len(tries) == 3
    assert "what expired cannot be swept: the database is away" in caplog.text


def test_it_ends_with_the_server() -> None:
    begun = threading.Event()

    def sweep() -> int:
        begun.set()
        return 0

    with sweeping(sweep):
        assert begun.wait(20)
        assert "sweeping" in {one.name for one in threading.enumerate()}
    assert "sweeping" not in {one.name for one in threading.enumerate()}
