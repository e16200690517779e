"""Real haproxy, real Prometheus, and servers that say who they are."""

from __future__ import annotations

import http.client
import json
import os
import platform
import resource
import signal
import socket
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local.cargoes import (
    Parcel,
    asked,
    delivered,
    free_port,
    parcel,
    record_of,
    servers_of,
    target,
)
from weighbridge.adapters.local.waiting import until
from weighbridge.model.delivery import Desired
from weighbridge.model.errors import (
    RegistryError,
    StorageError,
    UnavailableError,
    UnmeasuredError,
)
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.adapters.local.target import LocalTarget

ALONE = Desired(release=True, previous=False, weight=100)
BACK = Desired(release=False, previous=True, weight=0)
ALERT = {
    "metrics": {"endpoint": "/metrics", "expected": [{"name": "unknown_ratio", "type": "gauge"}]},
    "alerts": [{"alert": "UnknownLabels", "expr": "unknown_ratio > 0.2"}],
}


def shared(weight: int) -> Desired:
    return Desired(release=True, previous=True, weight=weight)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "delivery"


@pytest.fixture
def local(folder: Path, port: int) -> Iterator[LocalTarget]:
    found = target(folder, port)
    yield found
    found.stop_all(grace=2)
    found.close()


def who(port: int, count: int) -> Counter[str]:
    return Counter(asked(port)[2] for _ in range(count))


def test_a_release_runs_and_says_so_and_is_left_as_it_is(
    local: LocalTarget, folder: Path, port: int
) -> None:
    one = parcel()
    assert local.health(one.digest).ready is False
    delivered(local, port, one)
    before = {name: record_of(folder, name) for name in ("haproxy", "prometheus")}
    code, text, digest = asked(port)
    assert (code, text.split()[0], digest) == (200, one.digest, one.digest)
    local.prepare(one, NoProgress())
    local.converge(one, None, ALONE)
    assert asked(port)[1] == text
    assert {name: record_of(folder, name) for name in before} == before
    assert folder.stat().st_mode & 0o77 == 0
    told = asked(port, "/environ")[1]
    assert "WEIGHBRIDGE_CONFIG=" + str(folder) in told
    assert "PYTHONPATH" not in told


@pytest.mark.slow
def test_requests_are_shared_exactly_and_a_weight_of_zero_holds_on_kept_connections(
    local: LocalTarget, port: int
) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0")
    delivered(local, port, one, two)
    client = http.client.HTTPConnection("127.0.0.1", port)

    def says() -> str:
        client.request("POST", "/", b"{}")
        answer = client.getresponse()
        answer.read()
        return answer.headers["X-Weighbridge-Release"]

    says()
    kept = client.sock
    for weight in (10, 50, 5, 100, 0):
        local.converge(two, one, shared(weight))
        found = Counter(says() for _ in range(1000))
        assert abs(found[two.digest] - 10 * weight) <= 20, (weight, found)
        if weight in {0, 100}:
            assert found[two.digest] == 10 * weight
    assert client.sock is kept
    client.close()


def test_what_is_not_ready_gets_nothing(local: LocalTarget, port: int) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0")
    delivered(local, port, one, two)
    local.converge(two, one, shared(50))
    direct = int(record_of(local._folder, f"release-{two.digest[7:19]}")["about"]["port"])
    asked(direct, "/deaf")
    assert local.health(two.digest).ready is False
    assert until(lambda: two.digest not in who(port, 10), 5)
    assert who(port, 50) == {one.digest: 50}
    asked(direct, "/hear")
    assert until(lambda: two.digest in who(port, 10), 5)


def test_requests_for_a_server_that_is_gone_go_to_the_other(local: LocalTarget, port: int) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0")
    delivered(local, port, one, two)
    local.converge(two, one, shared(50))
    pid = record_of(local._folder, f"release-{two.digest[7:19]}")["pid"]
    os.kill(pid, signal.SIGKILL)
    # What changes nothing is sent once more, even if it was on its way.
    assert Counter(asked(port)[0] for _ in range(50)) == {200: 50}
    assert until(lambda: bool(local.health(two.digest).gone), 5)
    assert Counter(asked(port, method="POST")[0] for _ in range(50)) == {200: 50}
    assert local.health(two.digest).gone == "was ended by SIGKILL"
    local.converge(two, one, shared(50))
    assert local.health(two.digest).gone, "it was started again, and nobody could have seen it"
    assert who(port, 20) == {one.digest: 20}
    # The one before is started again: requests depend on it.
    os.kill(record_of(local._folder, f"release-{one.digest[7:19]}")["pid"], signal.SIGKILL)
    assert until(lambda: bool(local.health(one.digest).gone), 5)
    local.converge(two, one, BACK)
    assert until(lambda: asked(port)[2] == one.digest, 10)


