"""Python in archives that is imported or run with them."""

from __future__ import annotations

import io
import tarfile

import pytest

from tests.formats.samples import Member, read, zip_bytes
from weighbridge.formats.imported_files import imported_files

HANDLER = {
    "MAR-INF/MANIFEST.json": b'{"model": {"handler": "handler.py"}}',
    "handler.py": b"x = 1\n",
    "lib/more.py": b"",
    "requirements.txt": b"evil\n",
    "model.bin": b"text\n",
}


def tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    return zip_bytes(*(Member(name=name.encode(), data=data) for name, data in files.items()))


def told(data: bytes) -> list[tuple[str, str, str]]:
    found = read(data)
    assert found.status == "complete"
    return [(use.kind, use.name, use.detail) for use in found.code]


@pytest.mark.parametrize("pack", [tar, zipped])
def test_handlers_of_torchserve_are_told(pack: object) -> None:
    data = tar(HANDLER) if pack is tar else zipped(HANDLER)
    assert told(data) == [
        ("python-file", "handler.py", "imported by TorchServe"),
        ("python-file", "lib/more.py", "imported by TorchServe"),
        ("python-file", "requirements.txt", "may be installed by TorchServe"),
    ]


def test_what_builds_a_source_distribution_is_told() -> None:
    files = {
        "tiny-1.0/PKG-INFO": b"Name: tiny\n",
        "tiny-1.0/setup.py": b"x = 1\n",
        "tiny-1.0/vendored/pkg/PKG-INFO": b"",
        "tiny-1.0/vendored/pkg/setup.py": b"",
        "other/setup.py": b"",
    }
    expected = [
        ("python-file", "tiny-1.0/setup.py", "run when the source distribution is built"),
    ]
    assert told(tar(files)) == told(zipped(files)) == expected


def test_what_python_imports_when_it_starts_is_told() -> None:
    assert told(tar({"lib/sitecustomize.py": b"", "a.py": b""})) == [
        ("start-up-hook", "lib/sitecustomize.py", "imported when Python starts"),
    ]


@pytest.mark.parametrize("name", ["setup.py", "lib/usercustomize.py", "my_handler.py"])
def test_what_is_imported_with_an_archive_is_read(name: str) -> None:
    files = {name: b"import os\nos.system('id')\n", "a.pth": b"import os; os.popen('id')\n"}
    for data in (tar(files), zipped(files)):
        found = read(data)
        calls = [use.name for part in found.walk() for use in part.code if part.container]
        assert calls == ["os.system", "import os; os.popen('id')", "os.popen"]


def test_what_is_told_is_bounded() -> None:
    names = ["MAR-INF/MANIFEST.json", *(f"{n}.py" for n in range(500))]
    assert len(list(imported_files(names))) == 100
