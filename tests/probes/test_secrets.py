"""How old secrets are: real clients before small servers, and never a value."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from weighbridge.model.fact import Unavailable
from weighbridge.model.release.services import SecretReference
from weighbridge.model.secrets import SecretAge
from weighbridge.probes.secrets.asking import _age
from weighbridge.probes.secrets.interface import Asker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MADE = "2026-03-04T05:06:07.890123456Z"
VALUE = "hunter2 itself"


class Keeper(BaseHTTPRequestHandler):
    """Answers for Vault (GET) and for Secrets Manager (POST), and hands out no value."""

    asked: list[str] = []  # noqa: RUF012 - one server at a time

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        versions: dict[str, Any] = {
            "1": {"created_time": "2025-01-01T00:00:00Z", "deletion_time": "", "destroyed": False},
            "2": {"created_time": MADE, "deletion_time": "", "destroyed": False},
            "3": {"created_time": MADE, "deletion_time": "", "destroyed": True},
            "4": {"created_time": "no time"},
        }
        answers: dict[str, dict[str, Any]] = {
            "/v1/ml/metadata/blocklist": {"data": {"current_version": 2, "versions": versions}},
            "/v1/ml/metadata/strange": {"data": {"versions": []}},
            "/v1/ml/metadata/list": {"data": []},
            "/v1/ml/metadata/none": {},
        }
        found = answers.get(self.path)
        self._say(403 if found is None else 200, {"errors": [VALUE]} if found is None else found)

    def do_POST(self) -> None:
        target = self.headers["X-Amz-Target"].partition(".")[2]
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(target)
        if asked["SecretId"] != "ml/blocklist":
            self._say(400, {"__type": "ResourceNotFoundException", "Message": VALUE})
            return
        later = asked.get("NextToken") == "more"
        version = {
            "VersionId": "b" * 36 if later else "a" * 36,
            "VersionStages": ["AWSCURRENT"] if later else ["AWSPREVIOUS"],
            "CreatedDate": 1772600767.0 if later else 1700000000.0,
        }
        self._say(200, {"Versions": [version], **({} if later else {"NextToken": "more"})})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def keeper() -> Iterator[str]:
    """Serve for the whole module."""
    with served() as address:
        yield address


@pytest.fixture
def asker(keeper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Ask that server."""
    environ = {
        "VAULT_ADDR": keeper,
        "VAULT_TOKEN": "a token",
        "AWS_ENDPOINT_URL": keeper,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "nothing secret",
        "AWS_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "PATH": str(tmp_path / "bin"),
    }
    for name, value in environ.items():
        if name != "PATH":
            monkeypatch.setenv(name, value)
    Keeper.asked.clear()
    return Asker(folder=tmp_path, environ=environ)


def asked(asker: Asker, provider: str, name: str, **more: str) -> SecretAge | Unavailable:
    reference = SecretReference.model_validate({"provider": provider, "name": name, **more})
    return _age(reference, asker)


def reason(found: SecretAge | Unavailable) -> str:
    assert isinstance(found, Unavailable)
    assert VALUE not in found.reason
    return found.reason


def test_vault_says_when_a_version_was_made(asker: Asker) -> None:
    now = asked(asker, "vault", "ml/blocklist")
    assert now == SecretAge(changed="2026-03-04T05:06:07Z", told="vault")
    first = asked(asker, "vault", "ml/blocklist", version="1")
    assert first == SecretAge(changed="2025-01-01T00:00:00Z", told="vault")
    assert Keeper.asked == ["/v1/ml/metadata/blocklist"] * 2


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("ml/blocklist", "3", "no version 3"),
        ("ml/blocklist", "4", "says no time"),
        ("ml/blocklist", "9", "no version 9"),
        ("ml/strange", "1", "no version 1"),
        ("ml/list", "1", "answer is none"),
        ("ml/none", "1", "answer is none"),
        ("ml/forbidden", "1", "does not say (Forbidden)"),
        ("blocklist", "1", "not MOUNT/PATH"),
        ("ml/../sys/x", "1", "not MOUNT/PATH"),
    ],
)
def test_what_vault_does_not_say_is_not_known(
    asker: Asker, name: str, version: str, words: str
) -> None:
    assert words in reason(asked(asker, "vault", name, version=version))


