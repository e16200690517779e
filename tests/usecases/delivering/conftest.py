from __future__ import annotations

import functools
import io
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest

from tests.usecases.cast import Clock
from tests.usecases.delivering.yard import NEW, NEWER, OLD, STAGING, Machine, Yard
from tests.usecases.stage import _Mute
from weighbridge.adapters import clock as system_clock
from weighbridge.adapters.registry import EmbeddedRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.cast import Cast


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, set_up: Path, all_keys: Path) -> Path:
    """Seal releases that are rolled out in steps; the first of them is promoted to staging."""
    folder = tmp_path_factory.mktemp("yard") / "project"
    shutil.copytree(set_up, folder)
    clock = Clock("2026-02-01T00:00:00Z")
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
    ):
        for name in os.environ:
            if name.startswith("WEIGHBRIDGE"):
                patch.delenv(name)
        patch.setenv("WEIGHBRIDGE_KEYS", str(all_keys))
        patch.chdir(folder)
        opened = functools.partial(EmbeddedRegistry, clock=clock)
        patch.setattr("weighbridge.adapters.registry.EmbeddedRegistry", opened)
        yard = Yard(folder, _Mute(out, err), clock)  # type: ignore[arg-type]
        yard.keys = all_keys
        yard.apply(STAGING)
        for reference in (OLD, NEW, NEWER):
            yard.seal(reference)
        yard.arrive(OLD)
    return folder


@pytest.fixture
def yard(
    ownerless: Cast,
    loaded: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Yard:
    """Run deliveries where the first release was promoted to staging, and nothing runs yet."""
    shutil.copytree(loaded, ownerless.folder, dirs_exist_ok=True)
    ownerless.clock.set("2026-02-01T04:00:00Z")
    monkeypatch.setattr(system_clock, "utc_now", ownerless.clock)
    found = Yard(ownerless.folder, capsys, ownerless.clock)
    found.machine = Machine()
    where = "weighbridge.bootstrap.delivery.open_target"
    monkeypatch.setattr(where, lambda _place, _around: found.machine)
    monkeypatch.setattr("weighbridge.cli.delivering.milliseconds", lambda: found.machine.now)
    monkeypatch.setattr("weighbridge.cli.delivering.wait", found.machine.wait)
    return found
