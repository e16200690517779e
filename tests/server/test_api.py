from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from starlette.routing import Route

from tests.server.team import served, team_app, team_client
from weighbridge.ledger.merkle import leaf_hash
from weighbridge.ledger.tiles import read_bundle, read_hashes
from weighbridge.report.problem import PROBLEM
from weighbridge.server.access import API, TABLE
from weighbridge.server.guard import Pace, rows_of
from weighbridge.server.services import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from fastapi import FastAPI

    from tests.server.doors import Guarded

ANNE = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def app(story: Guarded) -> FastAPI:
    return team_app(story.registry, story.clock)


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with team_client(address) as client:
        yield client


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def test_every_route_has_a_row_and_every_row_a_route(app: FastAPI) -> None:
    routes = {
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes <= set(TABLE)
    with pytest.raises(LookupError, match="no row for"):
        rows_of("/v1/new", ["GET"])


def test_the_description_has_every_route(client: httpx.Client, app: FastAPI) -> None:
    found = client.get("/v1/openapi.json").json()
    assert found["openapi"].startswith("3.1.")
    told = {
        (method.upper(), path)
        for path, operations in found["paths"].items()
        for method in operations
    }
    rows = {(method, path.replace(":path}", "}")) for method, path in TABLE}
    served = {
        (method, route.path.replace(":path}", "}"))
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served & set(API) - {("GET", "/v1/openapi.json")} <= told
    assert told <= rows


def test_nobody_gets_nothing_but_health(address: str) -> None:
    nobody = team_client(address, who="")
    for (method, path), access in TABLE.items():
        filled = path.replace("{digest}", ANNE).replace("{index}", "0").replace("{path:path}", "0")
        said = nobody.request(method, filled.replace("{topic:path}", "x"))
        if access.scope is None or access.near or said.status_code == 405:
            continue
        if said.status_code == 404:  # routes that come with login and jobs
            continue
        assert said.status_code == 401, (method, path, said.text)
        assert said.headers["www-authenticate"] == "Bearer"
        assert said.json()["code"] == "WB152"


def test_a_credential_that_is_unknown_is_refused_though_nothing_is_asked(address: str) -> None:
    said = team_client(address, who="eve").get("/healthz")
    assert (said.status_code, said.json()["code"]) == (401, "WB152")


def test_a_scope_lets_ask_and_no_more(address: str) -> None:
    reader = team_client(address, who="reader")
    assert reader.get("/v1/registry").status_code == 200
    said = reader.put(f"/v1/blobs/{ANNE}", content=b"x")
    assert (said.status_code, said.json()["code"]) == (403, "WB170")
    assert said.json()["faults"][0]["wanted"] == "write"


def test_the_registry_is_told(client: httpx.Client, story: Guarded) -> None:
    found = client.get("/v1/registry").json()
    with story.registry.reading() as view:
        assert (found["size"], found["checkpoint"]) == (view.size, view.checkpoint.decode())
    assert found["logKey"] == story.registry.log_key
    assert found["logKey"].startswith(found["origin"] + "+")


def test_tiles_are_those_of_the_log(client: httpx.Client, story: Guarded) -> None:
    with story.registry.reading() as view:
        size, entries = view.size, list(view.entries())
    bundle = client.get(f"/v1/ledger/tile/entries/000.p/{size}")
    assert read_bundle(bundle.content, size) == entries
    hashes = client.get(f"/v1/ledger/tile/0/000.p/{size}")
    assert read_hashes(hashes.content, size) == [leaf_hash(entry) for entry in entries]
    assert "immutable" in bundle.headers["cache-control"]
    again = client.get(
        f"/v1/ledger/tile/0/000.p/{size}", headers={"if-none-match": hashes.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    for path in ("0/001", f"entries/000.p/{size + 1}", "0/0", "../../etc/passwd", "64/000"):
        assert client.get(f"/v1/ledger/tile/{path}").status_code == 404, path


def test_entries_are_paged_by_index_and_by_topic(client: httpx.Client, story: Guarded) -> None:
    with story.registry.reading() as view:
        entries = [entry.decode() for entry in view.entries()]
        wanted = view.found("control")
    seen, after = [], ""
    while True:
        page = client.get("/v1/ledger/entries", params={"limit": 3, "after": after}).json()
        seen += page["entries"]
        after = page["next"]
        if not after:
            break
    assert [one["entry"] for one in seen] == entries
    assert [one["index"] for one in seen] == list(range(len(entries)))
    one = client.get("/v1/ledger/entries/2")
    assert one.text == entries[2]
    assert one.headers["etag"] == f'"{digest(one.content)}"'
    found = client.get("/v1/ledger/topics/control", params={"limit": 2}).json()
    assert [row["index"] for row in found["entries"]] == wanted[:2]
    assert found["next"]
    proof = client.get("/v1/ledger/proofs/3").json()
    assert proof["entry"] == entries[3]
    assert client.get(f"/v1/ledger/proofs/{len(entries)}").status_code == 404
    for cursor in ("x", "WyJhIl0", "IiI"):
        said = client.get("/v1/ledger/entries", params={"after": cursor})
        assert (said.status_code, said.json()["code"]) == (400, "WB272")


def test_a_release_and_its_papers_are_told(client: httpx.Client) -> None:
    page = client.get("/v1/releases", params={"limit": 1}).json()
    (first,) = page["releases"]
    assert page["next"]
    rest = client.get("/v1/releases", params={"after": page["next"]}).json()["releases"]
    assert first not in rest
    found = client.get(f"/v1/releases/{first['digest']}").json()
    assert (found["name"], found["version"]) == (first["name"], first["version"])
    manifest = client.get(found["manifest"])
    assert digest(manifest.content) == first["digest"]
    assert manifest.headers["etag"] == f'"{first["digest"]}"'
    papers = [
        paper
        for one in (first, *rest)
        for paper in client.get(f"/v1/releases/{one['digest']}").json()["evidence"]
    ]
    assert digest(client.get(papers[0]["href"]).content) == papers[0]["bundle"]
    assert client.get(f"/v1/releases/{ANNE}").status_code == 404
    assert client.get("/v1/releases/sha256:12").status_code == 400
    said = client.get("/v1/releases", params={"containing": "no such"}).json()
    assert said == {"schemaVersion": 1, "size": said["size"], "releases": [], "next": ""}


def test_environments_status_and_the_gate_answer_as_the_command_line(
    client: httpx.Client,
) -> None:
    told = client.get("/v1/environments").json()["environments"]
    assert [one["name"] for one in told] == ["production", "staging"]
    assert client.get("/v1/environments/production").json()["name"] == "production"
    assert client.get("/v1/environments/nowhere").status_code == 404
    pointers = client.get("/v1/status", params={"environment": "production"}).json()["pointers"]
    assert pointers
    assert {one["environment"] for one in pointers} == {"production"}
    said = client.post(
        "/v1/environments/production/evaluations", json={"release": pointers[0]["release"]}
    ).json()
    assert said["verdict"] in {"allowed", "denied", "needs", "inconclusive"}
    assert said["decision"] is None
    assert said["conditions"]
    before = client.get("/v1/registry").json()["size"]
    assert (
        client.post("/v1/environments/production/evaluations", json={"release": ANNE}).status_code
        == 404
    )
    assert client.get("/v1/registry").json()["size"] == before


def test_bytes_are_seen_when_they_are_whole(client: httpx.Client, story: Guarded) -> None:
    data = b"weights" * 300_000
    name = digest(data)
    wrong = client.put(f"/v1/blobs/{name}", content=data[:-1])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "WB271")
    assert not story.registry.blobs.has(name)
    assert client.post("/v1/missing-blobs", json={"digests": [name]}).json()["missing"] == [name]
    assert client.put(f"/v1/blobs/{name}", content=data).status_code == 201
    assert client.put(f"/v1/blobs/{name}", content=data).json()["new"] is False
    assert client.get(f"/v1/blobs/{name}").content == data
    part = client.get(f"/v1/blobs/{name}", headers={"range": "bytes=7-20"})
    assert (part.status_code, part.content) == (206, data[7:21])
    assert part.headers["content-range"] == f"bytes 7-20/{len(data)}"
    assert client.get(f"/v1/blobs/{name}", headers={"range": "bytes=-7"}).content == b"weights"
    beyond = client.get(f"/v1/blobs/{name}", headers={"range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    head = client.head(f"/v1/blobs/{name}")
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(data)))
    listed = client.get("/v1/blobs").json()["blobs"]
    assert name in {one["name"] for one in listed}
    assert client.delete(f"/v1/blobs/{name}", params={"before": 0}).json()["removed"] is False
    assert client.delete(f"/v1/blobs/{name}", params={"before": 1e11}).json()["removed"] is True
    assert client.get(f"/v1/blobs/{name}").status_code == 404


def test_more_than_there_may_be_is_refused(story: Guarded) -> None:
    app = team_app(story.registry, story.clock, limits=Limits(body=500, upload=1_000, requests=60))
    with served(app) as address, team_client(address) as client:
        said = client.post("/v1/missing-blobs", json={"digests": [ANNE] * 20})
        assert (said.status_code, said.json()["code"]) == (413, "WB273")
        streamed = client.post(
            "/v1/missing-blobs",
            content=(b" " * 100 for _ in range(9)),
            headers={"content-type": "application/json"},
        )
        assert streamed.status_code == 413
        assert client.put(f"/v1/blobs/{ANNE}", content=b"x" * 1_001).status_code == 413
        assert (
            client.put(f"/v1/blobs/{ANNE}", content=(b"x" * 500 for _ in range(3))).status_code
            == 413
        )
        statuses = [client.get("/v1/registry").status_code for _ in range(8)]
        assert statuses[-1] == 429


def test_pace_is_of_each_asker_and_comes_back() -> None:
    now = [0.0]
    pace = Pace(600, clock=lambda: now[0])
    for _ in range(60):
        pace.count("ann")
    with pytest.raises(Exception, match="too often"):
        pace.count("ann")
    pace.count("ben")
    now[0] += 0.2
    pace.count("ann")


def test_answers_say_how_they_may_be_used(client: httpx.Client) -> None:
    for path in ("/v1/registry", "/healthz", "/v1/nothing"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-request-id"]
    named = client.get("/healthz", headers={"x-request-id": "from-the-proxy"})
    assert named.headers["x-request-id"] == "from-the-proxy"
    forged = client.get("/healthz", headers={"x-request-id": "a b\tc"})
    assert forged.headers["x-request-id"] != "a b\tc"
    said = client.get("/v1/nothing").json()
    assert (said["status"], said["code"]) == (404, "WB130")
    assert client.post("/v1/registry").status_code == 405


def test_bodies_are_documents_and_nothing_else(client: httpx.Client) -> None:
    for body in (b"", b"[]", b"{", b'{"digests": [1]}', b'{"digests": [], "more": 1}'):
        said = client.post(
            "/v1/missing-blobs", content=body, headers={"content-type": "application/json"}
        )
        assert (said.status_code, said.json()["code"]) == (400, "WB272"), body
    assert json.loads(client.get("/v1/openapi.json").text)["info"]["title"] == "weighbridge"


def test_what_breaks_is_told_by_its_kind_alone(story: Guarded) -> None:
    class Broken:
        def reading(self) -> None:
            raise RuntimeError("secret path")

    app = team_app(story.registry, story.clock)
    app.state.services = dataclasses.replace(app.state.services, registry=Broken())
    with served(app) as address, team_client(address) as client:
        said = client.get("/v1/ledger/entries")
        assert client.get("/readyz").status_code == 500
    assert (said.status_code, said.json()["code"]) == (500, "WB001")
    assert "secret" not in said.text
    assert said.headers["x-request-id"] == said.json()["instance"]


@pytest.mark.parametrize("kind", ["manifests", "evidence", "blobs"])
def test_the_short_way_to_bytes_has_the_same_guard(
    address: str, client: httpx.Client, kind: str
) -> None:
    path = f"/v1/{kind}/sha256:{'0' * 64}"
    for who in ("", "stranger"):
        with team_client(address, who=who) as other:
            said = other.get(path)
            assert said.status_code == 401
            assert said.headers["www-authenticate"] == "Bearer"
            assert said.headers["content-type"] == PROBLEM
    missing = client.get(path, headers={"x-request-id": "looked-for-in-vain"})
    assert missing.status_code == 404
    assert missing.json()["instance"] == "looked-for-in-vain"
    assert missing.headers["content-security-policy"].startswith("default-src 'none'")
    assert client.head(path).status_code == 404
    assert client.post(path).status_code == 405
    assert client.get(f"{path}/").status_code == 404
    assert client.get(path.upper()).status_code == 404