def test_where_vault_is_must_be_said_and_it_must_answer(tmp_path: Path) -> None:
    nowhere = Asker(folder=tmp_path, environ={})
    assert "nobody said where Vault is" in reason(asked(nowhere, "vault", "ml/x"))
    with served() as address:
        gone = address
    environ = {"VAULT_ADDR": gone, "VAULT_TOKEN": "x"}
    silent = Asker(folder=tmp_path, environ=environ)
    assert "does not say (ConnectionError)" in reason(asked(silent, "vault", "ml/x"))


def test_aws_says_when_a_version_was_made_over_all_pages(asker: Asker) -> None:
    now = asked(asker, "aws", "ml/blocklist")
    assert now == SecretAge(changed="2026-03-04T05:06:07Z", told="aws")
    before = asked(asker, "aws", "ml/blocklist", version="a" * 36)
    assert before == SecretAge(changed="2023-11-14T22:13:20Z", told="aws")
    assert set(Keeper.asked) == {"ListSecretVersionIds"}
    assert "no version x" in reason(asked(asker, "aws", "ml/blocklist", version="x"))
    assert "ResourceNotFoundException" in reason(asked(asker, "aws", "ml/other"))


def test_aws_cannot_be_asked_without_a_region(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    asked_by = Asker(folder=asker.folder, environ={})
    assert "AWS does not say (NoRegionError)" in reason(asked(asked_by, "aws", "ml/blocklist"))


def test_a_file_is_as_old_as_its_last_writing_and_is_not_read(asker: Asker) -> None:
    path = asker.folder / "token"
    path.write_text(VALUE)
    path.chmod(0)
    os.utime(path, (1772600767, 1772600767))
    found = asked(asker, "file", "token")
    assert found == SecretAge(changed="2026-03-04T05:06:07Z", told="file")
    assert "no such file" in reason(asked(asker, "file", "tokens"))


KUBECTL = """#!/bin/sh
printf '%s ' "$@" > "$0.asked"
cat "$0.answer"
exit {code}
"""


def kubectl(asker: Asker, answer: str, code: int = 0) -> Path:
    folder = asker.folder / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "kubectl"
    program.write_text(KUBECTL.format(code=code).replace("cat ", "/bin/cat "))
    program.chmod(0o755)
    (folder / "kubectl.answer").write_text(answer)
    return folder / "kubectl.asked"


def test_kubernetes_says_when_data_was_last_written(asker: Asker) -> None:
    fields = [
        {"time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {}}},
        {"time": "2026-03-04T05:06:07Z", "fieldsV1": {"f:data": {"f:token": {}}}},
        {"time": "2026-05-01T00:00:00Z", "fieldsV1": {"f:metadata": {}}},
        "no entry",
    ]
    made = {"creationTimestamp": "2025-01-01T00:00:00Z"}
    words = kubectl(asker, json.dumps({**made, "managedFields": fields}))
    found = asked(asker, "kubernetes", "prod/blocklist")
    assert found == SecretAge(changed="2026-03-04T05:06:07Z", told="kubernetes")
    assert words.read_text().startswith("get secret --output=jsonpath={.metadata} ")
    assert words.read_text().endswith("--namespace=prod -- blocklist ")
    kubectl(asker, json.dumps(made))
    found = asked(asker, "kubernetes", "blocklist")
    assert found == SecretAge(changed="2025-01-01T00:00:00Z", told="kubernetes")


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("{}", 0, "say no time"),
        ("[]", 0, "no metadata"),
        ("{", 0, "no JSON"),
        ('{"creationTimestamp": "2025-01-01T00:00:00"}', 0, "has no zone"),
        ("", 1, "kubectl fails"),
    ],
)
def test_what_kubernetes_does_not_say_is_not_known(
    asker: Asker, answer: str, code: int, words: str
) -> None:
    kubectl(asker, answer, code)
    assert words in reason(asked(asker, "kubernetes", "blocklist"))


def test_who_cannot_be_asked_and_when_nobody_may_be(asker: Asker) -> None:
    assert "there is no kubectl" in reason(asked(asker, "kubernetes", "blocklist"))
    assert "a variable has no age" in reason(asked(asker, "env", "TOKEN"))
    for provider in ("gcp", "azure"):
        assert "cannot ask" in reason(asked(asker, provider, "x"))
    offline = Asker(folder=asker.folder, environ=asker.environ, offline=True)
    for provider in ("aws", "azure", "gcp", "kubernetes", "vault"):
        assert "--offline forbids" in reason(asked(offline, provider, "ml/blocklist"))
    assert Keeper.asked == []
