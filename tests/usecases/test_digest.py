from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING

import pytest
from blake3 import blake3

from tests.usecases.workshop import LABELS, WEIGHTS, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


def test_a_file_has_the_sha256_of_its_bytes(bench: Bench) -> None:
    found = bench("digest", "labels.json", "weights/model.safetensors")
    assert (found.code, found.err) == (0, "")
    assert (
        found.out
        == f"{sha256(LABELS)}  labels.json\n{sha256(WEIGHTS)}  weights/model.safetensors\n"
    )
    assert found.out.split()[0] == "sha256:" + hashlib.sha256(LABELS).hexdigest()


def test_a_folder_has_the_digest_of_its_listing(bench: Bench) -> None:
    (bench.folder / "weights/.hidden").write_bytes(b"")
    listing = {
        "files": [
            {"digest": sha256(b""), "path": ".hidden", "size": 0},
            {"digest": sha256(WEIGHTS), "path": "model.safetensors", "size": len(WEIGHTS)},
        ]
    }
    text = json.dumps(listing, sort_keys=True, separators=(",", ":"))
    wanted = sha256(text.encode())
    assert bench("digest", "weights").out == f"{wanted}  weights\n"
    assert bench("digest", "weights/").out == f"{wanted}  weights/\n"


def test_the_json_has_sizes_too(bench: Bench) -> None:
    found = bench("digest", "labels.json", "weights", "--output-format", "json").json
    assert list(found) == ["schemaVersion", "files"]
    assert found["files"][0] == {
        "path": "labels.json",
        "digest": sha256(LABELS),
        "size": len(LABELS),
    }
    assert found["files"][1]["size"] == len(WEIGHTS)


def test_nothing_is_left_out_of_a_folder(bench: Bench) -> None:
    plain = bench("digest", ".").out
    (bench.folder / ".git/extra").write_text("x")
    assert bench("digest", ".").out != plain


def test_blake3_has_a_line_for_each_file(bench: Bench) -> None:
    found = bench("digest", "--algorithm", "blake3", "labels.json", "weights")
    names = ["labels.json", "weights/model.safetensors"]
    wanted = [f"blake3:{blake3(data).hexdigest()}" for data in (LABELS, WEIGHTS)]
    lines = [f"{digest}  {name}\n" for digest, name in zip(wanted, names, strict=True)]
    assert (found.code, found.out) == (0, "".join(lines))


def shards(bench: Bench, **files: dict[str, bytes]) -> None:
    for name, tensors in files.items():
        header, data = {}, b""
        for tensor, raw in tensors.items():
            place = [len(data), len(data) + len(raw)]
            header[tensor] = {"dtype": "U8", "shape": [len(raw)], "data_offsets": place}
            data += raw
        text = json.dumps({"__metadata__": {"file": name}, **header}).encode()
        path = bench.folder / f"{name}.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def identity(bench: Bench, *paths: str) -> str:
    found = bench("digest", "--tensors", *paths, "--output-format", "json")
    assert found.code == 0
    return str(found.json["identity"])


def test_the_same_tensors_have_one_identity_in_any_order_and_any_files(bench: Bench) -> None:
    a, b = b"abc", b"\1\2"
    shards(bench, one={"a": a, "b": b}, other={"b": b, "a": a}, s1={"a": a}, s2={"b": b})
    shards(bench, changed={"a": a, "b": b"\1\3"}, renamed={"a": a, "c": b})
    known = identity(bench, "one.safetensors")
    assert identity(bench, "other.safetensors") == known
    assert identity(bench, "s2.safetensors", "s1.safetensors") == known
    assert identity(bench, "changed.safetensors") != known
    assert identity(bench, "renamed.safetensors") != known
    rows = [
        {
            "digest": f"blake3:{blake3(raw).hexdigest()}",
            "dtype": "U8",
            "name": name,
            "shape": [len(raw)],
        }
        for name, raw in (("a", a), ("b", b))
    ]
    text = json.dumps(rows, sort_keys=True, separators=(",", ":"))
    assert known == sha256(text.encode())


def test_tensors_are_listed_by_name_with_where_they_lie(bench: Bench) -> None:
    shards(bench, s1={"b": b"12"}, s2={"a": b"3"})
    found = bench("digest", "--tensors", "s1.safetensors", "s2.safetensors")
    digests = [f"blake3:{blake3(raw).hexdigest()}" for raw in (b"3", b"12")]
    assert found.out.splitlines()[:2] == [
        f"{digests[0]}  U8  [1]  a  s2.safetensors",
        f"{digests[1]}  U8  [2]  b  s1.safetensors",
    ]
    assert found.out.splitlines()[2].startswith("identity  sha256:")


@pytest.mark.parametrize(
    ("files", "words", "message"),
    [
        ({"one": {"a": b"1"}, "two": {"a": b"1"}}, ("one", "two"), "the tensor a stands in 2"),
        ({}, ("labels.json",), "no tensor in any file"),
        ({"one": {"a": b"1"}}, ("one", "--algorithm", "blake3"), "their digest is BLAKE3"),
    ],
)
def test_what_has_no_identity_is_refused(
    bench: Bench, files: dict[str, dict[str, bytes]], words: tuple[str, ...], message: str
) -> None:
    shards(bench, **files)
    named = [f"{word}.safetensors" if word in files else word for word in words]
    found = bench("digest", "--tensors", *named)
    assert (found.code, found.out) == (2, "")
    assert message in found.err


def test_a_file_that_is_not_whole_has_no_identity(bench: Bench) -> None:
    shards(bench, one={"a": b"123"})
    path = bench.folder / "one.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    found = bench("digest", "--tensors", "one.safetensors")
    assert (found.code, found.out) == (2, "")
    assert "one.safetensors is not whole" in found.err