def test_what_is_stopped_finishes_its_requests(local: LocalTarget, port: int) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0")
    delivered(local, port, one, two)
    answers: list[tuple[int, str, str]] = []
    slow = threading.Thread(target=lambda: answers.append(asked(port, "/slow")))
    slow.start()
    assert until(lambda: "1" in _current(local), 5)
    local.converge(two, one, BACK)
    assert asked(port)[2] == one.digest
    slow.join()
    assert [(code, digest) for code, _, digest in answers] == [(200, two.digest)]
    assert local.health(two.digest).gone == ""
    assert len(servers_of(local._folder)) == 1


def _current(local: LocalTarget) -> str:
    text = local._proxy._socket.ask("show stat")
    rows = [line.split(",") for line in text.splitlines() if line.startswith("releases,slot")]
    return "".join(row[4] for row in rows)


def test_a_release_that_cannot_start_says_why(local: LocalTarget, port: int) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0", environ={"FAILS": "no\x07 model"})
    delivered(local, port, one)
    local.prepare(two, NoProgress())
    local.converge(two, one, shared(0))
    assert until(lambda: bool(local.health(two.digest).gone), 10)
    gone = local.health(two.digest).gone
    assert gone == "ended with exit code 1; its last words: cannot serve: no model"
    assert who(port, 5) == {one.digest: 5}


@pytest.mark.slow
def test_alerts_come_and_go_with_their_release(local: LocalTarget, port: int) -> None:
    one = parcel("1.0.0", observability=ALERT)
    two = parcel("2.0.0", observability=ALERT, environ={"RATIO": "0.9"})
    delivered(local, port, one, two)

    def rules() -> int:
        found = local._watch.meter.fetch("/api/v1/rules")
        return len(found["data"]["groups"]) if isinstance(found, dict) else -1

    assert until(lambda: rules() == 2, 10)
    assert until(lambda: local.firing(two.digest) == {"wrong-labels": "UnknownLabels"}, 10)
    assert local.firing(one.digest) == {}
    assert until(lambda: len(local.meter.ask('up{job="file-type-detector"}').values) == 2, 10)
    asks = f'sum(haproxy_server_http_responses_total{{release="{one.digest}",code="2xx"}})'
    assert until(lambda: bool(local.meter.ask(asks).values), 10)
    local.converge(two, one, BACK)
    assert local.firing(two.digest) is None
    assert until(lambda: rules() == 1, 10)
    assert until(lambda: local.meter.ask("ALERTS").values == (), 10)
    local.converge(two, one, shared(0))
    assert until(lambda: rules() == 2, 10)


@pytest.mark.slow
def test_prometheus_and_haproxy_come_back_after_they_were_killed(
    local: LocalTarget, folder: Path, port: int
) -> None:
    one, two = parcel("1.0.0"), parcel("2.0.0")
    delivered(local, port, one, two)
    local.converge(two, one, shared(50))
    assert until(lambda: bool(local.meter.ask("up").values), 10)
    for name in ("prometheus", "haproxy"):
        os.kill(record_of(folder, name)["pid"], signal.SIGKILL)
    assert until(lambda: bool(local.meter.ask("up").error), 10)
    local.converge(two, one, shared(50))
    assert who(port, 100) == {one.digest: 50, two.digest: 50}
    assert until(lambda: bool(local.meter.ask("up").values), 10)


