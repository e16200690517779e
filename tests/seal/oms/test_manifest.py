from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.seal.oms.manifest import (
    HISTORIC,
    PREDICATE,
    RECORD,
    Manifest,
    Method,
    read_manifest,
    write_manifest,
)
from weighbridge.seal.oms.names import (
    has_pattern,
    hash_type,
    is_path,
    plain_path,
    ranges,
    read_range,
)
from weighbridge.seal.statement import StatementError

if TYPE_CHECKING:
    from collections.abc import Callable

    Tree = dict[str, Any]

A, B, C = "a" * 64, "b" * 64, "c" * 64
TWO = Manifest(name="m", method=Method(), files={"b/c.bin": (B,), "a.bin": (A,)})


def tree(manifest: Manifest = TWO) -> Tree:
    found: Tree = json.loads(write_manifest(manifest))
    return found


def read(value: object) -> Manifest:
    return read_manifest(json.dumps(value).encode())


def test_a_statement_is_what_the_specification_shows() -> None:
    root = sha256(bytes.fromhex(A + B)).hexdigest()
    method = Method(ignore_paths=(".git", "x"))
    assert tree(replace(TWO, method=method)) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "m", "digest": {"sha256": root}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "resources": [
                {"name": "a.bin", "algorithm": "sha256", "digest": A},
                {"name": "b/c.bin", "algorithm": "sha256", "digest": B},
            ],
            "serialization": {
                "method": "files",
                "hash_type": "sha256",
                "allow_symlinks": False,
                "ignore_paths": [".git", "x"],
            },
        },
    }


def test_byte_ranges_are_named_by_their_ends_and_sorted_as_text() -> None:
    cut = Manifest(
        name="m",
        method=Method(shard_size=4),
        files={"a:b": (A, B, C), "none": ()},
        sizes={"a:b": 11, "none": 0},
    )
    predicate = tree(cut)["predicate"]
    assert [one["name"] for one in predicate["resources"]] == ["a:b:0:4", "a:b:4:8", "a:b:8:11"]
    assert predicate["serialization"]["method"] == "shards"
    assert predicate["serialization"]["shard_size"] == 4
    again = read(tree(cut))
    assert (again.files, again.sizes) == ({"a:b": (A, B, C)}, {"a:b": 11})


files = st.dictionaries(
    st.text(min_size=1).filter(is_path).filter(lambda name: name.isprintable()),
    st.sampled_from([A, B, C]).map(lambda digest: (digest,)),
    min_size=1,
)


@given(files, st.booleans())
def test_what_is_written_is_read(found: dict[str, tuple[str]], links: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    manifest = Manifest(name="m", method=Method(allow_symlinks=links), files=found)
    again = read_manifest(write_manifest(manifest))
    assert (again.files, again.method, again.name) == (found, manifest.method, "m")


def test_a_record_stands_where_others_do_not_look() -> None:
    recorded = tree(replace(TWO, record={".git": "sha256:1"}))
    resources = recorded["predicate"]["resources"]
    assert [one.keys() > {"annotations"} for one in resources] == [True, False]
    assert read(recorded).record == {".git": "sha256:1"}
    resources[0]["annotations"] = {RECORD: "junk"}
    assert read(recorded).record == {}
    resources[0]["annotations"] = "junk"
    assert read(recorded).record == {}


def test_what_is_not_known_is_passed_over() -> None:
    value = tree()
    value["more"] = value["predicate"]["more"] = value["predicate"]["resources"][0]["uri"] = 1.5
    assert read(value).files == {"a.bin": (A,), "b/c.bin": (B,)}


def test_the_reference_writes_numbers_names_and_order_of_its_own() -> None:
    cut = Manifest(name="m", method=Method(shard_size=4), files={"a": (A, B)}, sizes={"a": 8})
    value = tree(cut)
    value["predicate"]["serialization"]["shard_size"] = 4.0
    for one in value["predicate"]["resources"]:
        one["algorithm"] = "sha256-sharded-4"
    assert read(value).files == {"a": (A, B)}
    value = tree(Manifest(name="m", method=Method(), files={"a.b": (A,), "a/b": (B,)}))
    value["predicate"]["resources"].reverse()
    value["subject"][0]["digest"]["sha256"] = sha256(bytes.fromhex(B + A)).hexdigest()
    assert read(value).files == {"a/b": (B,), "a.b": (A,)}


def test_a_model_that_is_one_file_may_be_called_a_point() -> None:
    assert read(tree(Manifest(name="m", method=Method(), files={".": (A,)}))).files == {".": (A,)}


def predicate(**changes: object) -> Callable[[Tree], object]:
    return lambda value: value["predicate"].update(changes)


def serialization(**changes: object) -> Callable[[Tree], object]:
    return lambda value: value["predicate"]["serialization"].update(changes)


def resource(**changes: object) -> Callable[[Tree], object]:
    return lambda value: value["predicate"]["resources"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda value: value.update(_type="x"), "type is not"),
        (lambda value: value.update(predicateType="x"), "another type"),
        (lambda value: value.update(subject=[]), "exactly one subject"),
        (lambda value: value.update(subject={}), "not a list"),
        (lambda value: value.update(subject=value["subject"] * 2), "exactly one subject"),
        (lambda value: value.update(subject=[{"name": "", "digest": {}}]), "no name"),
        (lambda value: value.update(subject=[{"name": "m", "digest": {"sha256": "x"}}]), "sha256"),
        (lambda value: value.update(subject=[{"name": 1, "digest": {}}]), "not text"),
        (lambda value: value.pop("predicate"), "not a mapping"),
        (predicate(resources=[]), "signs no file"),
        (predicate(serialization=None), "not a mapping"),
        (serialization(hash_type="md5"), "hash type"),
        (serialization(allow_symlinks="false"), "links"),
        (serialization(ignore_paths=[1]), "not text"),
        (serialization(method="file-shard-4"), "neither of files nor of shards"),
        (serialization(method="shards"), "size of the shards"),
        (serialization(method="shards", shard_size=True), "size of the shards"),
        (serialization(method="shards", shard_size=1.5), "size of the shards"),
        (serialization(method="shards", shard_size=4), "no byte range"),
        (resource(name="b/c.bin"), "stands twice"),
        (resource(name="../a"), "no path"),
        (resource(name="/a"), "no path"),
        (resource(name="a//b"), "no path"),
        (resource(name="./a"), "no path"),
        (resource(name="."), "no path"),
        (resource(algorithm="blake3"), "hashed in another way"),
        (resource(digest="A" * 64), "no sha256"),
        (resource(digest=A[:40]), "no sha256"),
        (resource(digest=C), "root digest"),
        (lambda value: value["predicate"]["resources"].append("x"), "not a mapping"),
    ],
)
def test_what_contradicts_itself_is_refused(change: Callable[[Tree], object], why: str) -> None:
    value = tree()
    change(value)
    with pytest.raises(StatementError, match=why):
        read(value)


