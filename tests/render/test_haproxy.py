from __future__ import annotations

import contextlib
import http.client
import re
import socket
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tests.certificates import local_certificate
from tests.render.orders import files_of, refused, rendered
from tests.tools import run_tool, tool, tool_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DIGEST = "sha256:" + "ab" * 32


def configured(
    folder: Path, *, options: Mapping[str, str] | None = None, **spec: object
) -> tuple[Path, str]:
    """Write haproxy's configuration, its socket in a folder of ours."""
    done = rendered("systemd", options=options, change={"spec": spec})
    text = files_of(done)["haproxy.cfg"]
    text = text.replace("/run/file-type-detector/haproxy.sock", f"{folder}/s")
    file = folder / "haproxy.cfg"
    file.write_text(text)
    return file, text


def checked(file: Path, **variables: str) -> tuple[int, str]:
    done = run_tool("haproxy", "-c", "-f", str(file), **variables)
    said = (done.stdout + done.stderr).splitlines()
    return done.returncode, "\n".join(line for line in said if "NOTICE" not in line)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"stableRelease": DIGEST, "answerSeconds": "5"},
        {"bind": "[::1]:8000", "readyPath": '/it\'s"ready"?a=$b&c=\\d'},
    ],
)
def test_haproxy_takes_what_is_rendered_without_a_warning(
    options: dict[str, str], tmp_path: Path
) -> None:
    code, said = checked(configured(tmp_path, options=options)[0])
    assert (code, said) == (0, "Configuration file is valid")


@pytest.mark.parametrize(("right", "typo"), [("http-reuse", "http-reuze"), ("weight", "wait")])
def test_the_judge_sees_a_typo(right: str, typo: str, tmp_path: Path) -> None:
    file, text = configured(tmp_path)
    file.write_text(text.replace(right, typo))
    code, said = checked(file)
    assert code == 1
    assert typo in said


@pytest.mark.parametrize(
    ("rollout", "weights"),
    [
        ({}, (90, 10)),
        ({"steps": None}, (0, 100)),
        ({"strategy": "blueGreen", "steps": None}, (100, 0)),
        ({"strategy": "rolling"}, (0, 100)),
        (None, (0, 100)),
    ],
)
def test_weights_are_those_of_the_first_step(
    rollout: dict[str, Any] | None, weights: tuple[int, int], tmp_path: Path
) -> None:
    file, text = configured(tmp_path, rollout=rollout)
    found = tuple(map(int, re.findall(r"^ +server .* weight (\d+)$", text, re.MULTILINE)))
    assert found == weights
    assert checked(file)[0] == 0


def test_the_rest_of_the_rollout_is_said_to_be_somebody_elses() -> None:
    told = rendered("systemd").notices
    assert any("10 % of the requests" in one and "haproxy.sock" in one for one in told)
    change = {"spec": {"rollout": {"strategy": "recreate"}}}
    assert any("all requests" in one for one in rendered("systemd", change=change).notices)


def test_requests_that_are_to_be_encrypted_are_not_taken_as_plain_text(tmp_path: Path) -> None:
    done = rendered("systemd", options={"bind": "0.0.0.0:8443"})
    [(pointer, alternatives)] = refused(done).items()
    assert pointer == "/spec/governance/encryption/inTransit"
    assert len(alternatives) == 2
    named = {"bind": "0.0.0.0:8443", "certificate": "/etc/ssl/private/detector.pem"}
    file, _ = configured(tmp_path, options=named)
    local_certificate(tmp_path).rename(tmp_path / "certificate.pem")
    assert checked(file, CREDENTIALS_DIRECTORY=str(tmp_path))[0] == 0
    plain, _ = configured(tmp_path, options={"bind": "0.0.0.0:8443"}, governance=None)
    assert checked(plain)[0] == 0


def test_the_same_release_twice_has_two_names(tmp_path: Path) -> None:
    digest = re.search(r"sha256:[0-9a-f]{64}", configured(tmp_path)[1])
    assert digest is not None
    file, text = configured(tmp_path, options={"stableRelease": digest[0]})
    assert checked(file)[0] == 0
    assert "server stable " in text


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Say who answers."""
        body = str(self.connection.getsockname()[1]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(file: Path) -> Iterator[None]:
    """Run haproxy until it answers at its socket, and end it."""
    process = subprocess.Popen(
        [tool("haproxy"), "-db", "-f", str(file)],
        env=tool_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        while not (file.parent / "s").exists():
            assert process.poll() is None, process.stdout.read()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=10)


def told(folder: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(folder / "s"))
        one.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: one.recv(65536), b"")).decode()


def test_requests_are_shared_by_weight_and_a_weight_of_zero_holds_at_once(tmp_path: Path) -> None:
    bind, metrics = free_port(), free_port()
    with served() as stable, served() as own:
        options = {
            "bind": f"127.0.0.1:{bind}",
            "stable": f"127.0.0.1:{stable}",
            "hostPort": str(own),
            "proxyMetrics": f"127.0.0.1:{metrics}",
            "stableRelease": DIGEST,
        }
        file, text = configured(tmp_path, options=options)
        [this] = re.findall(r"server (release-(?!abab)\w+) ", text)
        with running(file):
            client = http.client.HTTPConnection("127.0.0.1", bind)

            def asked(path: str = "/") -> tuple[str, str]:
                client.request("GET", path)
                answer = client.getresponse()
                return answer.read().decode(), answer.headers["X-Weighbridge-Release"]

            first = [asked() for _ in range(100)]
            assert [who for who, _ in first].count(str(own)) == 10
            assert dict(first)[str(stable)] == DIGEST
            assert this.removeprefix("release-") in dict(first)[str(own)]
            kept = client.sock
            assert told(tmp_path, f"set server file-type-detector/{this} weight 0").strip() == ""
            assert {asked()[0] for _ in range(30)} == {str(stable)}
            assert client.sock is kept, "the client's connection was not kept"
            told(tmp_path, f"set server file-type-detector/{this} weight 100")
            told(tmp_path, "set server file-type-detector/release-abababababab weight 0")
            assert {asked()[0] for _ in range(30)} == {str(own)}
            client.close()
            reader = http.client.HTTPConnection("127.0.0.1", metrics)
            reader.request("GET", "/metrics")
            counted = reader.getresponse().read().decode()
            assert f'server="{this}"' in counted
            reader.request("GET", "/else")
            assert reader.getresponse().status == 404
            reader.close()
