from __future__ import annotations

import pytest

from tests.formats.samples import codes, messages, read, read_chopped, sniffed
from tests.formats.written import written

CATEGORICAL = "lightgbm-categorical.txt"
LINEAR = "lightgbm-linear.txt"
STUMP = b"Tree=1\nnum_leaves=1\nnum_cat=0\nsplit_feature=\nleaf_value=0.5\nleaf_weight=\n\n\n"
TREE = (
    b"Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=1 0\nthreshold=0.5 0.25\n"
    b"left_child=1 -1\nright_child=-3 -2\nleaf_value=1 2 3\n\n\n"
)
TAIL = (
    b"end of trees\n\nfeature_importances:\na b=2\n\n"
    b"parameters:\n[boosting: gbdt]\n\nend of parameters"
)


def model(
    *trees: bytes, header: bytes = b"", tail: bytes = TAIL, sizes: bytes | None = None
) -> bytes:
    trees = trees or (TREE, STUMP)
    said = b" ".join(b"%d" % len(tree) for tree in trees) if sizes is None else sizes
    head = (
        b"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\n"
        b"objective=binary sigmoid:1\nfeature_names=a b\nfeature_infos=[0:1] none\n"
    )
    return head + header + b"tree_sizes=" + said + b"\n\n" + b"".join(trees) + tail


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (CATEGORICAL, {"features": "3", "trees": "2", "objective": "regression"}),
        (LINEAR, {"features": "4", "trees": "3", "objective": "binary sigmoid:1"}),
    ],
)
def test_a_model_of_the_library_is_read(name: str, facts: dict[str, str]) -> None:
    data = written(name)
    found = read(data)
    assert sniffed(data) == "lightgbm"
    assert (found.format, found.status, found.problems) == ("lightgbm", "complete", ())
    assert (found.version, found.coverage) == ("v4", len(data))
    assert dict(found.metadata) == {**facts, "classes": "1"}
    assert read_chopped(data, "lightgbm", [1, 300]) == found


def test_a_model_of_an_objective_of_ones_own_does_not_name_it() -> None:
    found = read(model().replace(b"objective=binary sigmoid:1\n", b""))
    assert (found.status, dict(found.metadata)["custom-objective"]) == ("complete", "not named")


@pytest.mark.parametrize("tail", [b"\n", b"\n\npandas_categorical:[[1]]\n"])
def test_what_may_follow_the_trees_does(tail: bytes) -> None:
    found = read(model(tail=TAIL + tail))
    assert (found.status, found.problems) == ("complete", ())


def test_older_models_have_neither_sizes_nor_parameters() -> None:
    data = model(tail=b"end of trees\n").replace(b"version=v4", b"version=v2")
    sizes = data.index(b"tree_sizes")
    data = data[:sizes] + data[data.index(b"\n", sizes) + 1 :]
    assert read(data).status == "complete"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"num_class=1\n", b"", "does not say `num_class`"),
        (b"num_class=1", b"num_class=x", "`num_class` is no number"),
        (b"num_class=1\n", b"num_class=1\nnum_class=1\n", "says `num_class` twice"),
        (b"feature_names=a b", b"feature_names=a", "`feature_names` does not hold 2 values"),
        (b"tree_sizes=", b"tree_sizes=x ", "holds what is no size"),
        (b"tree_sizes=", b"tree_sizes=9 ", "tree 1 does not begin where"),
        (b"Tree=1", b"Tree=2", "stands where tree 1 should"),
        (b"leaf_value=1 2 3", b"leaf_value=1 2  3", "tree 1 does not begin where"),
        (b"\n\n\nend of", b"\n\n\n\nend of", "do not end where"),
        (b"end of trees", b"end of bees", "before `end of trees`"),
        (b"num_tree_per_iteration=1", b"num_tree_per_iteration=4", "no whole number of iterations"),
        (b"num_leaves=3", b"num_leaves=4", "`split_feature` of tree 0 has 2 values, not 3"),
        (b"num_leaves=3", b"num_leaves=0", "does not say how many leaves"),
        (b"num_leaves=3", b"num_leaves=x", "does not say how many leaves"),
        (b"num_leaves=3", b"nun_leaves=3", "does not say how many leaves"),
        (b"threshold=", b"thresholx=", "tree 0 has no `threshold`"),
        (b"left_child=1 -1", b"left_child=2 -1", "a child that is no node or leaf"),
        (b"left_child=1 -1", b"left_child=1 -4", "a child that is no node or leaf"),
        (b"left_child=1 -1", b"left_child=1 0x", "holds no whole number"),
        (b"split_feature=1 0", b"split_feature=2 0", "splits by a feature there is not"),
        (b"leaf_value=1 2 3", b"leaf_value 1 2 3", "a line without `=`"),
        (b"leaf_value=1 2 3", b"threshold=1 22 3", "says `threshold` twice"),
        (b"leaf_value=1 2 3", b"leaf_value=\0 2 3", "holds a NUL"),
    ],
)
def test_departures_are_corrupt(old: bytes, new: bytes, expected: str) -> None:
    found = read(model().replace(old, new, 1))
    assert found.status == "error"
    assert expected in messages(found)


def test_as_many_sizes_as_trees() -> None:
    assert "holds 1 sizes" in messages(read(model(sizes=b"%d" % len(TREE))))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"cat_boundaries=0 1", b"cat_boundaries=0 2", "does not end at the last boundary"),
        (b"cat_boundaries=0 1", b"cat_boundaries=0", "does not have 2 values"),
    ],
)
def test_categories_are_weighed(old: bytes, new: bytes, expected: str) -> None:
    data = written(CATEGORICAL)
    assert old in data
    assert expected in messages(read(data.replace(old, new)))


@pytest.mark.parametrize(
    "line", [b"import os", b"parameters", b"end of trees", b"\x80\x04.", b"[boosting: gbdt]"]
)
def test_what_else_follows_the_trees_is_hidden(line: bytes) -> None:
    found = read(model(tail=TAIL + b"\n" + line + b"\n"))
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])


def test_the_last_part_is_missed() -> None:
    found = read(model(tail=TAIL[:-1]))
    assert found.status == "incomplete"


def test_budgets_end_incomplete() -> None:
    many = b"".join(b"key%d=1\n" % number for number in range(50))
    assert "too many lines" in read(model(header=many), entries=20).reason
    found = read(model(header=b"a=" + bytes([0x31]) * (9 << 20) + b"\n"))
    assert (found.status, "a line has more than" in found.reason) == ("incomplete", True)


def test_other_text_is_not_claimed() -> None:
    assert sniffed(b"tree\nversion=x\n") == "text"
    assert sniffed(b"tree\nof life\n") == "text"
