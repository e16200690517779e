from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory

from weighbridge.adapters.accounts import engine
from weighbridge.adapters.accounts.opening import Accounts, open_accounts
from weighbridge.adapters.accounts.times import later
from weighbridge.model.errors import LoginError, RegistryError, TooMuchError
from weighbridge.model.team.account import Scope
from weighbridge.model.team.session import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_an_answer_is_given_again_for_a_day(accounts: Accounts) -> None:
    answers = accounts.answers
    assert answers.begin("k", "ada", "sha256:1", now=NOW) is None
    begun = answers.begin("k", "ada", "sha256:2", now=NOW)
    assert begun is not None
    assert (begun.request, begun.status) == ("sha256:1", 0)
    assert answers.begin("k", "bob", "sha256:2", now=NOW) is None
    answers.finish("k", "ada", status=200, body=b"{}")
    answers.forget("k", "ada")
    kept = answers.begin("k", "ada", "sha256:1", now=later(NOW, 86_399))
    assert kept is not None
    assert (kept.status, kept.body) == (200, b"{}")
    assert answers.begin("k", "ada", "sha256:1", now=later(NOW, 86_400)) is None


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
