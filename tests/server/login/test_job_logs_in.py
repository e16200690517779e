"""A CI job logs in with its own token at a server in a process of its own, and works with it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.server.doors import JSON, NOW, opened
from tests.server.login.jobs_of_a_ci import GITLAB, REQUEST_SECRET, Ci, ci_app, settings_of
from tests.server.team import served
from tests.usecases.workshop import Ran, run_apart
from weighbridge.adapters.accounts.opening import FILE, open_accounts
from weighbridge.model.predicates import RENDERING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.server.doors import Door

    Runner = Callable[..., Ran]

pytestmark = pytest.mark.slow
ROLES = '[roles]\nleads = ["ml-lead"]\n'


@pytest.fixture(scope="module")
def ci() -> Iterator[Ci]:
    ci = Ci()
    with served(ci_app(ci)) as ci.issuer:
        yield ci


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, guarded_folder: Path, ci: Ci
) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("jobs") / "guarded"
    shutil.copytree(guarded_folder, folder)
    (folder / "server.toml").write_text(settings_of(ci.issuer, ROLES))
    accounts = open_accounts(folder / ".weighbridge" / FILE)
    accounts.once.first("ci", "long ago", expires="2026-01-01T00:00:00Z")
    accounts.close()
    with opened(folder, "--config", "server.toml", "--log-format", "json") as found:
        yield found


@pytest.fixture
def job(tmp_path: Path, server: Door) -> Runner:
    """Run commands in a job's empty folder, with what a runner tells them."""
    address = server.address.geturl()

    def run(*words: str, **environ: str) -> Ran:
        more = {"WEIGHBRIDGE_KEYS": str(tmp_path / "keys"), **environ}
        return run_apart(tmp_path, *words, "--registry", address, environ=more)

    return run


def github(ci: Ci) -> dict[str, str]:
    return {
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{ci.issuer}/identity?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_SECRET,
    }


def test_what_expired_is_swept_at_the_start(server: Door) -> None:
    assert server.process.stderr is not None
    line = server.process.stderr.readline()
    assert (json.loads(line)["message"], json.loads(line)["rows"]) == ("swept", 1)


def test_a_job_of_github_logs_in_and_works(job: Runner, ci: Ci, tmp_path: Path) -> None:
    logged_in = job("login", "--exchange", "--audience", "weighbridge", **github(ci))
    assert logged_in.code == 0, logged_in.err
    (kept,) = json.loads((tmp_path / "servers.json").read_text())["servers"].values()
    assert kept["secret"].startswith("wbx_")
    assert kept["secret"] not in logged_in.err
    who = job("whoami", "--output-format", "json").json
    assert (who["person"], who["via"], who["scopes"]) == (
        "ci-release",
        "exchange",
        ["read", "write"],
    )
    shown = job("show", NOW)
    assert shown.code == 0, shown.err
    assert "demo" in shown.out
    made = job("token", "new", "--label", "more")
    assert made.code == 4
    assert "error[WB170]: no token does this" in made.err


def test_a_job_brings_what_its_entry_has_a_role_for(
    job: Runner, ci: Ci, tmp_path: Path, server: Door
) -> None:
    assert job("login", "--exchange", "--audience", "weighbridge", **github(ci)).code == 0
    (kept,) = json.loads((tmp_path / "servers.json").read_text())["servers"].values()
    headers = {"authorization": f"Bearer {kept['secret']}", "idempotency-key": "a-rendering"}
    about = server.ask("GET", "/v1/registry", headers=headers).json
    change = {
        "time": about["time"],
        "reads": {"size": about["size"], "control": None},
        "entries": [
            {"kind": "evidence.added", "body": {"predicateType": RENDERING, "subjects": []}}
        ],
    }
    body = json.dumps(change).encode()
    said = server.ask("POST", "/v1/changes", body, {**JSON, **headers})
    assert said.status == 403, said.body
    fault = said.json["faults"][0]
    assert fault["message"] == "the groups of this login stand for no role that may check here"
    assert (fault["seen"], fault["wanted"]) == ("ci-release: releaser", "checker")


def test_a_job_of_gitlab_shows_a_file_once(job: Runner, ci: Ci, tmp_path: Path) -> None:
    file = tmp_path / "job.jwt"
    file.write_text(ci.token(None, repository=None, **GITLAB))
    file.chmod(0o600)
    named = {"WEIGHBRIDGE_ID_TOKEN_FILE": str(file)}
    assert job("login", "--exchange", **named).code == 0
    assert job("whoami", "--output-format", "json").json["person"] == "ci-lab"
    again = job("login", "--exchange", **named)
    assert again.code == 4
    assert "error[WB152]: the job's token does not count here" in again.err
    assert "it was shown before" in again.err


def test_a_job_for_somebody_else_is_told_so_and_the_log_tells_more(
    job: Runner, ci: Ci, server: Door
) -> None:
    said = job("login", "--exchange", **github(ci))
    assert said.code == 4
    assert "it is for somebody else" in said.err
    assert server.process.stderr is not None
    lines = iter(server.process.stderr.readline, "")
    line = next(line for line in lines if "a job is not let in" in line and "somebody" in line)
    address = server.address.geturl()
    assert json.loads(line)["differs"]["2"] == {"aud": address}
