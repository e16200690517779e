"""`check oci:…`: a packed release is weighed where it lies, and nothing of it is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.memory import MemoryBlobs
from tests.usecases.repacked import FORMS, archive, nothing_visible, pack_of
from weighbridge.model.errors import TransferError, UnavailableError
from weighbridge.model.fact import MISSING, Unavailable
from weighbridge.model.oci import FILEPATH
from weighbridge.model.ports import NoProgress
from weighbridge.rules.catalogue import RULES
from weighbridge.usecases.packed import open_packed
from weighbridge.usecases.packed_tree import PackedTree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import ByteSource

ALL = tuple(rule.code for rule in RULES)
WEIGHTS_PATH = "weights/model.safetensors"


def checked(run: Bench, form: str, *words: str) -> tuple[int, dict[str, Any]]:
    found = run("check", f"oci:layout:{form}", "--output-format=json", *words)
    assert found.code != 2, found.err
    nothing_visible(run)
    return found.code, json.loads(found.out)


def complaints(report: dict[str, Any], *codes: str) -> list[tuple[str, str, str]]:
    return [
        (one["code"], one["verdict"], one["subject"])
        for one in report["findings"]
        if one["code"] in (codes or ("INT001", "INT002", "INT003", "DEP003"))
    ]


@pytest.mark.parametrize("form", FORMS)
def test_it_is_judged_as_it_would_be_from_the_registry(
    form: str, layout: Path, run: Bench, packed_forms: tuple[Path, str]
) -> None:
    assert layout.is_dir()
    code, report = checked(run, form)
    assert run("pull", f"oci:layout:{form}").code == 0
    pulled = run("check", packed_forms[1], "--output-format=json")
    assert (code, report["release"]) == (pulled.code, pulled.json["release"])
    assert complaints(report, *ALL) == complaints(pulled.json, *ALL)
    assert report["skipped"] == pulled.json["skipped"]
    read = {one["name"] for one in report["inputs"]} & {WEIGHTS_PATH, "tokenizer/vocab.txt"}
    assert len(read) == 2


@pytest.mark.parametrize(
    ("path", "code"), [(WEIGHTS_PATH, "INT001"), ("requirements.lock", "DEP003")]
)
def test_flipped_bytes_are_found(path: str, code: str, layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "raw")
    place = pack.path(pack.layer(path).digest)
    place.write_bytes(place.read_bytes()[:-1] + b"\xff")
    exit_code, report = checked(run, "raw")
    assert exit_code == 1
    assert [one[:2] for one in complaints(report, code)] == [(code, "fail")]


@pytest.mark.parametrize("form", ["tar", "image"])
def test_flipped_bytes_of_an_archive_are_found(form: str, layout: Path, run: Bench) -> None:
    pack = pack_of(layout, form)
    place = next(
        pack.path(layer.digest)
        for layer in pack.manifest.layers
        if b"\na\nb\n".strip() in pack.path(layer.digest).read_bytes()
        and layer.annotations[FILEPATH].startswith("tokenizer")
    )
    place.write_bytes(place.read_bytes().replace(b"a\nb\n", b"a\nB\n"))
    code, report = checked(run, form)
    assert code == 1
    found = complaints(report)
    assert ("INT001", "fail", "tokenizer/vocab.txt") in found
    assert any(one[0] == "INT003" for one in found)


def test_a_file_more_is_found(layout: Path, run: Bench) -> None:
    pack_of(layout, "raw").add("tokenizer/tokenizer.py", b"import os")
    pack_of(layout, "raw").add("setup.py", b"import os")
    code, report = checked(run, "raw")
    assert code == 1
    assert complaints(report) == [
        ("INT003", "fail", "setup.py"),
        ("INT003", "fail", "tokenizer/tokenizer.py"),
    ]


@pytest.mark.parametrize("path", [WEIGHTS_PATH, "tokenizer/vocab.txt"])
def test_a_file_less_is_found(path: str, layout: Path, run: Bench) -> None:
    pack_of(layout, "raw").drop(path)
    code, report = checked(run, "raw")
    assert code == 1
    assert [one[1:] for one in complaints(report, "INT001", "INT002")].count(("fail", path)) == 1


def test_an_archive_that_breaks_off_passes_nothing(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "tar")
    layer = next(
        one for one in pack.manifest.layers if one.annotations[FILEPATH].startswith("weights")
    )
    place = pack.path(layer.digest)
    place.write_bytes(place.read_bytes()[:520])
    code, report = checked(run, "tar")
    assert code == 1
    assert ("INT001", "inconclusive", WEIGHTS_PATH) in complaints(report)
    assert [one[1] for one in complaints(report, "INT003")] == ["fail"]


def test_an_archive_with_a_file_more(layout: Path, run: Bench) -> None:
    pack = pack_of(layout, "tar")
    layer = next(
        one for one in pack.manifest.layers if one.annotations[FILEPATH].startswith("tokenizer")
    )
    files = {"tokenizer/deep/ä": b"", "tokenizer/vocab.txt": b"a\nb\n", "tokenizer/x.py": b"x"}
    pack.change(layer.annotations[FILEPATH], archive(files))
    code, report = checked(run, "tar")
    assert (code, complaints(report)) == (1, [("INT003", "fail", "tokenizer/x.py")])


def test_only_what_is_weighed_alone_is_weighed_there(layout: Path, run: Bench) -> None:
    assert layout.is_dir()
    for option in ("--sign", "--fix", "--diff"):
        found = run("check", "oci:layout:raw", option)
        assert found.code == 2
        assert "weighbridge pull oci:layout:raw" in found.err


class Failing:
    """A blob whose registry stops answering."""

    def __init__(self, source: ByteSource, error: Exception) -> None:
        self._source, self._error = source, error
        self.size = source.size

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a source has
        return getattr(self._source, name)

    def read(self, *_: int) -> bytes:
        raise self._error

    read_at = read


@pytest.mark.parametrize(
    "error", [TransferError("other bytes came"), UnavailableError("it is not available")]
)
def test_a_layer_that_stops_arriving_is_a_file_that_cannot_be_read(
    error: Exception, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = pack_of(layout, "raw").repository
    tree = PackedTree(open_packed(repository, "raw"), MemoryBlobs(), NoProgress())
    really = repository.open

    def broken(descriptor: Descriptor) -> Any:  # noqa: ANN401 - it only looks like a source
        return Failing(really(descriptor), error)

    monkeypatch.setattr(repository, "open", broken)
    source = tree.open(WEIGHTS_PATH)
    assert not isinstance(source, Unavailable)
    with pytest.raises(OSError, match=str(error)):
        source.read(1)
    with pytest.raises(OSError, match=str(error)):
        source.read_at(0, 1)
    assert not source.changed()
    source.close()


def test_a_layer_that_is_gone_is_no_file(layout: Path) -> None:
    pack = pack_of(layout, "raw")
    tree = PackedTree(open_packed(pack.repository, "raw"), MemoryBlobs(), NoProgress())
    pack.path(pack.layer(WEIGHTS_PATH).digest).unlink()
    found = tree.open(WEIGHTS_PATH)
    assert isinstance(found, Unavailable)
    assert tree.open("nobody") == tree.kind("nobody") == Unavailable(MISSING)
