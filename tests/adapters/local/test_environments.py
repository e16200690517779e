from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local.cargoes import parcel
from tests.wheels import wheel
from weighbridge.adapters.local.environments import Environments, differences, look
from weighbridge.codec.locks import read_lock
from weighbridge.model.errors import UnavailableError
from weighbridge.model.ports import NoProgress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.release import ModelRelease

ENVIRON = {"PATH": os.environ["PATH"]}


def lock_of(*wheels: Path) -> bytes:
    lines = []
    for one in wheels:
        name, version = one.name.split("-")[:2]
        digest = hashlib.sha256(one.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
    return "".join(lines).encode()


def laid(folder: Path, lock: bytes) -> tuple[ModelRelease, Path]:
    one = parcel(held={"requirements.lock": lock})
    files = folder / "release"
    files.mkdir(exist_ok=True)
    (files / "requirements.lock").write_bytes(lock)
    return one.release, files


def made(folder: Path, lock: bytes, options: Mapping[str, str]) -> str:
    release, files = laid(folder, lock)
    own = Environments(folder / "environments", options, ENVIRON, offline=True)
    return own.make(release, files, NoProgress())


def versions(python: str) -> dict[str, str]:
    return dict(look(python)["packages"])


def test_an_environment_is_made_of_wheels_and_shared(tmp_path: Path) -> None:
    first = wheel(tmp_path / "wheels", "first", "1.0")
    wheels = {"wheels": str(tmp_path / "wheels")}
    lock = lock_of(first)
    python = made(tmp_path, lock, wheels)
    assert versions(python) == {"first": "1.0"}
    before = Path(python).lstat().st_mtime_ns
    assert made(tmp_path, lock, wheels) == python
    assert Path(python).lstat().st_mtime_ns == before
    other = made(tmp_path, lock_of(wheel(tmp_path / "wheels", "first", "2.0")), wheels)
    assert versions(other) == {"first": "2.0"}


def test_one_that_was_half_made_is_made_anew(tmp_path: Path) -> None:
    wheels = {"wheels": str(tmp_path / "wheels")}
    lock = lock_of(wheel(tmp_path / "wheels", "first", "1.0"))
    python = made(tmp_path, lock, wheels)
    [whole] = (tmp_path / "environments").glob("*.whole")
    whole.unlink()
    subprocess.run(["rm", python], check=True)
    assert versions(made(tmp_path, lock, wheels)) == {"first": "1.0"}


def test_a_wheel_that_is_missing_or_another_is_said(tmp_path: Path) -> None:
    first = wheel(tmp_path / "wheels", "first", "1.0")
    lock = lock_of(first)
    wheels = {"wheels": str(tmp_path / "wheels")}
    wheel(tmp_path / "wheels", "first", "1.0", ["changed"])
    with pytest.raises(UnavailableError) as raised:
        made(tmp_path, lock, wheels)
    assert "hash" in raised.value.faults[0].seen.lower() + raised.value.faults[0].cause.lower()
    first.unlink()
    with pytest.raises(UnavailableError) as raised:
        made(tmp_path, lock, wheels)
    assert any("missing wheels" in one for one in raised.value.faults[0].help)


def test_nothing_is_fetched_offline(tmp_path: Path) -> None:
    lock = lock_of(wheel(tmp_path / "wheels", "first", "1.0"))
    with pytest.raises(UnavailableError) as raised:
        made(tmp_path, lock, {})
    assert any("--offline" in one for one in raised.value.faults[0].help)


def test_an_environment_that_is_there_has_to_be_what_the_lock_says(tmp_path: Path) -> None:
    wheels = {"wheels": str(tmp_path / "wheels")}
    lock = lock_of(wheel(tmp_path / "wheels", "first", "1.0"))
    there = {"environment": str(tmp_path / "there")}
    python = made(tmp_path, lock, wheels)
    (tmp_path / "there").symlink_to(Path(python).parent.parent)
    assert made(tmp_path, lock, there) == f"{tmp_path}/there/bin/python"
    other = lock_of(wheel(tmp_path / "wheels", "first", "2.0"))
    with pytest.raises(UnavailableError) as raised:
        made(tmp_path, other, there)
    assert raised.value.faults[0].seen == "first 1.0, not 2.0"


def test_what_is_no_python_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        made(tmp_path, b"", {"environment": str(tmp_path)})


def test_another_python_is_not_the_release_s(tmp_path: Path) -> None:
    change = {"runtime": {"implementation": "cpython", "version": "3.9.1"}, "image": None}
    release = parcel(environment={**change, "system": None, "resources": None}).release
    (tmp_path / "requirements.lock").write_bytes(b"")
    own = Environments(tmp_path / "e", {"environment": sys.prefix}, ENVIRON)
    with pytest.raises(UnavailableError) as raised:
        own.make(release, tmp_path, NoProgress())
    assert raised.value.faults[0].seen == f"Python {platform.python_version()}, not 3.9.1"


def test_markers_say_what_has_to_be_there() -> None:
    text = (
        b"here==1.0 ; sys_platform == 'linux'\n"
        b"elsewhere==1.0 ; sys_platform == 'win32'\n"
        b"Other_Name==1\n"
        b"twice==1.0 ; python_version < '3.0'\n"
        b"twice==2.0 ; python_version >= '3.0'\n"
    )
    pins = read_lock(text, "requirements", "lock").pins
    found = {
        "marker": {"sys_platform": "linux", "python_version": "3.11"},
        "packages": [["here", "1.0"], ["other.name", "1.0.0"], ["twice", "1.0"]],
    }
    assert list(differences(pins, found)) == ["twice 1.0, not 2.0"]
    assert list(differences(pins, {**found, "packages": []})) == [
        "no here",
        "no other-name",
        "no twice",
    ]
