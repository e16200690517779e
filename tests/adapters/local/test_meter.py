from __future__ import annotations

import contextlib
import json
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.tools import run_tool
from weighbridge.adapters.local.prometheus import LocalPrometheus, Watched, files, rule_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DIGEST = "sha256:" + "ab" * 32
RULES = b"groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]\n"
WATCHED = Watched(
    digest=DIGEST, version="1.0", job="job", slot="slot-2", port=4001, path="/m", rules=RULES
)


@contextlib.contextmanager
def saying(data: bytes) -> Iterator[LocalPrometheus]:
    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET  # noqa: N815 - the server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Says) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield LocalPrometheus(lambda: f"127.0.0.1:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()


def success(**found: Any) -> bytes:  # noqa: ANN401
    return json.dumps({"status": "success", **found}).encode()


@pytest.mark.parametrize(
    ("said", "values", "error"),
    [
        (success(data={"resultType": "vector", "result": []}), (), ""),
        (
            success(data={"resultType": "vector", "result": [{"value": [1, "2"]}] * 2}),
            ("2", "2"),
            "",
        ),
        (success(data={"resultType": "scalar", "result": [1, "NaN"]}), ("NaN",), ""),
        (success(data={"resultType": "matrix", "result": []}), (), "matrix"),
        (success(data={"resultType": "vector", "result": []}, warnings=["gone"]), (), "gone"),
        (success(data={"resultType": "vector", "result": [{}]}), (), "without a value"),
        (success(), (), "without a result"),
        (b"", (), "no JSON"),
        (b"[" * 100_000, (), "no JSON"),
        (b"[]", (), "no JSON of Prometheus"),
        (json.dumps({"status": "error", "error": "x" * 9999}).encode(), (), "xxx"),
    ],
)
def test_an_answer_is_values_or_why_there_are_none(
    said: bytes, values: tuple[str, ...], error: str
) -> None:
    with saying(said) as meter:
        found = meter.ask("up")
    assert found.values == values
    assert error in found.error
    assert bool(found.error) == bool(error)
    assert len(found.error) <= 400


def test_a_prometheus_that_is_not_there_is_said() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        assert LocalPrometheus(lambda: f"127.0.0.1:{port}").ask("up").error
    assert LocalPrometheus(lambda: "").ask("up").error == "prometheus does not run".capitalize()
    assert LocalPrometheus(lambda: "").firing(DIGEST) is None


def rules(**changes: Any) -> bytes:  # noqa: ANN401
    labels = {"release": DIGEST, "failure_mode": "one,two"}
    rule = {
        "name": "A",
        "health": "ok",
        "alerts": [{"state": "firing", "labels": labels}, {"state": "pending", "labels": labels}],
    }
    group = {"file": f"/a/{rule_file(DIGEST)}", "rules": [rule | changes]}
    return success(data={"groups": [{"file": "rules/else.yml", "rules": []}, group]})


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (rules(), {"one": "A", "two": "A"}),
        (rules(alerts=[]), {}),
        (rules(health="unknown"), None),
        (rules(health="err"), None),
        (rules(alerts=[{}]), None),
        (rules(alerts=[{"state": "firing", "labels": {"release": "another"}}]), {}),
        (success(data={"groups": []}), None),
        (success(data=[]), None),
        (b"", None),
    ],
)
def test_what_fires_is_told_once_the_rules_were_looked_at(
    said: bytes, found: dict[str, str] | None
) -> None:
    with saying(said) as meter:
        assert meter.firing(DIGEST) == found


def test_prometheus_takes_what_is_written(tmp_path: Path) -> None:
    written = files([WATCHED], seconds=1, proxy=8405)
    for name, data in written.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    done = run_tool("promtool", "check", "config", str(tmp_path / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    [target] = json.loads(written["targets.json"])
    assert target["labels"]["release"] == DIGEST
    relabel = yaml.safe_load(written["prometheus.yml"])["scrape_configs"][1]
    kept = [one for one in relabel["metric_relabel_configs"] if "replacement" in one]
    assert [(one["regex"], one["replacement"]) for one in kept] == [("slot-2", DIGEST)]


def test_nothing_runs_and_nothing_is_read() -> None:
    written = files([], seconds=1, proxy=8405)
    assert json.loads(written["targets.json"]) == []
    assert yaml.safe_load(written["prometheus.yml"])["rule_files"] == []
