from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.bundle.test_bundle import make
from weighbridge.gate.examples import Tried, try_example, variables_of
from weighbridge.gate.program import Program
from weighbridge.model.policy import Condition, Example
from weighbridge.usecases.programs import compiler_for

TEXT = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: p, version: "1", owner: {team: t}}
spec:
  conditions:
    - id: pinned
      title: It is pinned
      forEach: release.images
      when: item.ref != "skip"
      expr: item.digest == "d"
      message: '"not " + item.ref'
      tests: {pass: [{item: {ref: a, digest: d}}], fail: [{item: {ref: a, digest: e}}]}
    - id: reviewed
      title: Somebody looked
      expr: evidence.exists(e, e.type == "t") && findings.all(f, f.code != "X")
      message: '"nobody looked before " + now'
      tests: {pass: [{evidence: []}], fail: [{evidence: []}]}
"""
BUNDLE = make(TEXT)
PROGRAM = Program(BUNDLE, compiler_for(BUNDLE))
CONDITIONS = {placed.condition.id: placed.condition for placed in BUNDLE.conditions()}


def tried(name: str, **values: Any) -> Tried:  # noqa: ANN401 - plain values
    return try_example(CONDITIONS[name], Example(**values), PROGRAM)


def test_what_an_example_sets_is_what_is_seen() -> None:
    assert variables_of(Example()) == {}
    assert variables_of(Example(evidence=[], now="2026-01-01T00:00:00Z", item={})) == {
        "evidence": [],
        "now": "2026-01-01T00:00:00Z",
        "item": {},
    }


@pytest.mark.parametrize(
    ("item", "holds", "why"),
    [
        ({"ref": "a", "digest": "d"}, True, "holds"),
        ({"ref": "a", "digest": "e"}, False, "does not hold: not a"),
        ({"ref": "skip"}, True, "is not asked: its `when` is false"),
        ({"ref": "a"}, None, "could not be decided: `digest` is not there"),
        ({"digest": "d"}, None, "could not be decided, by its `when`: `ref` is not there"),
        ({"ref": 1, "digest": "e"}, False, "does not hold: It is pinned (of the message, "),
        ({"ref": "a", "digest": ["d"]}, False, "does not hold: not a"),
    ],
)
def test_what_comes_of_an_example(item: dict[str, Any], holds: bool | None, why: str) -> None:  # noqa: FBT001 - a row of the table
    found = tried("pinned", item=item)
    assert found.holds is holds
    assert found.why.startswith(why)


def test_a_variable_that_is_not_set_decides_nothing() -> None:
    evidence = [{"type": "t"}]
    assert tried("reviewed", evidence=evidence, findings=[]).holds is True
    assert tried("reviewed", evidence=evidence).holds is None
    assert tried("reviewed", findings=[]).holds is None
    left_out = tried("reviewed", evidence=[], findings=[])
    assert left_out.holds is False
    assert "of the message, `now` cannot be had" in left_out.why


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["ref", "digest", "other"]), PLAIN))
def test_only_what_is_true_holds(item: dict[str, Any]) -> None:
    condition: Condition = CONDITIONS["pinned"]
    found = try_example(condition, Example.model_construct(item=item), PROGRAM)
    skipped = item.get("ref") == "skip"
    expected = "ref" in item and (skipped or item.get("digest") == "d")
    assert (found.holds is True) == expected
