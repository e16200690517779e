from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.forge import TOKEN, listening
from tests.ci.pipeline import SHELLS, Job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.ci.forge import Forge


@pytest.fixture
def forge() -> Iterator[Forge]:
    """Be a forge."""
    with listening() as found:
        yield found


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Name a shell that the script must run in."""
    return str(request.param)


@pytest.fixture
def job(tmp_path: Path, forge: Forge) -> Job:
    """Be a job of GitHub's, for the pull request 7."""
    found = Job.at(tmp_path)
    found.environ |= {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": forge.address,
        "GITHUB_REPOSITORY": "acme/models",
        "GITHUB_OUTPUT": str(found.here / "output"),
        "GITHUB_STEP_SUMMARY": str(found.here / "summary"),
        "WEIGH_NUMBER": "7",
        "WEIGH_TOKEN": TOKEN,
    }
    return found
