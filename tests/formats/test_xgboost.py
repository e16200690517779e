from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.samples import codes, messages, read, sniffed
from tests.formats.written import written

if TYPE_CHECKING:
    from collections.abc import Callable

DART = "xgboost-dart.json"
LINEAR = "xgboost-linear.json"
CATEGORICAL = "xgboost-categorical.json"


def model(change: Callable[[dict[str, Any]], object], name: str = CATEGORICAL) -> bytes:
    document = json.loads(written(name))
    change(document)
    return json.dumps(document).encode()


def trees(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["learner"]["gradient_booster"]["model"]["trees"]
    return found


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (CATEGORICAL, {"features": "5", "trees": "2", "booster": "gbtree"}),
        (DART, {"features": "4", "trees": "2", "booster": "dart"}),
        (LINEAR, {"features": "4", "booster": "gblinear"}),
    ],
)
def test_a_model_of_the_library_is_read(name: str, facts: dict[str, str]) -> None:
    data = written(name)
    found = read(data)
    assert sniffed(data) == "xgboost-json"
    assert (found.format, found.status, found.problems) == ("xgboost-json", "complete", ())
    assert (found.version, found.coverage) == ("3.2.0", len(data))
    said = dict(found.metadata)
    assert said.pop("objective") in {"reg:squarederror", "binary:logistic"}
    assert said == facts


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: trees(d)[1].pop("split_indices"), "tree 1 has no `split_indices`"),
        (lambda d: trees(d)[0]["parents"].pop(), "the arrays of tree 0 have different lengths"),
        (lambda d: trees(d)[0]["tree_param"].update(num_nodes="8"), "as many nodes as it says"),
        (lambda d: trees(d)[0]["tree_param"].pop("num_nodes"), "as many nodes as it says"),
        (lambda d: trees(d)[0]["left_children"].__setitem__(1, 9), "a child that is no node"),
        (lambda d: trees(d)[0]["right_children"].__setitem__(1, -2), "a child that is no node"),
        (lambda d: trees(d)[0]["right_children"].__setitem__(1, 0.5), "that are no numbers"),
        (lambda d: trees(d)[0]["split_indices"].__setitem__(1, -1), "that are no numbers"),
        (lambda d: trees(d)[0]["split_indices"].__setitem__(1, 5), "a tree splits by feature 5"),
        (lambda d: trees(d).pop(), "the model has 1 trees"),
        (
            lambda d: d["learner"]["gradient_booster"]["model"]["tree_info"].pop(),
            "the model has 1 trees",
        ),
        (lambda d: d["learner"]["feature_names"].pop(), "the model names 4 features"),
        (lambda d: d["learner"]["learner_model_param"].pop("num_feature"), "how many features"),
        (
            lambda d: d["learner"]["learner_model_param"].update(num_feature="x"),
            "how many features",
        ),
        (lambda d: d["learner"]["objective"].pop("name"), "the objective has no name"),
        (lambda d: d["learner"]["gradient_booster"].pop("name"), "the booster has no name"),
        (lambda d: d.update(version=[3, "x"]), "no version of three numbers"),
    ],
)
def test_departures_are_corrupt(change: Callable[[dict[str, Any]], object], expected: str) -> None:
    found = read(model(change))
    assert found.status == "error"
    assert expected in messages(found)


def test_nodes_that_were_pruned_are_split_by_nothing() -> None:
    data = model(lambda d: trees(d)[0]["split_indices"].__setitem__(1, (1 << 31) - 1))
    assert read(data).status == "complete"


def test_an_objective_of_ones_own_is_noted() -> None:
    found = read(model(lambda d: d["learner"]["objective"].update(name="mine")))
    assert ("custom-objective", "mine") in found.metadata


def test_a_learner_that_is_none_of_the_librarys_is_plain_json() -> None:
    for data in (b'{"learner": 1}', b'{"learner": {"objective": {}, "gradient_booster": {}}}'):
        found = read(data)
        assert (found.format, found.status, found.metadata) == ("json", "complete", ())


