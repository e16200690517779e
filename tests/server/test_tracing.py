from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.collectors import attributes, collecting
from tests.server.team import served, team_app, team_client
from tests.usecases.workshop import clean_environ, command
from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
from weighbridge.adapters.jobs.tables import JobTables, address_of
from weighbridge.model.team.job import JobKind, Order
from weighbridge.server.logs import fields_of
from weighbridge.server.otlp import OtlpTracing
from weighbridge.server.routes.jobs import job_routes
from weighbridge.server.tracing import NO_TRACING, begin_tracing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Scope

    from tests.collectors import Collected
    from tests.server.doors import Guarded

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TOLD = f"00-{TRACE}-{PARENT}-01"
DATA = b"bytes that are traced"
SECONDS = 60


@pytest.fixture
def collected() -> Iterator[Collected]:
    with collecting() as found:
        yield found


@contextlib.contextmanager
def traced(story: Guarded, endpoint: str, folder: Path) -> Iterator[httpx.Client]:
    """Serve an application that tells a collector; all it tells is sent at the end."""
    tracing = OtlpTracing(endpoint, service="weighbridge-server")
    jobs = DbosJobs(JobTables(address_of(str(folder))))
    app = team_app(story.registry, story.clock, routers=[job_routes(jobs)], tracing=tracing)
    try:
        with served(app) as address, team_client(address) as client:
            yield client
    finally:
        jobs.close()
        tracing.close()


def test_a_request_is_a_span_of_the_trace_it_came_in(
    story: Guarded, collected: Collected, tmp_path: Path
) -> None:
    with traced(story, collected.address, tmp_path) as client:
        headers = {"traceparent": TOLD, "x-request-id": "request-of-a-test"}
        assert client.get("/v1/ledger/entries/0", headers=headers).status_code == 200
    span = collected.spans["GET /v1/ledger/entries/{index}"]
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert span.kind == span.SPAN_KIND_SERVER
    assert attributes(span) == {
        "http.request.method": "GET",
        "http.route": "/v1/ledger/entries/{index}",
        "http.response.status_code": 200,
        "weighbridge.request_id": "request-of-a-test",
    }
    assert collected.paths == {"/v1/traces"}
    assert collected.services == {"weighbridge-server"}


