from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import select

from weighbridge.adapters.accounts import engine
from weighbridge.adapters.accounts.opening import Accounts, open_accounts
from weighbridge.adapters.accounts.tables import IDEMPOTENCY
from weighbridge.adapters.accounts.times import later
from weighbridge.model.errors import LoginError, RegistryError, TooMuchError
from weighbridge.model.team.account import Scope
from weighbridge.model.team.idempotency import LEASE, Claim, Kept
from weighbridge.model.team.session import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.adapters.accounts.once import StoredAnswers

NOW = "2026-03-01T12:00:30Z"
ADA = Person(
    name="ada", scopes=frozenset({Scope.READ}), roles=frozenset({"ml-lead"}), authenticated=NOW
)


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    found = open_accounts(tmp_path / "home" / "accounts.db")
    yield found
    found.close()


def test_the_file_is_its_owners_and_holds_no_secret(accounts: Accounts, tmp_path: Path) -> None:
    scopes = frozenset({Scope.READ, Scope.WRITE})
    token, _ = accounts.tokens.make(
        person="ada", label="ci", scopes=scopes, expires=later(NOW, 60), now=NOW
    )
    cookie, _ = accounts.sessions.begin(ADA, browser=True, now=NOW)
    files = list((tmp_path / "home").iterdir())
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    held = b"".join(one.read_bytes() for one in files)
    assert token[4:].encode() not in held
    assert cookie[4:].encode() not in held


def test_a_token_is_found_by_its_secret_until_it_is_revoked(accounts: Accounts) -> None:
    secret, token = accounts.tokens.make(
        person="ada", label="ci", scopes=frozenset({Scope.RUN}), expires=later(NOW, 60), now=NOW
    )
    assert secret.startswith("wbt_")
    assert accounts.tokens.find(secret, now=NOW) == token
    assert accounts.tokens.find(secret + "x", now=NOW) is None
    (listed,) = accounts.tokens.list("ada")
    assert listed.used == "2026-03-01T12:00:00Z"
    assert accounts.tokens.list("bob") == []
    assert accounts.tokens.revoke(token.identifier, now=NOW)
    assert not accounts.tokens.revoke(token.identifier, now=NOW)
    found = accounts.tokens.find(secret, now=NOW)
    assert found is not None
    assert found.revoked == NOW


def test_a_session_of_a_browser_ends_when_nobody_uses_it(accounts: Accounts) -> None:
    browser, _ = accounts.sessions.begin(ADA, browser=True, now=NOW)
    command, _ = accounts.sessions.begin(ADA, browser=False, now=NOW)
    late = later(NOW, 2 * 3_600)
    assert accounts.sessions.find(browser, now=late) is None
    found = accounts.sessions.find(command, now=late)
    assert found is not None
    assert found.person == ADA
    assert accounts.sessions.find(command, now=later(NOW, 12 * 3_600)) is None
    assert accounts.sessions.end(found.identifier)
    assert accounts.sessions.find(command, now=NOW) is None


def test_a_login_is_taken_once_and_by_the_browser_that_began_it(accounts: Accounts) -> None:
    accounts.pending.begin(state="s", binding="mine", after="/x", again=False, now=NOW)
    assert accounts.pending.take(state="s", binding="other", now=NOW) is None
    assert accounts.pending.take(state="s", binding="mine", now=later(NOW, 600)) is None
    with ThreadPoolExecutor(8) as pool:
        taken = list(
            pool.map(lambda _: accounts.pending.take(state="s", binding="mine", now=NOW), range(16))
        )
    (found,) = [one for one in taken if one is not None]
    assert (found.after, found.again) == ("/x", False)


def test_the_command_line_is_told_once_who_confirmed(accounts: Accounts) -> None:
    secret, login = accounts.commands.begin(source="127.0.0.1", now=NOW)
    assert accounts.commands.waiting(login.code, now=NOW) == login
    with pytest.raises(LoginError, match="no such login"):
        accounts.commands.poll(login.identifier, "guess", now=NOW)
    assert accounts.commands.poll(login.identifier, secret, now=NOW) is None
    with pytest.raises(TooMuchError, match="too often"):
        accounts.commands.poll(login.identifier, secret, now=later(NOW, 1))
    assert accounts.commands.answer(login.code, ADA, now=NOW)
    assert not accounts.commands.answer(login.code, ADA, now=NOW)
    assert accounts.commands.poll(login.identifier, secret, now=later(NOW, 5)) == ADA
    with pytest.raises(LoginError, match="used already"):
        accounts.commands.poll(login.identifier, secret, now=later(NOW, 10))


