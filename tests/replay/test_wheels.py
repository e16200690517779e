from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.wheels import wheel
from weighbridge.adapters.replaying.wheels import environment_of_wheels
from weighbridge.model.build_record import PythonPackage
from weighbridge.model.errors import UnavailableError

READ = (
    PythonPackage(name="trained", version="1.2", read=4),
    PythonPackage(name="unread", version="9", read=0),
    PythonPackage(name="pip", version="0.1", read=4),
)


@pytest.mark.slow
def test_an_environment_holds_what_the_build_read_in_that_version(tmp_path: Path) -> None:
    for version in ("1.2", "1.3"):
        wheel(tmp_path / "wheels", "trained", version)
    ask = "import importlib.metadata as m; print(m.version('trained'))"
    with environment_of_wheels(tmp_path / "wheels", sys.executable, READ) as python:
        told = subprocess.run([python, "-I", "-c", ask], capture_output=True, check=True)
    assert told.stdout == b"1.2\n"
    assert not Path(python).exists()


@pytest.mark.slow
def test_a_wheel_that_is_missing_is_named(tmp_path: Path) -> None:
    wheel(tmp_path, "trained", "1.3")
    made = environment_of_wheels(tmp_path, sys.executable, READ[:1])
    with pytest.raises(UnavailableError, match="cannot be made") as caught, made:
        pass
    assert "trained==1.2" in caught.value.faults[0].cause