@pytest.mark.parametrize(
    "names",
    [
        ["a:0:4", "a:8:12"],
        ["a:4:8"],
        ["a:0:4", "a:4:9"],
        ["a:0:3", "a:3:6"],
        ["a:0:4", "a:4:8", "a:4:6"],
        ["a:0:999999999999999999"],
        ["a:0:0"],
        ["a:00:4"],
        [":0:4"],
    ],
)
def test_byte_ranges_that_leave_gaps_are_refused(names: list[str]) -> None:
    value = tree(Manifest(name="m", method=Method(shard_size=4), files={"a": (A,)}, sizes={"a": 4}))
    value["predicate"]["resources"] = [
        {"name": name, "algorithm": "sha256", "digest": A} for name in names
    ]
    root = sha256(bytes.fromhex(A * len(names))).hexdigest()
    value["subject"][0]["digest"]["sha256"] = root
    with pytest.raises(StatementError, match="byte range"):
        read(value)


@pytest.mark.parametrize("junk", [b"", b"[]", b"{", b"\xff", b'{"a":1,"a":2}'])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(StatementError):
        read_manifest(junk)


def test_a_model_of_nothing_is_not_signed() -> None:
    with pytest.raises(StatementError, match="no file"):
        write_manifest(replace(TWO, files={}))
    with pytest.raises(StatementError, match="cannot be written"):
        write_manifest(replace(TWO, files={"\ud800": (A,)}))


def test_v02_says_only_how_whole_files_were_hashed() -> None:
    subject = {"name": "a", "digest": {"sha256": A}, "annotations": {}}
    value = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": HISTORIC,
        "subject": [subject],
    }
    assert read(value).files == {"a": (A,)}
    subject["annotations"] = {"actual_hash_algorithm": "file-sha256-shards"}
    with pytest.raises(StatementError, match="whole files"):
        read(value)
    assert PREDICATE != HISTORIC


def test_names_have_one_spelling() -> None:
    assert [hash_type(one) for one in ("blake2", "blake2b", "sha512", 7)] == [
        "blake2b",
        "blake2b",
        None,
        None,
    ]
    assert [plain_path(one) for one in ("./a//b/", "/a", "..", "", ".", "a/../b")] == [
        "a/b",
        *[None] * 5,
    ]
    assert not is_path("a\0b")
    assert has_pattern("a*")
    assert read_range("a:0:1:0:4") == ("a:0:1", 0, 4)
    assert read_range("a:0") is None
    assert ranges(0, 4) == []
