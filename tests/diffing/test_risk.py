from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from weighbridge.diffing.risk import TABLE, assess
from weighbridge.model.location import pointer_parts

if TYPE_CHECKING:
    from weighbridge.model.change import Risk, Value


@pytest.mark.parametrize(
    ("pointer", "risk", "rules"),
    [
        ("/metadata/version", "low", ()),
        ("/metadata/annotations/note", "low", ()),
        ("/spec/artifacts/model/digest", "high", ("INT001",)),
        ("/spec/environment/image/base/digest", "high", ("CMP005", "INT004", "INT011")),
        ("/spec/environment/system/env/A", "medium", ("REP003", "REP008")),
        ("/spec/dependencies/runtime/digest", "high", ("DEP003", "DEP005", "DEP011")),
        ("/spec/governance/approvers/min", "high", ("GOV002", "GOV005")),
        ("/spec/parameters/max_batch_size/value", "medium", ("CFG001", "CFG003")),
        ("/spec/parameters/max_batch_size/description", "low", ("CFG002",)),
        ("/spec/lineage/datasets/train/digest", "high", ("GOV006",)),
        ("/spec/brandNew/field", "medium", ()),
        ("", "medium", ()),
    ],
)
def test_fields_have_the_risk_of_their_longest_pattern(
    pointer: str, risk: Risk, rules: tuple[str, ...]
) -> None:
    assert assess(tuple(pointer_parts(pointer)), "a", "b") == (risk, rules)


@pytest.mark.parametrize(
    ("value", "risk", "rules"),
    [
        ({"name": "x", "version": "1"}, "medium", ("INT002",)),
        ({"name": "x", "digest": "sha256:aa"}, "high", ("INT001", "INT002")),
        ({}, "medium", ("INT002",)),
    ],
)
def test_what_comes_or_goes_as_a_whole_weighs_as_its_weightiest_part(
    value: Value, risk: Risk, rules: tuple[str, ...]
) -> None:
    at = ("spec", "artifacts", "x")
    assert assess(at, None, value)[0] == assess(at, value, None)[0] == risk
    assert assess(at, None, value)[1] == rules


def test_lists_are_looked_into() -> None:
    metrics: Value = [{"name": "accuracy", "floor": "0.9"}]
    assert assess(("spec", "evaluation"), None, {"metrics": metrics})[0] == "high"
    assert assess(("spec", "evaluation"), None, {"metrics": []})[0] == "medium"


def test_the_table_names_pointers_and_rules() -> None:
    for pattern, (_, rules) in TABLE.items():
        assert pattern.startswith("/")
        assert list(rules) == sorted(set(rules))
        assert all(re.fullmatch(r"[A-Z]{3}\d{3}", rule) for rule in rules)
