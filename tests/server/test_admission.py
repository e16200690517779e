from __future__ import annotations

import base64
import json
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import yaml

from scripts.shown_commands import blocks
from tests.house.tree import ROOT
from tests.server.doors import BEFORE, JSON, NEXT, NOW, Said, opened
from tests.server.recorded_reviews import names, review
from tests.usecases.cast import STORE
from tests.usecases.workshop import clean_environ, command
from weighbridge.gate.case import Act
from weighbridge.model.verification import Problem
from weighbridge.seal.control import revoke_key
from weighbridge.usecases.unverified import unverify

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.doors import Door, Guarded

LARGEST = 3 << 20


def admitted(said: Said) -> bool:
    found: bool = said.response["allowed"]
    return found


def problem(said: Said) -> tuple[int, str]:
    assert said.media_type == "application/problem+json"
    assert said.json["status"] == said.status
    return said.status, said.json["code"]


def test_what_is_promoted_is_let_in_and_the_rest_is_refused(still: Door, story: Guarded) -> None:
    for name in names("admitted"):
        said = still.admit(story.review(name, NOW))
        assert (said.media_type, admitted(said)) == ("application/json", True), name
        assert said.json["apiVersion"] == "admission.k8s.io/v1"
        assert said.response["uid"] == review(name)["request"]["uid"]
        assert "warnings" not in said.response
    for name in names("refused"):
        said = still.admit(story.review(name, NOW, other=NEXT))
        assert not admitted(said), name
        assert said.response["status"]["code"] in {400, 403}
        assert len(said.message.encode()) <= 1_024
        assert said.message.startswith("error[WB24")
        assert "   = help:  " in said.message
    for name in names("through"):
        assert admitted(still.admit(story.review(name, NOW, other=NEXT)))


def test_a_refusal_says_where_the_release_is_and_what_to_do(still: Door, story: Guarded) -> None:
    said = still.admit(story.review("refused-unpromoted", NOW, other=NEXT))
    assert said.message.splitlines()[0] == (
        "error[WB240]: demo@2.2.0 is promoted to staging, not to production"
    )
    assert "   = help:  weighbridge promote demo@2.2.0 --to production" in said.message
    assert said.response["status"]["reason"] == "Forbidden"


