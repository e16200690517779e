"""Whatever the description allows is asked, and what it does not: no 5xx, nothing undescribed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.server.doors import NOW
from tests.server.login.jobs_of_a_ci import Ci, ci_app, settings_of
from tests.server.login.people import PUBLIC, Watch
from tests.server.team import served, team_app
from weighbridge.adapters.accounts.opening import open_accounts
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.codec.server_settings import read_server_settings
from weighbridge.server.login.browser import Browser
from weighbridge.server.login.exchange import Exchange, exchange_routes
from weighbridge.server.login.oidc import Client, Oidc
from weighbridge.server.login.provider import HttpProvider
from weighbridge.server.login.routes import Logins, login_routes
from weighbridge.server.login.tokens import token_routes
from weighbridge.server.routes.jobs import job_routes
from weighbridge.server.services import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter

    from tests.postgres_servers import Cluster
    from tests.server.doors import Guarded

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
CONFIG = """\
[[operations]]
include-method = "GET"
[operations.parameters]
"path.digest" = "{digest}"
"path.environment" = "production"
"path.path" = "0/000.p/7"

[[operations]]
include-method = "POST"
parameters = {{ "path.environment" = "production" }}
"""
"""What is there is asked for, too, not only what might be."""


@pytest.fixture(scope="module")
def routers(postgres: Cluster) -> Iterator[list[APIRouter]]:
    """The routes that a team's server has besides those of the registry."""
    ci, clock, place = Ci(), Watch(), postgres.address(postgres.make_database())
    accounts, jobs = open_accounts(place), DbosJobs(JobTables(address_of(place)))
    http = httpx.AsyncClient(trust_env=False, timeout=10)
    try:
        with served(ci_app(ci)) as ci.issuer:
            provider = HttpProvider(ci.issuer, http=http)
            client = Client(issuer=ci.issuer, identifier="a", redirect=f"{PUBLIC}/login/callback")
            logins = Logins(
                accounts=accounts,
                oidc=Oidc(client, provider=provider, http=http),
                grant=lambda _groups: (frozenset(), frozenset()),
                browser=Browser(PUBLIC),
                clock=clock,
            )
            exchange = Exchange(
                accounts=accounts,
                entries=read_server_settings(settings_of(ci.issuer), "server.toml").ci,
                providers={ci.issuer: provider},
                clock=clock,
            )
            yield [
                login_routes(logins),
                token_routes(accounts, clock=clock),
                exchange_routes(exchange),
                job_routes(jobs),
            ]
    finally:
        jobs.close()
        accounts.close()


@pytest.fixture(scope="module")
def address(story: Guarded, routers: list[APIRouter]) -> Iterator[str]:
    limits = Limits(requests=10**9)
    with served(team_app(story.registry, story.clock, limits=limits, routers=routers)) as address:
        yield address


@pytest.mark.slow
def test_every_operation_answers_as_it_is_described(
    address: str, story: Guarded, tmp_path: Path
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(digest=story.digest(NOW)))
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(program, "--config-file", config, "run", f"{address}/v1/openapi.json"),
            *("--header", "Authorization: Bearer dora", "--checks", ",".join(CHECKS)),
            *("--max-examples", "40", "--seed", "7", "--generation-database", "none"),
            *("--suppress-health-check", "all", "--continue-on-failure", "--no-color"),
        ],
        cwd=tmp_path,
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Operations:" in done.stdout


ODD = ("\x00", "a\x00b", "\ud800", "\x7f\x1b[2J", "é" * 99, "\u202e", "x" * 3_000)
"""Text that databases, headers or encodings refuse; of pages no description tells."""
PAGES = ("/login?next=", "/login/callback?state=", "/login/callback?iss=", "/login/device?code=")


@pytest.mark.parametrize(
    "text", ODD, ids=["nul", "inner-nul", "surrogate", "control", "wide", "turned", "long"]
)
def test_text_nobody_writes_breaks_nothing(address: str, text: str) -> None:
    raw = quote(text, errors="surrogatepass")
    headers = {"authorization": "Bearer dora", "content-type": "application/json"}
    headers["idempotency-key"] = "a-change-of-nobody"
    release = "sha256:" + "0" * 64
    change = {
        "time": "",
        "reads": {"size": 0, "control": None, "topics": {text: 1}},
        "entries": [{"kind": "release.refused", "body": {"name": text}}],
    }
    bodies: dict[str, object] = {
        "/v1/tokens": {"label": text},
        "/v1/jobs": {"kind": "check", "about": {"release": text}},
        f"/v1/logins/{'0' * 16}/token": {"secret": text},
        "/v1/environments/production/evaluations": {"release": text},
        "/v1/changes": change,
        "/v1/missing-blobs": {"digests": [text, release]},
    }
    forms = ({"subject_token": raw}, {"scope": raw, "subject_token": "x"})
    with httpx.Client(base_url=address, headers=headers, trust_env=False, timeout=20) as client:
        said = [
            *(client.get(page + raw, follow_redirects=False) for page in PAGES),
            *(client.get(f"/v1/{what}/{raw}") for what in ("jobs", "environments", "releases")),
            *(client.get(f"/v1/{what}?after={raw}") for what in ("jobs", "releases")),
            *(client.delete(f"/v1/{what}/{raw}") for what in ("jobs", "tokens")),
            *(client.post(path, content=json.dumps(body)) for path, body in bodies.items()),
            *(
                client.post(
                    "/v1/tokens/exchange",
                    content="&".join(f"{name}={one}" for name, one in form.items()),
                    headers={"content-type": "application/x-www-form-urlencoded"},
                )
                for form in forms
            ),
        ]
    broken = [
        f"{one.request.method} {one.request.url} {one.text}" for one in said if one.is_server_error
    ]
    assert broken == []
