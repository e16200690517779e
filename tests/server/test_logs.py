from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.team import served, team_app, team_client
from weighbridge.server.logs import JsonLines, TextLines, redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.doors import Guarded

SECRETS = {
    "authorization": "Bearer wbt_s3cr3tAAAAAAAAAA",
    "cookie": "session=s3cr3tBBBBBBBBBB",
    "x-csrf-token": "s3cr3tCCCCCCCCCC",
    "idempotency-key": "s3cr3tDDDDDDDDDD",
    "proxy-authorization": "Basic s3cr3tEEEEEEEEEE",
}
DATABASE = "postgresql://weighbridge:s3cr3tFFFFFFFFFF@db.example.com/weighbridge"


class BrokenRegistry:
    """Says more than it should when it is asked."""

    def reading(self) -> None:
        raise RuntimeError(f"{DATABASE} password=s3cr3tGGGGGGGGGG is away\x1b[2J\u202e")


@pytest.fixture(params=[JsonLines, TextLines])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Collect what the server says."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    logger = logging.getLogger("weighbridge.server")
    before = (logger.handlers, logger.level, logger.propagate)
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.INFO)
    yield stream
    logger.handlers, logger.level, logger.propagate = before


def test_a_request_is_one_line(story: Guarded, written: io.StringIO) -> None:
    with served(team_app(story.registry, story.clock)) as address:
        team_client(address).get("/v1/ledger/entries/0", headers={"x-request-id": "asked-by-me"})
    (line,) = written.getvalue().splitlines()
    if line.startswith("{"):
        found = json.loads(line)
        assert found["request"] == "asked-by-me"
        assert (found["method"], found["status"]) == ("GET", 200)
        assert (found["route"], found["path"]) == (
            "/v1/ledger/entries/{index}",
            "/v1/ledger/entries/0",
        )
        assert (found["person"], found["credential"]) == ("dora", "session-dora")
        assert found["sent"] > 0
        assert found["milliseconds"] > 0
        assert found["time"].endswith("Z")
    else:
        assert " info answered request=asked-by-me method=GET " in line


def test_no_secret_is_in_anything_that_is_said(story: Guarded, written: io.StringIO) -> None:
    said = []
    with served(team_app(story.registry, story.clock)) as address:
        nobody = team_client(address, who="")
        for path in ("/v1/releases", "/login/callback", "/healthz", "/v1/blobs/wbs_s3cr3tHHHHHHHH"):
            query = {"code": "s3cr3tIIIIIIIIII", "state": "s3cr3tJJJJJJJJJJ"}
            for method in ("GET", "POST", "PUT"):
                answer = nobody.request(method, path, params=query, headers=SECRETS)
                said += [answer.text, str(answer.headers)]
        said.append(nobody.get("/metrics").text)
    broken: Any = BrokenRegistry()
    with served(team_app(broken, story.clock)) as address:
        said.append(team_client(address).get("/v1/registry").text)
        said.append(team_client(address).get("/readyz").text)
    log = written.getvalue()
    assert "RuntimeError" in log
    assert "s3cr3t" not in log
    assert not [text for text in said if "s3cr3t" in text]


def test_what_others_wrote_moves_no_cursor(story: Guarded, written: io.StringIO) -> None:
    broken: Any = BrokenRegistry()
    with served(team_app(broken, story.clock)) as address:
        team_client(address).get("/v1/registry")
        team_client(address).get("/x%1b[2J%0aforged%e2%80%ae")
    log = written.getvalue()
    assert not [char for char in log if not (char.isprintable() or char == "\n")]
    assert "\nforged" not in log


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("at postgresql://a:b@c/d", "at postgresql://a:[redacted]@c/d"),
        ("password=x y", "password=[redacted] y"),
        ("Authorization: Bearer abc", "Authorization: Bearer [redacted]"),
        ("wbt_abcdefgh12", "[redacted]"),
        ("wbt is a word", "wbt is a word"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, wanted: str) -> None:
    assert redacted(text) == wanted
