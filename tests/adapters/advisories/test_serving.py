from __future__ import annotations

import http.client
import json
import subprocess
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.advisories import record, write
from tests.tools import TOOLS
from weighbridge.adapters.advisories.serving import open_server
from weighbridge.adapters.advisories.store import FILE, AdvisoryFile
from weighbridge.codec.predicates.recognising import recognise
from weighbridge.model.errors import UnavailableError, UsageError
from weighbridge.usecases.advisories_update import compile_advisories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL = ("introduced", "0")
RECORDS = (
    record("PYSEC-1", "foo-bar", ALL, ("fixed", "2.0"), aliases=["CVE-1"]),
    record("PYSEC-2", "foo-bar", ALL, ("fixed", "soon")),
    record("PYSEC-3", "foo-bar", ALL, withdrawn="2026-01-01T00:00:00Z"),
    record("PYSEC-4", "foo-bar", ("introduced", "3")),
    # pip-audit breaks down over a fix that is no version.
    record("PYSEC-5", "sane", ALL, ("fixed", "2.0"), aliases=["CVE-5"]),
)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("served")
    write(folder / "source", *RECORDS)
    compile_advisories(["source"], start=folder, folder=folder, now="2026-06-08T00:00:00Z")
    with (
        closing(AdvisoryFile(folder / FILE)) as file,
        open_server(file, "127.0.0.1", 0, anywhere=False) as server,
    ):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(port: int, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        if body is None:
            connection.request("GET", path, headers=headers)
        else:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("POST", path, body=sent, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def query(**asked: object) -> dict[str, object]:
    return {"package": {"name": "Foo_Bar", "ecosystem": "PyPI"}, **asked}


def ids(found: dict[str, Any]) -> list[str]:
    return [one["id"] for one in found.get("vulns", ())]


def test_a_question_is_answered_with_the_records_themselves(port: int) -> None:
    status, found = ask(port, "/v1/query", query(version="1.0+cpu"))
    assert (status, found) == (200, {"vulns": [RECORDS[0], RECORDS[1]]})


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (query(version="2.0"), ["PYSEC-2"]),
        (query(), ["PYSEC-1", "PYSEC-2", "PYSEC-4"]),
        ({"package": {"purl": "pkg:pypi/foo-bar@3.0"}}, ["PYSEC-2", "PYSEC-4"]),
        ({"package": {"name": "other", "ecosystem": "PyPI"}, "version": "1"}, []),
    ],
)
def test_what_is_asked_about(port: int, asked: dict[str, object], wanted: list[str]) -> None:
    status, found = ask(port, "/v1/query", asked)
    assert (status, ids(found)) == (200, wanted)
    assert bool(found) is bool(wanted)


def test_many_questions_are_answered_with_ids(port: int) -> None:
    other = {"package": {"name": "other", "ecosystem": "PyPI"}}
    status, found = ask(port, "/v1/querybatch", {"queries": [query(version="1.0"), other]})
    assert (status, found["results"][1]) == (200, {})
    assert found["results"][0]["vulns"][0] == {"id": "PYSEC-1", "modified": RECORDS[0]["modified"]}


def test_a_record_is_had_by_its_id(port: int) -> None:
    assert ask(port, "/v1/vulns/PYSEC-3") == (200, RECORDS[2])
    assert ask(port, "/v1/vulns/PYSEC-9")[0] == 404
    assert ask(port, "/v2")[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/query", b"{", 400),
        ("/v1/query", [], 400),
        ("/v1/query", {}, 400),
        ("/v1/query", {"commit": "a" * 40}, 400),
        ("/v1/query", {"package": {"name": "x", "ecosystem": "npm"}}, 400),
        ("/v1/query", {"package": {"purl": "pkg:npm/x"}}, 400),
        ("/v1/query", query(version=1), 400),
        ("/v1/query", b"[" * 100_000, 400),
        ("/v1/querybatch", {"queries": 1}, 400),
        ("/v1/querybatch", {"queries": [query()] * 1001}, 400),
        ("/v1/other", {}, 404),
    ],
)
def test_questions_that_are_refused(port: int, path: str, body: object, status: int) -> None:
    found, said = ask(port, path, body)
    assert (found, bool(said["message"])) == (status, True)


def test_a_question_of_no_length_is_refused(port: int) -> None:
    assert ask(port, "/v1/query", b"{}", **{"Content-Length": "x"})[0] == 411


def test_a_question_that_is_too_long_is_refused_unread(port: int) -> None:
    assert ask(port, "/v1/query", b"{}", **{"Content-Length": "1048577"})[0] == 413


def test_other_machines_may_not_ask_unless_somebody_says_so(tmp_path: Path, port: int) -> None:
    write(tmp_path / "source", *RECORDS)
    compile_advisories(["source"], start=tmp_path, folder=tmp_path, now="2026-06-08T00:00:00Z")
    with closing(AdvisoryFile(tmp_path / FILE)) as file:
        with pytest.raises(UsageError, match="from other machines"):
            open_server(file, "0.0.0.0", 0, anywhere=False)  # noqa: S104 - it is refused
        with pytest.raises(UnavailableError, match="nothing can listen"):
            open_server(file, "127.0.0.1", port, anywhere=False)


@pytest.mark.slow
def test_pip_audit_finds_what_we_find(tmp_path: Path, port: int) -> None:
    python = TOOLS / "pip-audit" / "bin" / "python"
    assert python.exists(), "there is no pip-audit: run `make tools`"
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"sane==1.0 --hash=sha256:{'0' * 64}\n")
    address = f"http://127.0.0.1:{port}/v1/query"
    options = ["-s", "osv", "--osv-url", address, "--disable-pip", "--require-hashes", "-f", "json"]
    done = subprocess.run(
        [python, "-m", "pip_audit", *options, "-r", lock],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"},
    )
    (found,) = json.loads(done.stdout)["dependencies"]
    (flaw,) = found["vulns"]
    assert (flaw["id"], flaw["aliases"], flaw["fix_versions"]) == ("PYSEC-5", ["CVE-5"], ["2.0"])
    assert done.returncode == 1
    # What it prints can be attested: one package, one flaw.
    scan = recognise(done.stdout.encode()).scan
    assert scan is not None
    assert scan.packages == frozenset({("sane", "1.0")})
    assert [one.id for one in scan.flaws] == ["PYSEC-5"]