@pytest.mark.parametrize("told", ["nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_trace_that_is_none_begins_here(
    story: Guarded, collected: Collected, tmp_path: Path, told: str
) -> None:
    with traced(story, collected.address, tmp_path) as client:
        assert client.get("/healthz", headers={"traceparent": told}).status_code == 200
        twice = [("traceparent", TOLD), ("traceparent", TOLD)]
        assert client.get("/v1/registry", headers=twice).status_code == 200
    for span in collected.spans.values():
        assert span.parent_span_id == b""
        assert span.trace_id.hex() != TRACE


def test_what_is_asked_and_sent_is_in_no_span(
    story: Guarded, collected: Collected, tmp_path: Path
) -> None:
    with traced(story, collected.address, tmp_path) as client:
        client.get("/v1/releases", params={"containing": "wbt_hidden-query"})
        client.get("/hidden-path/wbt_hidden")
        client.request("HIDDEN", "/v1/releases")
        client.get("/v1/releases", headers={"authorization": "Bearer hidden-token"})
        client.put("/v1/blobs/sha256:" + "e" * 64, content=b"hidden body")
        client.post("/v1/changes", json={"hidden": "hidden"})
    assert {"_OTHER", "GET", "PUT /v1/blobs/{digest}", "take a blob in"} <= set(collected.spans)
    said = b"".join(collected.raw).lower()
    for secret in (b"hidden", b"eeee", b"127.0.0.1", b"dora", b"bearer"):
        assert secret not in said


def test_what_a_request_is_busy_with_is_a_span_below_it(
    story: Guarded, collected: Collected, tmp_path: Path
) -> None:
    digest = story.registry.blobs.put(DATA)
    with traced(story, collected.address, tmp_path) as client:
        assert client.get(f"/v1/blobs/{digest}").content == DATA
        ordered = client.post("/v1/jobs", json={"kind": "notify"}, headers={"traceparent": TOLD})
        assert ordered.status_code == 202
    spans = collected.spans
    out, above = spans["hand a blob out"], spans["GET /v1/blobs/{digest}"]
    assert (out.trace_id, out.parent_span_id) == (above.trace_id, above.span_id)
    assert attributes(out) == {"weighbridge.bytes": len(DATA)}
    order, above = spans["order a job"], spans["POST /v1/jobs"]
    assert (order.trace_id.hex(), order.parent_span_id) == (TRACE, above.span_id)


def test_a_dead_collector_costs_no_request_its_answer(story: Guarded, tmp_path: Path) -> None:
    with collecting() as gone:
        address = gone.address
    with traced(story, address, tmp_path) as client:
        for _ in range(20):
            assert client.get("/v1/registry").status_code == 200


def test_a_server_ends_though_its_collector_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        tracing = OtlpTracing(f"http://127.0.0.1:{silent.getsockname()[1]}", service="test")
        for _ in range(20_000):
            with tracing.span("more than the queue holds"):
                pass
        tracing.close()


def test_a_job_is_a_trace_of_its_own_that_names_who_ordered_it(collected: Collected) -> None:
    tracing = OtlpTracing(f"{collected.address}/v1/traces", service="weighbridge-worker")
    with tracing.job("check", TOLD):
        assert tracing.present() == ""
    with tracing.job("pack", ""):
        pass
    with pytest.raises(ValueError, match="broken"), tracing.job("notify", "nonsense"):
        raise ValueError("broken, and hidden")
    tracing.close()
    spans = collected.spans
    (link,) = spans["job check"].links
    assert (link.trace_id.hex(), link.span_id.hex()) == (TRACE, PARENT)
    assert spans["job check"].trace_id.hex() != TRACE
    assert not spans["job pack"].links
    assert not spans["job notify"].links
    assert spans["job notify"].status.code == 2
    assert b"hidden" not in b"".join(collected.raw)


def test_without_a_collector_nothing_is_told() -> None:
    assert begin_tracing("", service="weighbridge-server") is NO_TRACING
    scope: Scope = {"type": "http", "method": "GET", "headers": [], "path": "/", "state": {}}
    NO_TRACING.begin(scope)(200)
    assert NO_TRACING.present() == ""
    assert "trace_id" not in fields_of(scope, 200, 0.0)


@pytest.mark.slow
def test_a_server_and_a_worker_tell_what_they_do_before_they_end(
    collected: Collected, tmp_path: Path
) -> None:
    told = f'[telemetry]\notlp-endpoint = "{collected.address}"\n'
    (tmp_path / "server.toml").write_text(f'anonymous = "read"\n{told}')
    (tmp_path / "worker.toml").write_text(told)
    environ = clean_environ() | {"WEIGHBRIDGE_HOME": str(tmp_path / "home")}
    log = tmp_path / "log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command("serve", "--port=0", "--grace=0", "--config=server.toml"),
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[-1].decode()
            headers = {"traceparent": TOLD}
            assert httpx.get(f"{address}/v1/registry", headers=headers).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0
        finally:
            process.kill()
            process.communicate()
    assert collected.spans["GET /v1/registry"].trace_id.hex() == TRACE
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["trace_id"] for line in lines if line.get("route") == "/v1/registry"] == [TRACE]
    with contextlib.closing(DbosJobs(JobTables(address_of(str(tmp_path / "home"))))) as jobs:
        jobs.order(Order(key="asked:1", kind=JobKind.NOTIFY, asked="dora", trace=TOLD))
        found = jobs.get("asked:1")
        assert found is not None
        assert found.order.trace == TOLD
    done = subprocess.run(
        command("worker", "--once", "--config=worker.toml"),
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [link.trace_id.hex() for link in collected.spans["job notify"].links] == [TRACE]
    assert collected.services == {"weighbridge-server", "weighbridge-worker"}
