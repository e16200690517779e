from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from weighbridge.diffing.risk import assess
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
    found = assess(tuple(pointer_parts(pointer)), "a", "b")
    assert (found.risk, found.rules) == (risk, rules)


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
    assert assess(at, None, value).risk == assess(at, value, None).risk == risk
    assert assess(at, None, value).rules == rules


def test_lists_are_looked_into() -> None:
    metrics: Value = [{"name": "accuracy", "floor": "0.9"}]
    assert assess(("spec", "evaluation"), None, {"metrics": metrics}).risk == "high"
    assert assess(("spec", "evaluation"), None, {"metrics": []}).risk == "medium"


@pytest.mark.parametrize(
    ("pointer", "looser", "stricter"),
    [
        ("/spec/governance/approvers/min", 1, 2),
        ("/spec/governance/encryption/atRest", "optional", "required"),
        ("/spec/governance/encryption/inTransit", "none", "optional"),
        ("/spec/governance/secrets/rotation", "7776000s", "604800s"),
        ("/spec/evaluation/metrics/0/floor", "0.9", "0.95"),
        ("/spec/evaluation/golden/0/tolerance/absolute", "0.1", "0.01"),
        ("/spec/evaluation/performance/0/latency", "0.03s", "0.02s"),
        ("/spec/build/tolerance/relative", "1e-3", "1e-4"),
        ("/spec/environment/resources/limits/memory", "268435456", "536870912"),
        ("/spec/environment/resources/requests/cpu", "500m", "1000m"),
        ("/spec/rollout/maxUnavailable", "50%", "25%"),
        ("/spec/rollout/analysis/errors/minSamples", 20, 200),
    ],
)
def test_asking_for_more_is_less_of_a_risk_than_asking_for_less(
    pointer: str, looser: Value, stricter: Value
) -> None:
    at = tuple(pointer_parts(pointer))
    assert assess(at, looser, stricter).risk == "medium"
    assert assess(at, stricter, looser).risk == "high"
    assert assess(at, stricter, None).risk == assess(at, None, stricter).risk == "high"
    assert assess(at, looser, "TODO").risk == "high"


@pytest.mark.parametrize(
    ("pointer", "before", "after", "kind", "delta"),
    [
        ("/metadata/version", "1.4.0", "1.5.0", "version", "minor"),
        ("/spec/artifacts/m/size", 1000, 1280, "size", "+28 %"),
        ("/spec/artifacts/m/digest", "sha256:a", "sha256:b", "digest", ""),
        ("/spec/environment/resources/limits/memory", "1024", "2048", "memory", "x2"),
        ("/spec/rollout/maxSurge", 2, "25%", "share", ""),
        ("/spec/rollout/maxSurge", "50%", "25%", "share", "-50 %"),
        ("/spec/rollout/steps", [], [{"weight": 1}], "", ""),
        ("/spec/governance/approvers/min", True, 2, "count", ""),
        ("/metadata/version", 1, "2", "version", ""),
        ("/metadata/owner/team", "1.0", "2.0", "", ""),
    ],
)
def test_what_a_value_is_follows_from_its_field(
    pointer: str, before: Value, after: Value, kind: str, delta: str
) -> None:
    found = assess(tuple(pointer_parts(pointer)), before, after)
    assert (found.type, found.delta) == (kind, delta)


@pytest.mark.parametrize(
    ("beside", "kind", "delta"),
    [
        (("number", "number"), "decimal", "x2"),
        ((None, "number"), "decimal", "x2"),
        (("string", "number"), "", ""),
        (("string", "string"), "", ""),
        ((None, None), "", ""),
        ((["number"], None), "", ""),
    ],
)
def test_the_type_of_a_parameters_value_stands_beside_it(
    beside: tuple[Value, Value], kind: str, delta: str
) -> None:
    found = assess(("spec", "parameters", "p", "value"), "0.5", "1", beside=beside)
    assert (found.type, found.delta) == (kind, delta)
