"""Whatever the description allows is asked, and what it does not: no 5xx, nothing undescribed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.server.doors import NOW
from tests.server.team import Limits, served, team_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.doors import Guarded

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
CONFIG = """\
[[operations]]
include-method = "GET"
parameters = {{ "path.digest" = "{digest}", "path.environment" = "production", "path.path" = "0/000.p/7" }}

[[operations]]
include-method = "POST"
parameters = {{ "path.environment" = "production" }}
"""
"""What is there is asked for, too, not only what might be."""


@pytest.fixture(scope="module")
def address(story: Guarded) -> Iterator[str]:
    app = team_app(story.registry, story.clock, limits=Limits(requests=10**9))
    with served(app) as address:
        yield address


@pytest.mark.slow
def test_every_operation_answers_as_it_is_described(
    address: str, story: Guarded, tmp_path: Path
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG.format(digest=story.digest(NOW)))
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(program, "--config-file", config, "run", f"{address}/v1/openapi.json"),
            *("--header", "Authorization: Bearer dora", "--checks", ",".join(CHECKS)),
            *("--max-examples", "40", "--seed", "7", "--generation-database", "none"),
            *("--suppress-health-check", "all", "--continue-on-failure", "--no-color"),
        ],
        cwd=tmp_path,
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert "Operations:" in done.stdout
