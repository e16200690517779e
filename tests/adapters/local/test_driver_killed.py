"""A driver is killed at any of its steps; the next one finds what it has started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.local.cargoes import asked, free_port, parcel, servers_of, target
from tests.adapters.local.driver import BOTH
from weighbridge.adapters.local.waiting import until

ROOT = Path(__file__).parents[3]
WRITES = 12
"""How many files a driver writes until two releases run, at most."""


def killed(folder: Path, port: int, count: int, when: str) -> bool:
    """Run a driver until it is killed; tell whether it was, and had not done all already."""
    words = [sys.executable, "-m", "tests.adapters.local.driver", folder, port, count, when]
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    with subprocess.Popen(
        [str(one) for one in words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
    ) as driver:
        assert driver.stdout is not None
        done = driver.stdout.read(4) == b"done"
        driver.kill()
    return not done


def programs_of(folder: Path) -> list[str]:
    """List haproxy and Prometheus as far as they run in a folder."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - names
        if name.isdigit():
            try:
                where = str(Path(f"/proc/{name}/cwd").readlink())
            except OSError:
                continue
            if where in {str(folder / "haproxy"), str(folder / "prometheus")}:
                found.append(Path(where).name)
    return sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "when"),
    [
        *((1, "before"), (1, "after"), (2, "before"), (4, "before"), (6, "after")),
        *((8, "before"), (9, "after"), (11, "before"), (WRITES, "after")),
    ],
)
def test_one_process_of_each_runs_after_a_driver_was_killed(
    count: int, when: str, tmp_path: Path
) -> None:
    port = free_port()
    was = killed(tmp_path / "delivery", port, count, when)
    assert was or count > 1
    local = target(tmp_path / "delivery", port)
    one, two = parcel("1.0.0"), parcel("2.0.0")
    try:
        before = servers_of(tmp_path / "delivery")
        local.converge(two, one, BOTH)
        for each in (one, two):
            assert until(lambda each=each: local.health(each.digest).ready, 10)  # type: ignore[misc]
        found = servers_of(tmp_path / "delivery")
        assert len(found) == 2
        assert set(before) <= set(found), "what ran was not taken over"
        assert programs_of(tmp_path / "delivery") == ["haproxy", "prometheus"]
        both = {one.digest, two.digest}
        assert until(lambda: {asked(port)[2] for _ in range(10)} == both, 10)
        assert until(lambda: not local.meter.ask("up").error, 20)
    finally:
        local.stop_all(grace=2)
        local.close()
    assert servers_of(tmp_path / "delivery") == []
    assert programs_of(tmp_path / "delivery") == []
