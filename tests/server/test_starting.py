"""What a server takes with it when it starts; what it does not need yet comes later."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.usecases.workshop import clean_environ
from weighbridge.adapters.accounts.opening import FILE, open_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60
LATER = {
    "alembic",
    "cel_expr_python",
    "dbos",
    "httpx",
    "jinja2",
    "joserfc",
    "opentelemetry.sdk",
    "weighbridge.gate.decide",
    "weighbridge.usecases.accepting",
}
"""To migrate, to weigh, to work, to log people in, to trace."""


@contextlib.contextmanager
def listening(folder: Path, imports: Path) -> Iterator[None]:
    """Run a server until it listens; what it imported is written down."""
    with imports.open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "weighbridge", "serve", "--port=0"],
            cwd=folder,
            env=clean_environ() | {"WEIGHBRIDGE_HOME": str(folder / "home")},
            stdout=subprocess.PIPE,
            stderr=told,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"weighbridge on http://127.0.0.1:")
            yield
        finally:
            for _ in range(2):
                process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=SECONDS)
            process.kill()
            process.wait()


def test_what_is_needed_later_is_imported_later(tmp_path: Path) -> None:
    open_accounts(tmp_path / "home" / FILE).close()
    with listening(tmp_path, tmp_path / "imports"):
        pass
    lines = (tmp_path / "imports").read_text(encoding="utf-8").splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines}
    assert {"fastapi", "sqlalchemy", "weighbridge.server.app"} <= imported
    assert LATER & imported == set()