def test_a_port_somebody_has_is_said(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        local = target(folder, other.getsockname()[1])
        one = parcel()
        try:
            local.prepare(one, NoProgress())
            with pytest.raises(UnavailableError) as raised:
                local.converge(one, None, ALONE)
            assert "bind=" in raised.value.faults[0].help[0]
        finally:
            local.stop_all(grace=2)
            local.close()
    assert servers_of(folder) == []


def test_a_release_that_was_not_prepared_is_not_started(local: LocalTarget) -> None:
    with pytest.raises(UnavailableError):
        local.converge(parcel(), None, ALONE)


def test_files_that_were_changed_are_laid_out_anew(
    local: LocalTarget, folder: Path, port: int
) -> None:
    one = parcel()
    local.prepare(one, NoProgress())
    [file] = (folder / "releases").glob("*/release/serve.py")
    assert file.stat().st_mode & 0o222 == 0
    file.chmod(0o600)
    file.write_text("import sys; sys.exit('evil')")
    local.prepare(one, NoProgress())
    delivered(local, port, one)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, port: int) -> None:
    (tmp_path / "file").write_text("")
    local = target(tmp_path / "file" / "delivery", port)
    with pytest.raises(StorageError):
        local.prepare(parcel(), NoProgress())


def test_a_disk_that_is_full_is_said_and_nothing_is_half_written(
    local: LocalTarget, folder: Path
) -> None:
    local.prepare(parcel(), NoProgress())
    before = sorted((folder / "releases").iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        with pytest.raises(StorageError):
            local.prepare(parcel("2.0.0", held={"weights": bytes(1 << 20)}), NoProgress())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted((folder / "releases").iterdir()) == before


def test_bytes_that_are_not_what_was_sealed_are_never_laid_out(
    local: LocalTarget, folder: Path
) -> None:
    one = parcel()

    def refuses(write: Callable[[str, Iterator[bytes]], None]) -> None:
        write("serve.py", iter([b"half"]))
        raise RegistryError("serve.py is not what was sealed")

    class Bad(Parcel):
        def lay_out(self, write: Callable[[str, Iterator[bytes]], None]) -> None:
            refuses(write)

    with pytest.raises(RegistryError):
        local.prepare(Bad(one.digest, one.release, one.files, one.held), NoProgress())
    assert list((folder / "releases").iterdir()) == []
    with pytest.raises(UnavailableError):
        local.converge(one, None, ALONE)


def test_a_program_that_is_missing_is_said(tmp_path: Path, port: int) -> None:
    local = target(tmp_path, port, environ={"PATH": ""})
    local._tools = tmp_path
    with pytest.raises(UnavailableError) as raised:
        local.prepare(parcel(), NoProgress())
    local.close()
    assert "apt-get install haproxy" in raised.value.faults[0].help


def test_what_nothing_measures_runs_and_that_is_said(
    local: LocalTarget, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise UnavailableError("prometheus does not start")

    one = parcel()
    local.prepare(one, NoProgress())
    monkeypatch.setattr(type(local._watch), "converge", missing)
    with pytest.raises(UnmeasuredError) as raised:
        local.converge(one, None, ALONE)
    assert [fault.code for fault in raised.value.faults] == ["WB153"]
    assert servers_of(folder)


def test_a_secret_that_is_missing_is_said(local: LocalTarget) -> None:
    auth = {"scheme": "bearer", "secretRef": {"provider": "env", "name": "NO_SUCH_TOKEN"}}
    services = [{"name": "list", "endpoint": "https://a.example", "auth": auth}]
    one = parcel(externalServices=services)
    local.prepare(one, NoProgress())
    with pytest.raises(UnavailableError) as raised:
        local.converge(one, None, ALONE)
    assert raised.value.faults[0].help == ("export NO_SUCH_TOKEN=…",)


def test_limits_are_held_and_a_hostile_variable_is_a_variable(
    local: LocalTarget, port: int
) -> None:
    limits = {"ulimits": [{"name": "nofile", "soft": 77, "hard": 99}]}
    system = {"args": None, "sysctls": None, "env": {"TEXT": "$(id) 'a\" {port}"}, **limits}
    runtime = json.loads(json.dumps({"image": None, "resources": None, "system": system}))
    one = parcel(environment={**_runtime(), **runtime})
    delivered(local, port, one)
    pid = record_of(local._folder, f"release-{one.digest[7:19]}")["pid"]
    text = Path(f"/proc/{pid}/limits").read_text()
    [line] = [line for line in text.splitlines() if line.startswith("Max open files")]
    assert line.split()[3:5] == ["77", "99"]
    assert "TEXT=$(id) 'a\" {port}" in asked(port, "/environ")[1]


def _runtime() -> dict[str, object]:
    return {"runtime": {"implementation": "cpython", "version": platform.python_version()}}
