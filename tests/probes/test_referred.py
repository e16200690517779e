from __future__ import annotations

import pytest

from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.structure import FileReference, Structure
from weighbridge.probes.reading.files import unknown
from weighbridge.probes.referred import explained


def model(path: str, *references: FileReference) -> ObservedFile:
    structure = Structure(format="onnx", status="complete", references=references)
    return ObservedFile(path, 9, "sha256:00", structure)


def data(path: str, size: int = 100) -> ObservedFile:
    return ObservedFile(path, size, "sha256:01", unknown(size))


def said(*files: ObservedFile) -> dict[str, tuple[str, str, int]]:
    found = explained({file.path: file for file in files})
    return {
        path: (file.structure.format, file.structure.status, file.structure.coverage)
        for path, file in found.items()
        if isinstance(file, ObservedFile) and isinstance(file.structure, Structure)
    }


@pytest.mark.parametrize(
    ("path", "named", "there"),
    [
        ("m.onnx", "w.bin", "w.bin"),
        ("a/m.onnx", "w.bin", "a/w.bin"),
        ("a/m.onnx", "b/./w.bin", "a/b/w.bin"),
        ("a/m.xml", "*.bin", "a/m.bin"),
        ("a/v.1.index", "*.data-00000-of-00001", "a/v.1.data-00000-of-00001"),
    ],
)
def test_raw_data_are_explained_by_who_refers_to_them(path: str, named: str, there: str) -> None:
    found = said(model(path, FileReference(path=named, size=100)), data(there))
    assert found[there] == ("tensor-data", "complete", 100)


def test_bytes_behind_what_is_needed_stay_unjudged() -> None:
    found = said(model("m", FileReference(path="w", size=60)), data("w"))
    assert found["w"] == ("tensor-data", "incomplete", 60)


def test_the_largest_need_counts() -> None:
    first = model("m", FileReference(path="w", size=60))
    found = said(first, model("n", FileReference(path="w", size=100)), data("w"))
    assert found["w"] == ("tensor-data", "complete", 100)


def test_a_need_without_a_size_explains_nothing() -> None:
    assert said(model("m", FileReference(path="w")), data("w"))["w"][0] == "unknown"


def test_a_file_that_is_understood_stays_what_it_is() -> None:
    both = (model("m", FileReference(path="n", size=9)), model("n"))
    assert said(*both)["n"] == ("onnx", "complete", 0)
    assert said(data("x"))["x"] == ("unknown", "incomplete", 0)


def test_what_was_not_read_stays_unread() -> None:
    gone = Unavailable("no such file")
    found = explained({"m": model("m", FileReference(path="w", size=1)), "w": gone})
    assert found["w"] == gone
    unread = ObservedFile("w", 1, "sha256:01", Unavailable("its reader died"))
    assert explained({"m": model("m", FileReference(path="w", size=1)), "w": unread})["w"] == unread