def test_a_login_that_was_refused_lets_nobody_in(accounts: Accounts) -> None:
    secret, login = accounts.commands.begin(source="127.0.0.1", now=NOW)
    assert accounts.commands.answer(login.code, None, now=NOW)
    with pytest.raises(LoginError, match="refused"):
        accounts.commands.poll(login.identifier, secret, now=NOW)


def test_a_value_counts_once_among_many_that_bring_it(accounts: Accounts) -> None:
    with ThreadPoolExecutor(8) as pool:
        first = pool.map(
            lambda _: accounts.once.first("jti", "1", expires=later(NOW, 60)), range(16)
        )
        assert sum(first) == 1
    assert accounts.once.first("code", "1", expires=later(NOW, 60))


def claimed(answers: StoredAnswers, key: str = "k", *, now: str = NOW) -> Claim:
    found = answers.begin(key, "ada", "sha256:1", now=now)
    assert isinstance(found, Claim)
    return found


def test_an_answer_is_given_again_for_a_day(accounts: Accounts) -> None:
    answers = accounts.answers
    claim = claimed(answers)
    assert not claim.again
    begun = answers.begin("k", "ada", "sha256:2", now=NOW)
    assert begun == Kept(request="sha256:1", status=0, body=b"")
    assert isinstance(answers.begin("k", "bob", "sha256:2", now=NOW), Claim)
    answers.finish(claim, status=200, body=b"{}")
    answers.forget(claim)
    kept = answers.begin("k", "ada", "sha256:1", now=later(NOW, 86_399))
    assert kept == Kept(request="sha256:1", status=200, body=b"{}")
    assert isinstance(answers.begin("k", "ada", "sha256:1", now=later(NOW, 86_400)), Claim)


def test_who_is_heard_of_answers_alone(accounts: Accounts) -> None:
    answers = accounts.answers
    claim = claimed(answers)
    for passed in range(1, 20):
        answers.renew(claim, now=later(NOW, passed))
        assert isinstance(answers.begin("k", "ada", "sha256:1", now=later(NOW, passed)), Kept)
        assert answers.holds(claim)
    answers.forget(claim)
    assert not answers.holds(claim)
    assert not claimed(answers).again


def test_who_is_not_heard_of_is_followed_by_one(accounts: Accounts) -> None:
    answers = accounts.answers
    dead = claimed(answers)
    then = later(NOW, LEASE)
    assert isinstance(answers.begin("k", "ada", "sha256:1", now=later(then, -1)), Kept)
    assert isinstance(answers.begin("k", "ada", "sha256:2", now=then), Kept)
    follower = claimed(answers, now=then)
    assert follower.again
    assert isinstance(answers.begin("k", "ada", "sha256:1", now=then), Kept)
    # He was not dead after all, and has nothing to say any more.
    assert not answers.holds(dead)
    answers.renew(dead, now=later(then, 60))
    answers.finish(dead, status=200, body=b"late")
    answers.forget(dead)
    assert answers.holds(follower)


def test_answers_nobody_asks_for_any_more_are_cleared(accounts: Accounts) -> None:
    answers = accounts.answers
    for number in range(3):
        answers.finish(claimed(answers, f"k{number}"), status=200, body=b"{}")
    claimed(answers, "new", now=later(NOW, 86_400))
    with accounts.engine.connect() as connection:
        assert len(connection.execute(select(IDEMPOTENCY)).all()) == 1


def test_what_expired_is_swept_away(accounts: Accounts) -> None:
    accounts.sessions.begin(ADA, browser=True, now=NOW)
    accounts.once.first("jti", "1", expires=later(NOW, 60))
    assert accounts.sweep(now=NOW) == 0
    assert accounts.sweep(now=later(NOW, 86_400)) == 2


def test_accounts_of_a_newer_version_are_left_alone(accounts: Accounts, tmp_path: Path) -> None:
    accounts.close()
    path = tmp_path / "home" / "accounts.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE migration SET version_num = '9999'")
    with pytest.raises(RegistryError, match="newer version"):
        open_accounts(path)


def test_the_newest_migration_is_told_without_alembic() -> None:
    folder = Path(engine.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_current_head() == engine.NEWEST


def test_many_that_open_at_once_make_the_tables_once(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    with ThreadPoolExecutor(6) as pool:
        for found in pool.map(lambda _: open_accounts(path), range(6)):
            found.close()
