from __future__ import annotations

import json
import os
import struct
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.advisories import record, write
from weighbridge.adapters.advisories.sources import records_in
from weighbridge.model.errors import UnreadableError
from weighbridge.model.limits import AdvisoryLimits

if TYPE_CHECKING:
    from pathlib import Path

ONE = json.dumps(record()).encode()


def read(path: Path, **limits: int) -> dict[str, str]:
    """Return what could not be read, by name; of what could, nothing is said."""
    found = records_in(path, "source", limits=AdvisoryLimits(**limits))
    return {one.name: one.reason for one in found}


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name.replace("__", "/") + ".json", data)
    return path


def test_a_folder_is_read_to_its_ends_without_what_is_hidden(tmp_path: Path) -> None:
    write(tmp_path / "torch", record())
    write(tmp_path / ".github", record())
    (tmp_path / "a.yml").write_bytes(b"x")
    (tmp_path / ".pre-commit.yaml").write_bytes(b"x")
    (tmp_path / "LICENSE").write_bytes(b"x")
    assert read(tmp_path) == {"a.yml": "", "torch/PYSEC-2026-1.json": ""}


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.json").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "b.json")
    found = read(tmp_path)
    assert found.keys() == {"a.json", "b.json"}
    assert "link" in found["a.json"]
    assert "regular" in found["b.json"]


def test_one_file_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(ONE)
    (found,) = records_in(tmp_path / "a.json", "a.json")
    assert found.data == ONE


@pytest.mark.parametrize(
    ("name", "why"),
    [("..__x", "leads out"), ("__x", "leads out"), ("a__..__..__x", "leads out")],
)
def test_names_that_lead_out_of_an_archive(tmp_path: Path, name: str, why: str) -> None:
    (reason,) = read(archive(tmp_path / "a.zip", **{name: ONE})).values()
    assert why in reason


def test_bombs_are_not_unfolded(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", bomb=b" " * 3_000_000, fine=ONE)
    assert (
        read(path, ratio=10, slack=1000)
        == {
            "bomb.json": "unfolds to more than 30,240 bytes",
            "fine.json": "",
        }
        or "unfolds to more" in read(path, ratio=10, slack=1000)["bomb.json"]
    )
    assert "larger than" in read(path, record=1 << 20)["bomb.json"]


def test_a_member_that_lies_about_its_size_is_cut(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", bomb=b" " * 3_000_000)
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10)))
    assert "damaged" in read(path)["bomb.json"] or "unfolds" in read(path)["bomb.json"]


def test_damaged_and_encrypted_members_are_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", one=ONE, two=ONE)
    data = bytearray(path.read_bytes())
    data[data.index(b"one.json") + 10] ^= 0xFF
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    found = read(path)
    assert "damaged" in found["one.json"]
    assert "encrypted" in found["two.json"]


def test_other_compressions_are_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as opened:
        opened.writestr("a.json", ONE)
    assert "not read" in read(tmp_path / "a.zip")["a.json"]


def test_hidden_members_and_others_are_no_records(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", **{".github__x": ONE, "a__b": ONE})
    assert read(path) == {"a/b.json": ""}


@pytest.mark.parametrize("limits", [{"records": 1}, {"unfolded": 100}, {"archive": 10}])
def test_too_much_is_refused_as_a_whole(tmp_path: Path, limits: dict[str, int]) -> None:
    path = archive(tmp_path / "a.zip", a=ONE, b=ONE)
    with pytest.raises(UnreadableError):
        read(path, **limits)


def test_too_many_files_of_a_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, record("A-1"), record("A-2"))
    with pytest.raises(UnreadableError, match="too much"):
        read(tmp_path, records=1)


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="source cannot be read: no such file"):
        read(tmp_path / "gone")


def test_an_archive_cut_short_is_told(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", a=ONE)
    data = path.read_bytes()
    place = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[:place] + b"XXXX" + data[place + 4 :])
    with pytest.raises(UnreadableError, match="no archive"):
        read(path)