def test_faults_are_bounded() -> None:
    empty = json.dumps({"trees": [{}] * 5, "objective": {}, "gradient_booster": {}}).encode()
    data = b'{"learner": {"learner_model_param": {}, ' + empty[1:] + b"}"
    assert len(read(data, entries=3).problems) < len(read(data).problems)


# UBJSON -----------------------------------------------------------------------------------------


def key(name: str) -> bytes:
    raw = name.encode()
    return b"L" + struct.pack(">q", len(raw)) + raw


def ubj(value: object) -> bytes:
    """Write a value as XGBoost does; bytes stand for themselves."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        return b"{" + b"".join(key(name) + ubj(inner) for name, inner in value.items()) + b"}"
    if isinstance(value, list):
        return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(ubj, value))
    if isinstance(value, str):
        return b"S" + key(value)
    if isinstance(value, float):
        return b"D" + struct.pack(">d", value)
    assert isinstance(value, int)
    return b"l" + struct.pack(">i", value)


def learner(**more: object) -> bytes:
    sections = json.loads(written(LINEAR))["learner"]
    return ubj({"learner": sections | more, "version": [3, 2, 0]})


@pytest.mark.parametrize("name", ["xgboost-categorical", "xgboost-linear"])
def test_ubjson_says_what_json_says(name: str) -> None:
    data = written(name + ".ubj")
    found, other = read(data), read(written(name + ".json"))
    assert sniffed(data) == "xgboost-ubj"
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(data))
    assert (found.version, found.metadata) == (other.version, other.metadata)


def test_trees_in_ubjson_are_weighed() -> None:
    document = json.loads(written(CATEGORICAL))
    assert read(ubj(document)).status == "complete"
    trees(document)[0]["left_children"][1] = 9
    assert "a child that is no node" in messages(read(ubj(document)))


def test_all_kinds_of_values_are_read() -> None:
    typed = b"[$U#i\x02ab"
    values = [
        b"Z",
        b"T",
        b"NF",
        b"i\xff",
        b"U\xff",
        b"I\xff\xff",
        b"d\0\0\0\0",
        typed,
        b"[ZZ]",
        b"[]",
    ]
    found = read(learner(attributes=values, more="é" * 70_000, none={}))
    assert (found.status, found.problems) == ("complete", ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"x", "`x` is the mark of no value"),
        (b"[$Z#L" + b"\x7f" * 8, "an array of `Z` cannot be"),
        (b"[$d]", "a type and no length"),
        (b"[#L" + b"\x7f" * 8, "goes beyond the end"),
        (b"[$D#U\x1f", "an array of 31 values goes beyond"),
        (b"[#l\xff\xff\xff\xff", "a length of -1"),
        (b"[#Z", "`Z` is the mark of no length"),
        (b"SU\xfe", "a length of 254 goes beyond"),
        (b"SU\x01\xff", "a text is not UTF-8"),
        (b"{U\x01\xff", "a key is not UTF-8"),
        (b"{U\x01aZU\x01aZ", "the key `a` stands twice"),
    ],
)
def test_departures_of_ubjson_are_corrupt(value: bytes, expected: str) -> None:
    found = read(learner(a=value))
    assert found.status == "error"
    assert expected in messages(found)


def test_ubjson_that_is_no_model_is_not_taken_for_one() -> None:
    assert sniffed(ubj({"other": 1})) is None
    assert "no learner" in messages(read(ubj({"learner": {}})))
    assert "no object" in messages(read(b"Z", "xgboost-ubj"))


def test_bytes_behind_the_model_are_hidden() -> None:
    found = read(learner() + b"\x80\x04.")
    assert (found.status, codes(found)) == ("incomplete", ["SEC009"])


def test_budgets_of_ubjson_end_incomplete() -> None:
    for budget in ({"entries": 5}, {"text": 8}):
        assert read(learner(), **budget).status == "incomplete"
    found = read(learner(a=b"[" * 300 + b"]" * 300))
    assert (found.status, "nest more than 200" in found.reason) == ("incomplete", True)
