from __future__ import annotations

import hashlib
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.formats.samples import SYSTEM, safetensors, two_tensors
from tests.probes.s3_server import BUCKET, Store, serving
from weighbridge.model.errors import UnreadableError
from weighbridge.model.fact import MISSING, ObservedFile, PathProblem, Unavailable
from weighbridge.model.ports import Located
from weighbridge.model.remote import is_address
from weighbridge.probes import objects
from weighbridge.probes.objects import ObjectSource, ObjectTree
from weighbridge.probes.open_file import CHANGED
from weighbridge.probes.reading.fanned import FannedReading
from weighbridge.probes.reading.files import Reading
from weighbridge.probes.reading.job import open_tree
from weighbridge.probes.tree import WorkTree
from weighbridge.probes.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.probes.s3_server import Asked
    from weighbridge.probes.reading.files import Found

ROOT = f"s3://{BUCKET}/m"
RANGE = 8 << 20
WEIGHTS = safetensors(two_tensors(), bytes(28))
FILES = {
    "a-b/x": b"x",
    "a.bin": bytes(range(256)) * 1_000,
    "a/b/evil.pkl": SYSTEM,
    "a/weights.safetensors": WEIGHTS,
    "empty": b"",
    "é ü+%20&<>?#~*": b"odd",
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Serve a bucket; whoever reads from it gives up soon."""
    short = timedelta(milliseconds=1)
    backoff = {"init_backoff": short, "max_backoff": short}
    monkeypatch.setattr(objects, "_RETRY", {"max_retries": 1, "backoff": backoff})
    with serving() as store:
        for name, value in store.environ.items():
            monkeypatch.setenv(name, value)
        store.objects.update({f"m/{key}": data for key, data in FILES.items()})
        store.objects["other"] = store.objects["mm/x"] = b"not below"
        yield store


def lay_out(folder: Path) -> WorkTree:
    """Write the same files into a folder."""
    for key, data in FILES.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(data)
    return WorkTree(folder)


def read(store: Store, *paths: str) -> dict[str, Found]:
    store.asked.clear()
    return dict(Reading().read(ObjectTree(ROOT), paths))


def names(*keys: str) -> list[str | PathProblem]:
    """List a bucket that holds other keys than the usual."""
    with serving() as other, pytest.MonkeyPatch.context() as patch:
        for name, value in other.environ.items():
            patch.setenv(name, value)
        other.objects.update({key: b"" if key.endswith("/") else b"x" for key in keys})
        return list(ObjectTree(ROOT).files(""))


@pytest.mark.parametrize("page", [1, 3, 1_000])
def test_all_below_a_prefix_is_listed_in_the_order_of_a_walk(
    store: Store, tmp_path: Path, page: int
) -> None:
    store.page = page
    tree = lay_out(tmp_path)
    listed = list(ObjectTree(ROOT).files(""))
    assert listed == list(tree.files(""))
    assert set(listed) == set(FILES)
    assert (
        list(ObjectTree(ROOT).files("a/"))
        == list(tree.files("a"))
        == sorted(name for name in FILES if name.startswith("a/"))
    )
    assert list(ObjectTree(ROOT).files("nowhere")) == []


def test_a_whole_bucket_is_a_tree(store: Store) -> None:
    assert set(ObjectTree(f"s3://{BUCKET}").files(".")) == set(store.objects)


def test_kinds(store: Store) -> None:
    tree = ObjectTree(ROOT)
    assert tree.kind("a.bin") == tree.kind("./a/../a.bin") == "file"
    assert tree.kind("a") == tree.kind("a/b/") == "directory"
    assert tree.kind("nowhere") == tree.open("nowhere") == Unavailable(MISSING)
    assert tree.kind("we") == Unavailable(MISSING)  # the beginning of a name is no folder
    assert [link for _, _, link in tree.sources(["a.bin"])] == [None]
    assert not [one for one in store.asked if one.method == "GET" and one.key]


def test_another_process_finds_an_object_by_its_address(store: Store) -> None:
    tree = ObjectTree(ROOT)
    assert tree.locate("a.bin") == Located(ROOT, "a.bin", len(FILES["a.bin"]))
    assert tree.locate("nowhere") == Located(ROOT, "nowhere", 0)
    again = open_tree(ROOT)
    assert dict(Reading().read(again, FILES)) == dict(Reading().read(tree, FILES))
    assert store.asked


@pytest.mark.parametrize("tags", [True, False])
def test_objects_are_what_files_are(store: Store, tmp_path: Path, *, tags: bool) -> None:
    store.tags = tags
    found = dict(Reading().read(ObjectTree(ROOT), FILES))
    assert found == dict(Reading().read(lay_out(tmp_path), FILES))
    assert all(isinstance(one, ObservedFile) for one in found.values())
    tree = ObjectTree(ROOT)
    assert list(tree.files("")) == sorted(FILES, key=lambda name: name.split("/"))
    assert dict(Reading().read(tree, FILES)) == found


def test_other_processes_read_the_same(store: Store) -> None:
    tree = ObjectTree(ROOT)
    assert dict(FannedReading().read(tree, FILES)) == dict(Reading().read(tree, FILES))
    assert store.asked


def test_nothing_is_fetched_but_by_range(store: Store) -> None:
    data = b"".join(hashlib.sha256(bytes([at])).digest() * 100_000 for at in range(8))
    store.objects["m/large"] = data
    (found,) = read(store, "large").values()
    assert isinstance(found, ObservedFile)
    assert found.digest == "sha256:" + hashlib.sha256(data).hexdigest()
    ranges = store.reads("m/large")
    lengths = [one[1] - one[0] for one in ranges if one is not None]
    assert len(lengths) == len(ranges)
    assert max(lengths) <= RANGE
    # The end is looked at for the format; all else is fetched once.
    assert sum(lengths) == len(data) + 4096
    assert {one.if_match for one in store.asked if one.method == "GET"} != {""}


def test_any_stretch_of_an_object_can_be_read(store: Store) -> None:
    source = ObjectTree(ROOT).open("a.bin")
    assert isinstance(source, ObjectSource)
    data = FILES["a.bin"]
    with source:
        assert source.identity() == ""  # whose answer it is, is not known
        assert source.read_at(300, 5) == data[300:305]
        assert source.read(3) == data[:3]
        assert source.read_at(len(data) - 2, 50) == data[-2:]
        assert source.read_at(len(data), 5) == source.read_at(1, 0) == b""
        assert source.read(1 << 30) == data[3:]
        assert source.read(1) == b""
        assert not source.changed()
    assert None not in store.reads("m/a.bin")


@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_object_replaced_while_it_is_read_has_changed(
    store: Store, method: str, *, tags: bool
) -> None:
    """Before its first byte is asked for, and before it is looked at for the last time."""
    store.tags = tags
    looks = [0]

    def replace(asked: Asked) -> None:
        looks[0] += asked.method == method
        if asked.method == method and looks[0] == (2 if method == "HEAD" else 1):
            store.objects["m/a.bin"] = FILES["a.bin"][::-1] + (b"" if tags else b"!")

    store.meanwhile = replace
    assert read(store, "a.bin") == {"a.bin": CHANGED}


def test_an_object_replaced_between_two_stretches_has_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "_RANGE", 100_000)

    def replace(asked: Asked) -> None:
        if asked.range == (100_000, 200_000):
            store.objects["m/a.bin"] = FILES["a.bin"][::-1]

    store.meanwhile = replace
    assert read(store, "a.bin") == {"a.bin": CHANGED}
    # Nothing of the new one was mixed in, and nothing more was asked for.
    assert (200_000, 256_000) not in store.reads("m/a.bin")


def test_an_object_that_vanishes_while_it_is_read_has_changed(store: Store) -> None:
    store.meanwhile = lambda asked: asked.method == "GET" and store.objects.pop("m/a.bin", None)
    assert read(store, "a.bin") == {"a.bin": CHANGED}


def test_an_object_that_vanishes_behind_its_last_byte_has_changed(store: Store) -> None:
    tree = ObjectTree(ROOT)
    list(tree.files(""))
    store.meanwhile = lambda asked: asked.method == "HEAD" and store.objects.pop("m/a.bin", None)
    assert dict(Reading().read(tree, ["a.bin"])) == {"a.bin": CHANGED}


def test_an_object_that_vanished_after_it_was_listed_has_changed(store: Store) -> None:
    tree = ObjectTree(ROOT)
    assert "a.bin" in list(tree.files(""))
    del store.objects["m/a.bin"]
    assert dict(Reading().read(tree, ["a.bin"])) == {"a.bin": CHANGED}
    assert read(store, "a.bin") == {"a.bin": Unavailable(MISSING)}


def test_an_object_that_may_not_be_read_is_not_there_to_be_judged(store: Store) -> None:
    tree = ObjectTree(ROOT)
    list(tree.files(""))
    store.refusals["m/a.bin"] = 403
    listed = dict(Reading().read(tree, ["a.bin", "a-b/x"]))
    assert listed["a.bin"] == Unavailable("the file cannot be read: permission denied")
    assert isinstance(listed["a-b/x"], ObservedFile)
    found = read(store, "a.bin")["a.bin"]
    assert isinstance(found, Unavailable)
    assert found.reason.startswith("it cannot be read: ")
    assert ObjectTree(ROOT).kind("a.bin") == found


@pytest.mark.parametrize("trouble", ["status", "length"])
def test_an_answer_that_is_none_is_told_without_what_passes(store: Store, trouble: str) -> None:
    if trouble == "status":
        tree = ObjectTree(ROOT)
        list(tree.files(""))
        store.refusals["m/a.bin"] = 500
    else:
        tree = ObjectTree(ROOT)
        store.short.add("m/a.bin")
    found = [dict(Reading().read(tree, ["a.bin"]))["a.bin"] for _ in range(2)]
    assert isinstance(found[0], Unavailable)
    assert found[0].reason.startswith("the file cannot be read: ")
    # How long it took, and how often it was tried, would be another report each time.
    assert found[0] == found[1]
    assert "retries" not in found[0].reason


def test_a_store_that_does_not_list_is_unreadable(store: Store) -> None:
    store.refusals[""] = 403
    with pytest.raises(UnreadableError, match=r"s3://models/m cannot be listed: .*403") as caught:
        list(ObjectTree(ROOT).files(""))
    assert "prefix" not in str(caught.value)  # an address may hold a signature behind `?`
    assert caught.value.faults[0].help


def test_a_wrong_address_is_unreadable(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match=r"s3://nowhere/m cannot be listed: .*404"):
        list(ObjectTree("s3://nowhere/m").files(""))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(UnreadableError, match=r"cannot be listed: .*error sending request"):
        list(ObjectTree(ROOT).files(""))
    found = ObjectTree(ROOT).open("a.bin")
    assert isinstance(found, Unavailable)
    assert store.asked


@pytest.mark.parametrize("address", ["s3://", "s3:///m", "az://account/container"])
def test_an_address_that_names_no_store(store: Store, address: str) -> None:
    with pytest.raises(UnreadableError, match="is no store: "):
        ObjectTree(address)
    assert store.asked == []


def test_what_is_an_address() -> None:
    for address in ("s3://b", "gs://b/p", "az://c/p"):
        assert is_address(address)
    for path in ("s3", "s3:/b", "./s3://b", "file:///etc", "http://b", "S3://b", "C://b"):
        assert not is_address(path)


def test_without_the_extra_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(UnreadableError, match="needs an extra") as caught:
        ObjectTree(ROOT)
    assert caught.value.faults[0].help == ('pip install "weighbridge[objects]"',)


def test_keys_that_are_one_file_elsewhere() -> None:
    assert names("m/A/x", "m/a/y", "m/back\\slash", "m/cafe\u0301") == [
        PathProblem(path="a", kind="collision", target="A"),
        PathProblem(path="back\\slash", kind="foreign"),
        PathProblem(path="cafe\u0301", kind="not-nfc"),
        "A/x",
        "a/y",
        "back\\slash",
        "cafe\u0301",
    ]


def test_keys_that_are_one_file_elsewhere_are_so_in_a_folder_too(tmp_path: Path) -> None:
    keys = ("A/x", "a/y", "a/Y", "back\\slash", "cafe\u0301", "deep/er/B", "deep/er/b", "..data")
    for key in keys:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"x")
    beneath = Walk(WorkTree(tmp_path)._beneath)
    here = list(beneath.files(""))
    there = names(*(f"m/{key}" for key in keys))
    assert [one for one in there if isinstance(one, str)] == [
        one for one in here if isinstance(one, str)
    ]
    assert set(there) == set(here)


@pytest.mark.parametrize(
    "key", ["m//x", "m/../x", "m/./x", "m/a\x01", "m/line\nbreak", "m/a/../../x"]
)
def test_a_key_that_is_no_path_spoils_the_list(key: str) -> None:
    with pytest.raises(UnreadableError, match=r"cannot be listed: .*invalid path"):
        names("m/good", key)


def test_markers_of_folders_are_no_files() -> None:
    assert names("m/", "m/folder/", "m/folder/x", "m/nothing/") == ["folder/x"]


def test_a_marker_that_holds_something_is_no_folder(store: Store) -> None:
    store.objects = {"m/": b"x", "m/folder/": b"x", "m/folder/y": b"y"}
    tree = ObjectTree(ROOT)
    assert list(tree.files("")) == [
        PathProblem(path=".", kind="special"),
        PathProblem(path="folder", kind="collision", target="folder/"),
        "folder",
        "folder/y",
    ]
    assert dict(Reading().read(tree, ["folder"])) == {"folder": CHANGED}


def test_an_object_that_is_a_folder_too_could_be_only_one_on_disk() -> None:
    assert names("m/a", "m/a/b") == [
        PathProblem(path="a", kind="collision", target="a/"),
        "a",
        "a/b",
    ]


def test_an_empty_object_nobody_may_look_at_is_still_listed(store: Store) -> None:
    store.refusals["m/empty"] = 403
    assert "empty" in list(ObjectTree(ROOT).files(""))


@pytest.mark.parametrize("prefix", ["a b", "a?b", "a#b", "a%20b", "é", "a*b", "..data", "[x]"])
def test_no_character_of_an_address_is_special(store: Store, prefix: str) -> None:
    store.objects = {f"{prefix}/{prefix}": b"x", f"{prefix[:-1]}/x": b"not that"}
    tree = ObjectTree(f"s3://{BUCKET}/{prefix}")
    assert list(tree.files("")) == [prefix]
    (found,) = dict(Reading().read(tree, [prefix])).values()
    assert isinstance(found, ObservedFile)
