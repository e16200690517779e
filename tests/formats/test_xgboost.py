from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.formats.samples import messages, read, sniffed
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
