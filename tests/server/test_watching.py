from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.server.team import served, team_app, team_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.server.doors import Guarded


@pytest.fixture
def address(story: Guarded) -> Iterator[str]:
    with served(team_app(story.registry, story.clock)) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with team_client(address) as client:
        yield client


def samples(address: str) -> dict[tuple[str, ...], float]:
    text = team_client(address, who="").get("/metrics").text
    return {
        (one.name, *(f"{name}={value}" for name, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_requests_are_counted_by_template(client: httpx.Client, address: str) -> None:
    for index in ("0", "1", "999999"):
        client.get(f"/v1/ledger/entries/{index}")
    found = samples(address)
    labels = ("method=GET", "route=/v1/ledger/entries/{index}")
    assert found["weighbridge_requests_total", *labels, "status=2xx"] == 2
    assert found["weighbridge_requests_total", *labels, "status=4xx"] == 1
    assert found["weighbridge_request_seconds_count", *labels] == 3
    assert found["weighbridge_requests_under_way",] == 1  # this question itself


def test_whatever_is_asked_there_are_few_labels(client: httpx.Client, address: str) -> None:
    for number in range(20):
        client.get(f"/nothing/{number}")
        client.request(f"ODD{number}", "/v1/releases")
    told = {label for one in samples(address) for label in one[1:] if "le=" not in label}
    assert "route=unknown" in told
    assert "method=unknown" in told
    assert not [label for label in told if "nothing" in label or "ODD" in label]


def test_where_registry_and_jobs_stand_is_told(address: str, story: Guarded) -> None:
    found = samples(address)
    with story.registry.reading() as view:
        assert found["weighbridge_ledger_entries",] == view.size
    assert found["weighbridge_registry_readable",] == 1
    assert found["weighbridge_checkpoint_age_seconds",] > 0
    assert found["weighbridge_jobs", "state=waiting"] == 2
    assert found["weighbridge_changes_total", "outcome=taken"] == 0
    assert found["weighbridge_process_resident_memory_bytes",] > 0


def test_bytes_that_come_are_counted(client: httpx.Client, address: str) -> None:
    client.put("/v1/blobs/sha256:" + "a" * 64, content=b"x" * 5_000)
    assert samples(address)["weighbridge_upload_bytes_total",] == 5_000


def test_changes_are_counted_by_what_became_of_them(client: httpx.Client, address: str) -> None:
    client.post("/v1/changes", json={}, headers={"idempotency-key": "12345678"})
    assert samples(address)["weighbridge_changes_total", "outcome=refused"] == 1


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded"]
)
def test_who_comes_through_a_proxy_is_not_of_this_machine(address: str, header: str) -> None:
    said = team_client(address, who="").get("/metrics", headers={header: "127.0.0.1"})
    assert (said.status_code, said.json()["code"]) == (401, "WB152")
    assert team_client(address, who="reader").get("/metrics").status_code == 200


def test_the_page_names_every_metric(address: str) -> None:
    text = team_client(address, who="").get("/metrics").text
    served_names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    page = (Path(__file__).parents[2] / "docs/reference/metrics.md").read_text()
    assert set(re.findall(r"^\| `(weighbridge_\w+)`", page, re.MULTILINE)) == served_names
