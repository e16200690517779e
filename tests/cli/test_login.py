from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest
from starlette.responses import Response

from tests.certificates import local_certificate
from tests.remote_server import serving
from tests.usecases.workshop import clean_environ, command
from tests.visited_server import (
    JOB,
    POLLED,
    SECRET,
    SHORT,
    Visited,
    elsewhere,
    granted,
    pending,
    problem,
)
from weighbridge.adapters.servers import speaking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench


@pytest.fixture
def visited() -> Visited:
    return Visited()


@pytest.fixture
def address(visited: Visited) -> Iterator[str]:
    with serving(visited.app()) as found:
        yield found


@pytest.fixture
def kept(run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where credentials are kept."""
    assert run.folder.is_dir()
    monkeypatch.setenv("WEIGHBRIDGE_KEYS", str(tmp_path / "mine" / "keys"))
    return tmp_path / "mine" / "servers.json"


def log_in(visited: Visited, run: Bench, address: str) -> None:
    visited.polls = [granted()]
    assert run("login", address).code == 0


def secrets_in(text: str) -> list[str]:
    return [one for one in (SECRET, SHORT, POLLED, JOB) if one in text]


def test_a_person_confirms_a_code_and_is_logged_in(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    visited.polls = [pending(), granted()]
    found = run("login", address)
    assert (found.code, found.out) == (0, "")
    assert f"open {visited.url}\nand confirm the code BCDF-GHJK\n" in found.err
    assert f"logged in to {address} as ada until 2099-01-01T00:00:00Z" in found.err
    assert secrets_in(found.err) == []
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["servers"][address]["secret"] == SECRET
    assert visited.bodies[1:] == [{"secret": POLLED}] * 2
    assert {credential for *_, credential in visited.heard} == {""}


def test_the_registry_in_force_is_the_server_if_none_is_named(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    visited.polls = [granted()]
    assert run("login", "-q", "--registry", address).err.startswith("open https://")
    assert address in json.loads(kept.read_text())["servers"]


def test_who_says_no_is_not_logged_in(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    visited.polls = [problem(403, "WB152", "the login was denied")]
    found = run("login", address)
    assert found.code == 4
    assert "error[WB152]: the login was denied" in found.err
    assert not kept.exists()


def test_a_login_that_expired_is_over(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    visited.polls = [problem(404, "WB272", "the login has expired")]
    found = run("login", address)
    assert found.code == 2
    assert "the login has expired" in found.err
    assert not kept.exists()


def test_a_server_that_is_asked_too_often_is_asked_later(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    slow = problem(429, "WB273", "too often")
    slow.headers["Retry-After"] = "1"
    visited.polls = [slow, granted()]
    assert run("login", address).code == 0
    assert kept.exists()


def test_a_server_that_is_away_is_said_to_be(run: Bench, visited: Visited, kept: Path) -> None:
    with serving(visited.app()) as address:
        pass
    found = run("login", address)
    assert found.code == 3
    assert f"error[WB150]: {address} is not available" in found.err
    assert not kept.exists()


@pytest.mark.usefixtures("kept")
def test_plain_http_is_for_this_machine(run: Bench) -> None:
    found = run("login", "http://weigh.example")
    assert found.code == 2
    assert "wanted  an address of https" in found.err


@pytest.mark.usefixtures("kept")
def test_nobody_logs_in_to_a_folder(run: Bench) -> None:
    found = run("login")
    assert found.code == 2
    assert "error[WB100]: no server is named" in found.err


@pytest.mark.usefixtures("kept")
def test_offline_asks_nobody(run: Bench, visited: Visited, address: str) -> None:
    assert run("login", "--offline", address).code == 3
    assert visited.heard == []


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "url", ["http://weigh.example/x", "javascript:alert(1)", "https://a@weigh.example", "https://["]
)
def test_people_are_sent_to_no_unsafe_page(
    run: Bench, visited: Visited, address: str, url: str
) -> None:
    visited.url = url
    found = run("login", address)
    assert found.code == 1
    assert "sends people to a page that is not safe" in found.err
    assert len(visited.heard) == 1


def test_a_server_with_a_certificate_nobody_vouches_for_is_not_asked(
    run: Bench, visited: Visited, kept: Path, tmp_path: Path
) -> None:
    speaking.trust.cache_clear()
    with serving(visited.app(), certificate=local_certificate(tmp_path)) as address:
        found = run("login", address)
    assert found.code == 3
    assert f"the certificate of {address} is not trusted" in found.err
    assert visited.heard == []
    assert not kept.exists()


def test_who_waits_may_go(visited: Visited, address: str, tmp_path: Path) -> None:
    visited.polls = [pending()]
    kept = tmp_path / "servers.json"
    environ = clean_environ() | {"WEIGHBRIDGE_KEYS": str(tmp_path / "keys")}
    with subprocess.Popen(
        command("login", address), cwd=tmp_path, env=environ, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert visited.asked.wait(30)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not kept.exists()


def test_a_job_is_let_in_by_what_its_ci_says(
    run: Bench, visited: Visited, address: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{address}/ci/token?api-version=2")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "asks-for-the-job")
    found = run("login", "--exchange", "--audience", "weigh", address)
    assert (found.code, found.out) == (0, "")
    assert secrets_in(found.err) == []
    assert json.loads(kept.read_text())["servers"][address]["secret"] == SHORT
    assert visited.heard == [
        ("GET", "/ci/token", "asks-for-the-job"),
        ("POST", "/v1/tokens/exchange", ""),
    ]
    assert visited.bodies[-1]["grant_type"] == ["urn:ietf:params:oauth:grant-type:token-exchange"]


def test_a_job_may_name_a_file(
    run: Bench, address: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = run.folder / "job.jwt"
    file.write_text(f"{JOB}\n")
    file.chmod(0o600)
    monkeypatch.setenv("WEIGHBRIDGE_ID_TOKEN_FILE", "job.jwt")
    assert run("login", "--exchange", address).code == 0
    assert SHORT in kept.read_text()
    file.write_text("a.password.of-mine\n")
    found = run("login", "--exchange", address)
    assert found.code == 4
    assert "no job of this kind is let in" in found.err
    assert "password" not in found.err


@pytest.mark.usefixtures("kept")
def test_without_the_identity_of_a_job_there_is_no_exchange(
    run: Bench, visited: Visited, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_URL", raising=False)
    found = run("login", "--exchange", address)
    assert found.code == 4
    assert "error[WB152]: nobody says which job this is" in found.err
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{address}/ci/token")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-another")
    found = run("login", "--exchange", address)
    assert found.code == 4
    assert "the CI does not say which job this is" in found.err
    assert "of-another" not in found.err
    assert [path for _, path, _ in visited.heard] == ["/ci/token"]


def test_a_login_is_ended_there_and_here(
    run: Bench, visited: Visited, address: str, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(visited, run, address)
    monkeypatch.setenv("WEIGHBRIDGE_TOKEN", "wbt_of-another-kind")
    found = run("logout", address)
    assert found.code == 0
    assert f"logged out of {address}" in found.err
    assert visited.revoked == {SECRET}
    assert SECRET not in kept.read_text()
    assert "nobody is logged in" in run("logout", address).err


def test_a_login_that_had_ended_is_forgotten(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    log_in(visited, run, address)
    visited.revoked.add(SECRET)
    found = run("logout", address)
    assert found.code == 0
    assert "it had ended" in found.err
    assert SECRET not in kept.read_text()


@pytest.mark.parametrize("broken", [403, 500, 503])
def test_a_login_the_server_does_not_end_is_forgotten_and_said_to_count(
    run: Bench, visited: Visited, address: str, kept: Path, broken: int
) -> None:
    log_in(visited, run, address)
    visited.broken = Response(status_code=broken)
    found = run("logout", "-q", address)
    assert found.code == 3
    assert "the login may still count, at most until 2099-01-01T00:00:00Z" in found.err
    assert SECRET not in kept.read_text()


def test_a_server_that_is_away_keeps_nobody_from_forgetting(
    run: Bench, visited: Visited, kept: Path
) -> None:
    with serving(visited.app()) as address:
        log_in(visited, run, address)
    found = run("logout", address)
    assert found.code == 3
    assert "forgotten here" in found.err
    assert SECRET not in kept.read_text()


def test_no_credential_follows_where_a_server_leads(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    other = Visited()
    log_in(visited, run, address)
    with serving(other.app()) as away:
        visited.broken = elsewhere(away)
        found = run("logout", address)
    assert found.code == 3
    assert "leads elsewhere" in found.err
    assert other.heard == []
    assert SECRET not in kept.read_text()


@pytest.mark.usefixtures("kept")
def test_a_credential_is_for_its_server_only(run: Bench, visited: Visited, address: str) -> None:
    log_in(visited, run, address)
    other = Visited()
    with serving(other.app()) as away:
        found = run("whoami", away)
    assert found.code == 4
    assert f"nobody is logged in to {away} here" in found.err
    assert other.heard == []


def test_whoami_says_whom_the_server_takes_one_for(
    run: Bench, visited: Visited, address: str, kept: Path
) -> None:
    log_in(visited, run, address)
    found = run("whoami", address)
    assert found.code == 0
    assert found.out == (
        "person  ada\nknown   by a login\n"
        f"server  {address}\nscopes  read, write\nroles   approver\n"
        f"until   2099-01-01T00:00:00Z\nfrom    {kept}\n"
    )
    document = run("whoami", "--output-format", "json", "--registry", address).json
    assert document == {
        "schemaVersion": 1,
        "server": address,
        "person": "ada",
        "via": "session",
        "scopes": ["read", "write"],
        "roles": ["approver"],
        "expires": "2099-01-01T00:00:00Z",
        "authenticated": "2026-01-01T00:00:00Z",
        "origin": str(kept),
    }
    visited.revoked.add(SECRET)
    found = run("whoami", address)
    assert found.code == 4
    assert f"weighbridge login {address}" in found.err


@pytest.mark.usefixtures("kept")
def test_whoami_of_a_folder_names_ones_keys(run: Bench) -> None:
    found = run("whoami")
    assert (found.code, found.out) == (0, "")
    assert "you have no keys" in found.err


def test_whoami_of_a_folder_says_who_a_key_is_in_its_ledger(ownerless: Cast) -> None:
    ownerless.begin("ann", threshold=1)
    mine = {one["name"]: one for one in ownerless("whoami", "--output-format", "json").json["keys"]}
    assert (mine["ann"]["person"], mine["ann"]["roles"]) == ("ann", ["owner"])
    assert "  ann: ann, owner\n" in ownerless("whoami").out
