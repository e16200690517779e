"""XGBoost's first form of a model, written as version 1.7 does."""

from __future__ import annotations

import struct

import pytest

from tests.formats.samples import messages, read, sniffed

FEATURES = 4


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def tree(
    *nodes: tuple[int, int, int], count: int | None = None, vector: tuple[float, ...] = ()
) -> bytes:
    """Write a tree of nodes with two children and a feature each."""
    listed = nodes or ((1, 2, 0), (-1, -1, 0), (-1, -1, 0))
    size = len(listed) if count is None else count
    head = struct.pack("<iiiiii124x", 1, size, 0, 0, FEATURES, len(vector))
    body = b"".join(struct.pack("<iiiIf", 0, *node, 0.5) for node in listed)
    behind = struct.pack(f"<Q{len(vector)}f", len(vector), *vector) if vector else b""
    return head + body + bytes(16 * len(listed)) + behind


def trees(*inner: bytes, count: int | None = None, weights: int | None = None) -> bytes:
    number = len(inner) if count is None else count
    weighted = b"" if weights is None else struct.pack("<Q", weights) + bytes(4 * weights)
    body = struct.pack("<ii152x", number, 1) + b"".join(inner) + bytes(4 * len(inner))
    return body + weighted


def linear(weights: int = FEATURES + 1, features: int = FEATURES) -> bytes:
    return struct.pack("<Ii128xQ", features, 1, weights) + bytes(4 * weights)


def booster(
    body: bytes,
    kind: bytes = b"gbtree",
    *,
    notes: tuple[tuple[bytes, bytes], ...] | None = None,
    metrics: tuple[bytes, ...] | None = None,
    mark: bytes = b"binf",
    classes: int = 0,
) -> bytes:
    flags = (int(notes is not None), int(metrics is not None))
    head = struct.pack("<fIiiiII108x", 0.5, FEATURES, classes, *flags, 1, 7)
    behind = b""
    if notes is not None:
        pairs = b"".join(text(key) + text(value) for key, value in notes)
        behind += struct.pack("<Q", len(notes)) + pairs
    if metrics is not None:
        behind += struct.pack("<Q", len(metrics)) + b"".join(map(text, metrics))
    return mark + head + text(b"reg:squarederror") + text(kind) + body + behind


BOOSTED = booster(trees(tree(), tree((-1, -1, 0))), notes=((b"a", b"1"),), metrics=(b"rmse",))


@pytest.mark.parametrize("mark", [b"binf", b""])
def test_a_model_of_trees_is_read(mark: bytes) -> None:
    data = mark + BOOSTED.removeprefix(b"binf")
    found = read(data)
    assert sniffed(data) == "xgboost-binary"
    assert (found.format, found.status, found.problems) == ("xgboost-binary", "complete", ())
    assert (found.version, found.coverage) == ("1.7", len(data))
    assert found.metadata == (
        ("booster", "gbtree"),
        ("objective", "reg:squarederror"),
        ("features", "4"),
        ("trees", "2"),
        ("attribute:a", "1"),
        ("metric", "rmse"),
    )


def test_other_boosters_are_read() -> None:
    assert read(booster(linear(), b"gblinear")).status == "complete"
    assert read(booster(linear(15), b"gblinear", classes=3)).status == "complete"
    assert read(booster(linear(9, features=0), b"gblinear")).status == "complete"
    assert read(booster(trees(tree(), weights=1), b"dart")).status == "complete"
    assert read(booster(trees(), b"dart")).status == "complete"
    assert read(booster(trees(tree(vector=(1.0, 2.0))))).status == "complete"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (booster(trees(tree(), count=-1)), "the model has -1 trees"),
        (booster(trees(tree((3, 1, 0)))), "tree 0 has a child that is no node of it"),
        (booster(trees(tree((0, -2, 0)))), "tree 0 has a child that is no node of it"),
        (booster(trees(tree((0, 0, 4)))), "tree 0 splits by feature 4"),
        (booster(trees(tree((0, 0, 4 | 1 << 31)))), "tree 0 splits by feature 4"),
        (booster(trees(tree(count=0))), "tree 0 has 0 nodes"),
        (booster(trees(tree(count=1 << 30))), "tree 0 has 1073741824 nodes"),
        (booster(trees(tree(), weights=2), b"dart"), "2 trees are weighted"),
        (booster(linear(9), b"gblinear"), "the model has 9 weights"),
        (booster(trees(), b"gbtreex"), "the booster is `gbtreex`"),
        (booster(trees(), notes=())[:-8] + b"\xff" * 8, "parts do not fit into 0 bytes"),
        (BOOSTED[:-1], "do not fit"),
        (booster(trees(tree()))[:-1], "the file ends inside the model"),
        (booster(trees(tree()))[:-30], "tree 0 has 3 nodes"),
        (BOOSTED[:100], "the file ends inside the model"),
    ],
)
def test_what_is_no_such_model_is_corrupt(data: bytes, message: str) -> None:
    found = read(data, "xgboost-binary")
    assert found.status == "error"
    assert message in messages(found)


def test_what_is_split_by_no_feature_any_more_is_a_deleted_node() -> None:
    assert read(booster(trees(tree((0, 0, (1 << 31) - 1))))).status == "complete"


def test_bytes_behind_the_model_are_hidden() -> None:
    found = read(BOOSTED + b"\0\0")
    assert (found.status, found.coverage) == ("incomplete", len(BOOSTED))
    assert [problem.code for problem in found.problems] == ["SEC009"]


def test_notes_are_bounded() -> None:
    noted = booster(trees(), notes=((b"", b""),) * 9)
    assert "more than 8 notes" in read(noted, entries=8).reason
    long = booster(trees(), notes=((b"a", b"x" * ((1 << 20) + 1)),))
    assert "over the limit" in read(long).reason