def test_a_promotion_counts_for_the_next_question(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-deployment", NEXT)
    assert not admitted(door.admit(asked))
    assert guarded.promote(NEXT, "production")
    assert admitted(door.admit(asked))
    before = door.admit(guarded.review("admitted-pod", NOW))
    assert before.response["warnings"] == [
        "demo@2.1.0 is let in as the release before: production points to demo@2.2.0"
    ]
    assert not admitted(door.admit(guarded.review("admitted-pod", BEFORE)))


def test_a_rollback_counts_for_the_next_question(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-deployment", NOW)
    assert admitted(door.admit(asked))
    guarded.back()
    said = door.admit(asked)
    assert "demo@2.1.0 was rolled back from in production" in said.message
    assert "seen    production points to demo@2.0.0" in said.message
    assert admitted(door.admit(guarded.review("admitted-deployment", BEFORE)))


def test_a_block_and_its_end_count_for_the_next_question(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert admitted(door.admit(asked))
    guarded.block(NOW)
    said = door.admit(asked)
    assert said.message.startswith("error[WB240]: demo@2.1.0 is blocked\n")
    assert "it leaks names" in said.message
    assert "weighbridge block demo@2.1.0 --in production --lift" in said.message
    guarded.block(NOW, lift=True)
    assert admitted(door.admit(asked))


def test_a_rejection_counts_for_the_next_question(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert admitted(door.admit(asked))
    guarded.approve(NOW, "cat", act=Act.REJECT)
    said = door.admit(asked)
    assert "demo@2.1.0 was rejected for production" in said.message
    assert "cat: cat <says> so" in said.message
    guarded.approve(NEXT, "cat", act=Act.REJECT)
    said = door.admit(guarded.review("admitted-pod", NEXT))
    assert "demo@2.2.0 was rejected for production" in said.message


def test_a_key_that_is_revoked_counts_for_the_next_question(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert admitted(door.admit(asked))
    spki = guarded.keys.public("bea").spki_digest
    guarded.owners(revoke_key(spki, person="bea", reason="lost", revoked_at="2026-01-01T00:00:01Z"))
    said = door.admit(asked)
    assert "demo@2.1.0 is signed by no author whose key counts" in said.message


def test_a_release_found_damaged_is_let_in_nowhere(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert admitted(door.admit(asked))
    found = [Problem(code="INT001", subject="model.onnx", message="m")]
    unverify("demo", "2.1.0", guarded.digest(NOW), found=found, by="", registry=guarded.registry)
    said = door.admit(asked)
    assert not admitted(said)
    assert "demo@2.1.0 was found damaged" in said.message
    assert "weighbridge verify demo@2.1.0 --log" in said.message


def test_an_approval_taken_back_is_a_warning(door: Door, guarded: Guarded) -> None:
    guarded.approve(NOW, "cat", act=Act.WITHDRAW)
    (warning,) = door.admit(guarded.review("admitted-pod", NOW)).response["warnings"]
    assert warning.startswith("the gate says needs of demo@2.1.0: approvals:")


def test_a_sidecar_is_one_the_environment_or_the_command_names(guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod-with-model-and-sidecar", NOW)
    guarded.target(sidecars=f"sha256:{'a' * 64}")
    with opened(guarded.folder, "--admission=production") as door:
        assert not admitted(door.admit(asked))
    digests = [asked[at : at + 71] for at in range(len(asked)) if asked.startswith("sha256:", at)]
    words = [f"--sidecar={digest}" for digest in dict.fromkeys(digests)]
    with opened(guarded.folder, "--admission=production", *words) as door:
        assert admitted(door.admit(asked))


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "WB241"),
        (b"{", 400, "WB241"),
        (b"[]", 400, "WB241"),
        (b"\xff\xfe", 400, "WB241"),
        (b'{"request": {"uid": "\\ud800"}}', 400, "WB241"),
        (b'{"request": {"uid": "a", "uid": "b"}}', 400, "WB241"),
        (b'{"request": {"uid": NaN}}', 400, "WB241"),
        (b'{"request": {"uid": "a", "x": 1e999}}', 400, "WB241"),
        (b"[" * 100_000, 400, "WB241"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, 400, "WB241"),
        (b'{"request": {"uid": "a b"}}', 400, "WB241"),
        (b" " * (LARGEST + 1), 413, "WB241"),
    ],
)
def test_what_is_no_review_is_a_problem(still: Door, body: bytes, status: int, code: str) -> None:
    assert problem(still.admit(body)) == (status, code)
    assert still.ask("GET", "/healthz").status == 200


def test_a_duplicate_key_in_an_object_lets_nothing_in(still: Door, story: Guarded) -> None:
    text = story.review("admitted-pod", NOW).replace(
        '"restartPolicy": "Always"', '"restartPolicy": "Always", "restartPolicy": "Never"'
    )
    assert problem(still.admit(text)) == (400, "WB241")


def test_huge_and_hostile_fields_are_refused_in_few_words(still: Door, story: Guarded) -> None:
    value = json.loads(story.review("admitted-pod", NOW))
    request = value["request"]
    request["name"] = "n" * 1_000_000
    request["object"]["spec"]["containers"][0]["image"] = "\x1b[2J\u202e" * 10_000
    request["object"]["spec"]["nodeName"] = "\x00" * 100_000
    said = still.admit(json.dumps(value))
    assert not admitted(said)
    assert len(said.body) < 2_048
    assert "\\x1b[2J" in said.message
    value["request"]["object"]["metadata"]["annotations"]["a"] = "x" * LARGEST
    assert problem(still.admit(json.dumps(value))) == (413, "WB241")


def test_other_pages_other_types_and_other_environments_are_problems(
    still: Door, story: Guarded
) -> None:
    asked = story.review("admitted-pod", NOW)
    assert problem(still.admit(asked, "staging")) == (404, "WB130")
    assert problem(still.admit(asked, "../production")) == (404, "WB130")
    assert problem(still.ask("GET", "/admit/production")) == (405, "WB130")
    assert problem(still.ask("POST", "/admit", b"{}")) == (404, "WB130")
    plain = {"content-type": "text/plain"}
    assert problem(still.ask("POST", "/admit/production", b"{}", plain)) == (415, "WB241")
    charset = {"content-type": "application/json; charset=utf-8"}
    said = still.ask("POST", "/admit/production", asked.encode(), charset)
    assert admitted(said)


def test_what_cannot_be_believed_lets_nothing_in(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert door.ask("GET", "/readyz").status == 200
    assert admitted(door.admit(asked))
    guarded.registry.close()
    database = guarded.folder / STORE / "registry.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE checkpoint SET note = X'00'")
    said = door.admit(asked)
    assert said.response["status"]["code"] == 503
    assert "it cannot be told what stands" in said.message
    assert problem(door.ask("GET", "/readyz"))[0] == 503
    assert door.ask("GET", "/healthz").status == 200
    # What ends something, or starts nothing, needs no ledger.
    assert admitted(door.admit(guarded_text("through-pod-deleted")))


def guarded_text(name: str) -> str:
    return json.dumps(review(name))


def test_a_registry_that_is_gone_lets_nothing_in(door: Door, guarded: Guarded) -> None:
    asked = guarded.review("admitted-pod", NOW)
    assert admitted(door.admit(asked))
    guarded.registry.close()
    (guarded.folder / STORE).rename(guarded.folder / "elsewhere")
    assert door.admit(asked).response["status"]["code"] == 503
    assert problem(door.ask("GET", "/readyz"))[0] == 503
    (guarded.folder / "elsewhere").rename(guarded.folder / STORE)
    assert admitted(door.admit(asked))
    assert door.ask("GET", "/readyz").status == 200


def test_it_speaks_tls_and_tells_what_it_answered(guarded: Guarded, certificate: Path) -> None:
    trusted = certificate.with_name("trusted.pem")
    words = ("--admission=production", "--admission=staging", f"--tls-cert={certificate}")
    with opened(guarded.folder, *words, "--host=0.0.0.0", trusted=trusted) as door:
        assert door.line.startswith("admission to production, staging on https://0.0.0.0:")
        door.address = door.address._replace(netloc=f"127.0.0.1:{door.address.port}")
        assert admitted(door.admit(guarded.review("admitted-pod", NOW)))
        text = guarded.review("refused-unpromoted", NOW, other=NEXT)
        assert not admitted(door.admit(text))
        code, said = door.end()
    assert code == 0
    assert said.splitlines() == [
        "production: let in Pod without name",
        (
            "production: refused Deployment demo: demo@2.2.0 is promoted to staging, "
            "not to production; and 1 more"
        ),
    ]


def test_what_was_asked_is_answered_before_it_ends(door: Door, guarded: Guarded) -> None:
    body = guarded.review("admitted-pod", NOW).encode()
    with socket.create_connection((door.address.hostname or "", door.address.port or 0)) as asking:
        head = f"POST /admit/production HTTP/1.1\r\nhost: a\r\ncontent-length: {len(body)}\r\n"
        asking.sendall(f"{head}content-type: {JSON['content-type']}\r\n\r\n".encode())
        asking.sendall(body[:100])
        assert door.ask("GET", "/healthz").status == 200  # it has read the first piece by then
        door.process.terminate()
        asking.sendall(body[100:])
        answer = asking.makefile("rb").read()
    assert b"200 OK" in answer
    assert b'"allowed":true' in answer
    assert door.end()[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--print-config",), 2, "--admission ENV says what is answered for"),
        (("--config=a", "--admission=production"), 2, "without --admission"),
        (("--admission=nowhere",), 2, "there is no environment nowhere"),
        (("--admission=production", "--host=0.0.0.0"), 2, "there is no certificate"),
        (("--admission=production", "--tls-key=a"), 2, "--tls-key goes with --tls-cert"),
        (("--admission=production", "--tls-cert=no.pem"), 2, "cannot be used"),
        (("--admission=production", "--tls-cert=release.yaml"), 2, "cannot be used"),
        (("--admission=production", "--sidecar=nginx"), 2, "--sidecar is the digest of an image"),
        (("--admission=production", "--url=https://a"), 2, "--url goes with --print-config"),
    ],
)
def test_what_cannot_be_served_is_said(
    guarded: Guarded, words: tuple[str, ...], code: int, said: str
) -> None:
    with opened(guarded.folder, *words) as door:
        assert door.line == ""
        assert door.process.stderr is not None
        assert said in door.process.stderr.read()
        assert door.process.wait(20) == code


def test_a_port_that_is_taken_is_said(guarded: Guarded) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with opened(guarded.folder, "--admission=production", f"--port={port}") as door:
            assert door.process.stderr is not None
            assert f"nothing can listen on 127.0.0.1:{port}" in door.process.stderr.read()
            assert door.process.wait(20) == 3


def test_the_how_to_shows_what_is_answered(still: Door) -> None:
    found = list(blocks((ROOT / "docs/how-to/guard-a-cluster.md").read_text(encoding="utf-8")))
    (asked,) = [block.body for block in found if block.title == "pod.json"]
    (shown,) = [block.body for block in found if block.language == "text"]
    assert still.admit(asked).message == shown.rstrip("\n")


def test_the_server_is_imported_by_its_verb_alone() -> None:
    found = {
        path.name
        for path in (ROOT / "src/weighbridge/cli").glob("*.py")
        if "weighbridge.server" in path.read_text(encoding="utf-8")
    }
    assert found == {"serve.py", "worker.py"}


def test_the_verb_starts_without_the_server() -> None:
    wanted = "{'starlette', 'uvicorn', 'asyncio'} & {*sys.modules}"
    report = f"import sys; import weighbridge.cli.serve; print({wanted})"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


def printed(guarded: Guarded, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        command("serve", "--admission=production", "--print-config", *words),
        cwd=guarded.folder,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def test_what_registers_it_is_printed_alike_each_time(story: Guarded, certificate: Path) -> None:
    trusted = certificate.with_name("trusted.pem")
    words = ("--url=https://door.example.com", f"--ca-bundle={trusted}")
    first, again = (printed(story, *words) for _ in range(2))
    assert first == again
    code, text = first
    (hook,) = yaml.safe_load(text)["webhooks"]
    assert code == 0
    assert hook["clientConfig"]["url"] == "https://door.example.com/admit/production"
    assert base64.b64decode(hook["clientConfig"]["caBundle"]) == trusted.read_bytes()
    selected = hook["namespaceSelector"]["matchLabels"]
    assert selected == {"kubernetes.io/metadata.name": "serving"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "one of --url URL and --service"),
        (("--url=https://a", "--service=a/b"), "one of --url URL and --service"),
        (("--url=http://a",), "--url is https://"),
        (("--url=https://a/path",), "--url is https://"),
        (("--service=a",), "--service is NAMESPACE/NAME"),
        (("--service=a/b",), "--print-config needs --ca-bundle"),
        (("--service=a/b", "--ca-bundle=release.yaml"), "is to hold certificates"),
        (("--service=a/b", "--ca-bundle=none.pem"), "cannot be read"),
        (("--service=a/b", "--ca-bundle={key}"), "is to hold certificates"),
        (("--service=a/b", "--ca-bundle={pem}", "--admission=staging"), "for one environment"),
    ],
)
def test_what_cannot_be_printed_is_said(
    story: Guarded, certificate: Path, words: tuple[str, ...], said: str
) -> None:
    pem = certificate.with_name("trusted.pem")
    code, text = printed(story, *(word.format(key=certificate, pem=pem) for word in words))
    assert code == 2
    assert said in text
