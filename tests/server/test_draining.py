from __future__ import annotations

import http.client
import shutil
import signal
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.certificates import local_certificate
from tests.server.doors import SECONDS, opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.doors import Door, Guarded

pytestmark = pytest.mark.slow


def until_unready(door: Door) -> int:
    """Ask until the server says that it ends; return how it says so."""
    for _ in range(2_000):
        if (status := door.ask("GET", "/readyz").status) != 200:
            return status
    raise AssertionError("it says that it is ready")


def test_who_is_told_to_end_says_so_first_and_answers_still(guarded: Guarded) -> None:
    with opened(guarded.folder, "--admission", "production", "--grace", "2") as door:
        door.process.send_signal(signal.SIGTERM)
        assert until_unready(door) == 503
        assert door.ask("GET", "/healthz").status == 200
        assert door.process.wait(SECONDS) == 0


def test_who_is_told_twice_ends_at_once(guarded: Guarded) -> None:
    with opened(guarded.folder, "--admission", "production", "--grace", "600") as door:
        door.process.send_signal(signal.SIGTERM)
        assert until_unready(door) == 503
        door.process.send_signal(signal.SIGTERM)
        assert door.process.wait(SECONDS) == 0


def shown_by(door: Door) -> bytes | None:
    """Return the certificate a new connection is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = door.address.hostname or "", door.address.port
    connection = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    try:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        return connection.sock.getpeercert(binary_form=True)
    finally:
        connection.close()


def test_a_certificate_is_read_again(guarded: Guarded, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        folder.mkdir()
    old, new = (local_certificate(folder) for folder in folders)
    used = tmp_path / "used.pem"
    shutil.copyfile(old, used)
    words = ("--admission", "production", "--tls-cert", str(used), "--log-format", "json")
    with opened(guarded.folder, *words) as door:
        first = shown_by(door)
        said = door.process.stderr
        assert said is not None
        for text, wanted in (("no certificate", "cannot be used"), ("", "was read again")):
            used.write_bytes(text.encode() or new.read_bytes())
            door.process.send_signal(signal.SIGHUP)
            line = said.readline()
            assert wanted in line
            assert line.startswith("{")
            assert (shown_by(door) == first) is bool(text)
        assert door.end()[0] == 0
