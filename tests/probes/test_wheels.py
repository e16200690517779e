from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.probes.environments import (
    DEMO,
    SITE,
    departures,
    environment,
    install,
    only,
    row,
    verified,
    wheel,
)
from weighbridge.model.lock import Lock, Pin
from weighbridge.probes.python.wheels import Wheels

if TYPE_CHECKING:
    from pathlib import Path

NAME = "demo-1.0-py3-none-any.whl"


def lock(*digests: str) -> Lock:
    return Lock(
        format="requirements",
        pins=(Pin(name="demo", version="1.0", hashes=digests, hashed=True),),
    )


def hashed(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def at_hand(folder: Path, *wheels: bytes, locked: tuple[bytes, ...] | None = None) -> Wheels:
    """Put wheels into a folder, and lock them, or others."""
    for number, data in enumerate(wheels):
        (folder / str(number)).mkdir(parents=True)
        (folder / str(number) / NAME).write_bytes(data)
    return Wheels(folder, [lock(*map(hashed, wheels if locked is None else locked))])


@pytest.fixture
def env(tmp_path: Path) -> Path:
    environment(tmp_path / "env")
    return tmp_path / "env"


def test_what_fits_the_wheel_a_lock_names_is_authentic(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    found = verified(env, at_hand(tmp_path / "wheels", wheel()))
    assert (only(found).standing, only(found).why, found.departures) == ("authentic", "", ())


def test_a_rewritten_record_is_seen(env: Path, tmp_path: Path) -> None:
    install(env / SITE, {"demo/__init__.py": b"EVIL = 1\n", "demo/more.py": b""})
    assert only(verified(env)).standing == "self-consistent"
    wheels = at_hand(tmp_path / "wheels", wheel())
    assert only(verified(env, wheels)).standing == "tampered"
    assert departures(env, wheels) == [
        ("rewritten", "demo/__init__.py"),
        ("rewritten", "demo/data/table.csv"),
        ("rewritten", "demo/more.py"),
    ]


def test_what_installers_make_is_no_departure(env: Path, tmp_path: Path) -> None:
    points = "demo-1.0.dist-info/entry_points.txt"
    files = {**DEMO, points: b"[console_scripts]\nrun = demo:main\n[other]\nx = demo:main\n"}
    data = "demo-1.0.data"
    inside = {
        f"{data}/purelib/pure.py": b"1",
        f"{data}/scripts/tool": b"#!python\n",
        f"{data}/data/share/x": b"2",
        f"{data}/headers/x.h": b"3",
        f"{data}/scripts/": b"",
    }
    wheels = at_hand(tmp_path / "wheels", wheel({**files, **inside}))
    (env / "bin").mkdir()
    (env / "share").mkdir()
    outside = {"bin/run": b"#!x", "bin/tool": b"#!x", "share/x": b"2", "bin/other": b"#!x"}
    for path, content in outside.items():
        (env / path).write_bytes(content)
    rows = "".join(row(f"../../../{path}", content) for path, content in outside.items())
    install(env / SITE, {**files, "pure.py": b"1"}, rows=rows + "demo/__pycache__/a.pyc,,\n")
    assert departures(env, wheels) == [("rewritten", "bin/other")]


def test_another_wheel_than_the_lock_names_proves_nothing(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    found = only(verified(env, at_hand(tmp_path / "wheels", wheel(), locked=(b"another",))))
    assert found.standing == "self-consistent"
    assert found.why == "the lock names another wheel than the one at hand"


def test_of_several_wheels_the_one_that_fits_counts(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    wheels = at_hand(tmp_path / "wheels", wheel({"demo/other.py": b""}), wheel())
    assert only(verified(env, wheels)).standing == "authentic"


def test_a_longer_digest_of_the_lock_serves_too(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    at_hand(tmp_path / "wheels", wheel())
    wheels = Wheels(tmp_path / "wheels", [lock(hashed(wheel(), "sha512"), "md5:00")])
    assert only(verified(env, wheels)).standing == "authentic"


def test_without_a_wheel_there_is_nothing_to_compare_with(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    (tmp_path / "wheels").mkdir()
    for name in ("nonsense.whl", "demo-2.0-py3-none-any.whl", "demo-1.0.tar.gz"):
        (tmp_path / "wheels" / name).write_bytes(b"")
    found = only(verified(env, Wheels(tmp_path / "wheels", [lock()])))
    assert (found.standing, found.why) == ("self-consistent", "no wheel of it is at hand")


def archive(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/"), data)
    return held.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"no archive",
        archive(),
        archive(**{"a.dist-info__RECORD": b"", "b.dist-info__RECORD": b""}),
        archive(**{"a.dist-info__RECORD": b'"'}),
        archive(**{"a.dist-info__RECORD": b"\xff"}),
        wheel()[:-30],
    ],
)
def test_a_wheel_that_cannot_be_read_proves_nothing(env: Path, tmp_path: Path, data: bytes) -> None:
    install(env / SITE)
    found = only(verified(env, at_hand(tmp_path / "wheels", data)))
    assert found.standing == "self-consistent"
    assert found.why.startswith(f"{NAME} cannot be read: ")


def test_a_wheel_that_is_a_link_is_not_read(env: Path, tmp_path: Path) -> None:
    install(env / SITE)
    (tmp_path / "real.bin").write_bytes(wheel())
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / NAME).symlink_to(tmp_path / "real.bin")
    wheels = Wheels(tmp_path / "wheels", [lock(hashed(wheel()))])
    assert only(verified(env, wheels)).standing == "self-consistent"
