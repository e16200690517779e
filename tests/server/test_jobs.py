"""Jobs over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.team import served, team_app, team_client
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.server.routes.jobs import job_routes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.server.doors import Guarded

RELEASE = "sha256:" + "a" * 64


@pytest.fixture
def address(story: Guarded, tmp_path: Path) -> Iterator[str]:
    jobs = DbosJobs(JobTables(address_of(str(tmp_path))))
    try:
        with served(team_app(story.registry, story.clock, routers=[job_routes(jobs)])) as found:
            yield found
    finally:
        jobs.close()


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with team_client(address) as client:
        yield client


def test_a_job_is_ordered_found_and_cancelled(client: httpx.Client) -> None:
    assert client.get("/v1/jobs").json() == {"schemaVersion": 1, "jobs": [], "next": ""}
    said = client.post("/v1/jobs", json={"kind": "check", "about": {"release": RELEASE}})
    assert said.status_code == 202, said.text
    job = said.json()
    assert job["schemaVersion"] == 1
    assert (job["kind"], job["about"], job["asked"]) == ("check", {"release": RELEASE}, "dora")
    assert (job["state"], job["entry"], job["result"], job["error"]) == ("waiting", None, {}, "")
    assert client.get(f"/v1/jobs/{job['key']}").json() == job
    cancelled = client.delete(f"/v1/jobs/{job['key']}")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    for method in ("GET", "DELETE"):
        missing = client.request(method, "/v1/jobs/nothing")
        assert missing.status_code == 404
        assert missing.json()["detail"] == "there is no job nothing"


def test_pages_leave_nothing_out(client: httpx.Client) -> None:
    keys = {client.post("/v1/jobs", json={"kind": "notify"}).json()["key"] for _ in range(5)}
    first = client.get("/v1/jobs", params={"limit": 3}).json()
    second = client.get("/v1/jobs", params={"limit": 3, "after": first["next"]}).json()
    assert second["next"] == ""
    assert {job["key"] for job in first["jobs"] + second["jobs"]} == keys
    assert client.get("/v1/jobs", params={"state": "done"}).json()["jobs"] == []
    assert client.get("/v1/jobs", params={"after": "nonsense"}).status_code == 400


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"kind": "check"}, "release"),
        ({"kind": "pack", "about": {"release": RELEASE}}, "environment, release, [to]"),
        ({"kind": "notify", "about": {"release": RELEASE}}, "nothing"),
        ({"kind": "replay"}, "release"),
        ({"kind": "replay", "about": {"release": RELEASE, "allow": "true"}}, "release"),
        ({"kind": "pack", "about": {"release": RELEASE, "to": "x"}}, "environment, release, [to]"),
        ({"kind": "warn", "about": {"days": "5"}}, "nothing"),
        ({"kind": "rescan", "about": {"to": "x"}}, "[environment]"),
    ],
)
def test_what_a_kind_is_about_is_known(
    client: httpx.Client, body: dict[str, object], wanted: str
) -> None:
    said = client.post("/v1/jobs", json=body)
    assert said.status_code == 400
    assert said.json()["faults"][0]["wanted"] == wanted
    assert client.post("/v1/jobs", json={"kind": "deliver"}).status_code == 400


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("replay", {"release": RELEASE}),
        ("pack", {"release": RELEASE, "environment": "production", "to": "oci://a.example.com/b"}),
        ("warn", {}),
    ],
)
def test_each_kind_is_ordered(client: httpx.Client, kind: str, about: dict[str, str]) -> None:
    said = client.post("/v1/jobs", json={"kind": kind, "about": about})
    assert said.status_code == 202, said.text
    assert (said.json()["kind"], said.json()["about"]) == (kind, about)
    assert kind in client.get("/v1/openapi.json").text


def test_who_reads_orders_nothing(address: str) -> None:
    with team_client(address, who="reader") as reader:
        assert reader.get("/v1/jobs").status_code == 200
        assert reader.post("/v1/jobs", json={"kind": "notify"}).status_code == 403
        assert reader.delete("/v1/jobs/x").status_code == 403
    with team_client(address, who="") as nobody:
        assert nobody.get("/v1/jobs").status_code == 401
