"""What all tests share: how hard hypothesis tries, and when slow tests run."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import is_hypothesis_test, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_servers import Cluster

# Derandomised in CI: the same commit gives the same verdict, on every machine.
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile("traced", max_examples=10, deadline=None, derandomize=True)
settings.register_profile("here", max_examples=25, deadline=None)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def pytest_addoption(parser: pytest.Parser) -> None:
    help_ = "Its tests ran traced; only what was left out there is run: slow ones, more examples."
    parser.addoption("--traced", action="append", default=[], metavar="FOLDER", help=help_)


def pytest_configure(config: pytest.Config) -> None:
    # Tracing makes a test three times as slow, and more examples reach no other lines.
    traces = config.pluginmanager.hasplugin("_cov")
    settings.load_profile(("traced" if traces else "ci") if in_ci() else "here")
    if (traces or not in_ci()) and not config.option.markexpr:
        config.option.markexpr = "not slow"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # Named at once: a run that is ended before its summary has still said what failed.
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nFAILED {report.nodeid} ({report.when})", file=sys.__stderr__, flush=True)


def ran_traced(path: Path, config: pytest.Config) -> bool:
    folders = [config.rootpath / one for one in config.getoption("traced")]
    return any(path.is_relative_to(one) for one in folders)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def is_left(item: pytest.Item) -> bool:
        if item.get_closest_marker("slow") or is_hypothesis_test(getattr(item, "obj", None)):
            return True
        return not ran_traced(item.path, config)

    if config.getoption("traced"):
        config.hook.pytest_deselected(items=[one for one in items if not is_left(one)])
        items[:] = [one for one in items if is_left(one)]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run a PostgreSQL server for all tests of this process; each makes a database of its own."""
    from tests.postgres_servers import cluster  # noqa: PLC0415 - few tests need it

    with cluster() as running:
        yield running
