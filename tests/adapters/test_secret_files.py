from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.secret_files import LONGEST, read_secret
from weighbridge.model.errors import PassphraseError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "credential"


@pytest.mark.parametrize("content", ["hunter2", "hunter2\n", "hunter2\r\n"])
@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440])
def test_a_secret_is_the_line_of_a_file(path: Path, content: str, mode: int) -> None:
    path.write_bytes(content.encode())
    path.chmod(mode)
    assert read_secret(path, follow=False) == "hunter2"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no secret"),
        (b"\n", "holds no secret"),
        (b"hunter2\nhunter3\n", "holds no secret"),
        (b"hunter2\0", "holds no secret"),
        (b"hunter2\xff", "is not UTF-8"),
        (b"h" * (LONGEST + 1), "holds more than 4096 bytes"),
        (b"h" * 100_000, "holds more than 4096 bytes"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(
    path: Path, content: bytes, why: str
) -> None:
    path.write_bytes(content)
    path.chmod(0o400)
    with pytest.raises(PassphraseError, match=why) as caught:
        read_secret(path, follow=False)
    assert "hunter" not in repr(caught.value.faults)
    assert caught.value.__cause__ is None


def test_a_secret_everybody_may_read_is_refused(path: Path) -> None:
    path.write_text("hunter2")
    path.chmod(0o404)
    with pytest.raises(PassphraseError, match="may be read by everybody"):
        read_secret(path, follow=True)


def test_a_link_is_followed_only_where_it_may_be(path: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("hunter2")
    (tmp_path / "there").chmod(0o400)
    path.symlink_to(tmp_path / "there")
    assert read_secret(path, follow=True) == "hunter2"
    with pytest.raises(OSError, match="symbolic link"):
        read_secret(path, follow=False)


def test_nobody_waits_for_a_pipe(path: Path) -> None:
    os.mkfifo(path, 0o400)
    with pytest.raises(PassphraseError, match="is no file"):
        read_secret(path, follow=False)
