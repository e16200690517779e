from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.cases import MANIFEST, POLICY, decided, judged, make, manifest_of, release_of
from weighbridge.gate.compatibility import ID, breaks, judge_signature
from weighbridge.model.decision import Judged, Outcome

if TYPE_CHECKING:
    from weighbridge.gate.compatibility import Tensors

RULE = f"{POLICY}  signature: {{breaking: block}}\n"
NOTHING = ""
BEFORE = """\
  signature:
    inputs:
      - {name: pixels, dtype: float32, shape: [-1, 224]}
      - {name: size, dtype: int64}
    outputs:
      - {name: scores, dtype: float32, shape: [-1, 10]}
"""


def compared(after: str, before: str = BEFORE, policy: str = RULE) -> Judged:
    """Judge a release that comes after another."""
    tree = manifest_of(MANIFEST.replace("1.4.0", "1.3.0") + before)
    case = make(policy, manifest=MANIFEST + after, serving=release_of(tree), serving_manifest=tree)
    return judged(decided(case), ID)


def test_a_policy_that_says_nothing_of_it_asks_nothing() -> None:
    for policy in (POLICY, RULE.replace("block", "allow")):
        assert ID not in {one.id for one in decided(make(policy)).conditions}


def test_the_first_release_of_a_name_breaks_nobody() -> None:
    assert judged(decided(make(RULE)), ID).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("[-1, 10]", "[32, 10]"),
        ("[-1, 224]", "[-1, -1]"),
        ("outputs:\n", "outputs:\n      - {name: more, dtype: bool}\n"),
    ],
)
def test_what_callers_can_go_on_using_is_compatible(old: str, new: str) -> None:
    found = compared(BEFORE.replace(old, new, 1) if old else BEFORE)
    assert (found.outcome, found.findings) == (Outcome.MET, ())
    assert found.why == "who calls the release now there can call this one"


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (
            "name: size",
            "name: length",
            "input size is gone, input length is new, and nobody gives it",
        ),
        ("dtype: int64", "dtype: int32", "input size is int32, was int64"),
        ("[-1, 224]", "[1, 224]", "input pixels is of shape [1, 224], was [-1, 224]"),
        ("[-1, 224]", "[-1, 256]", "input pixels is of shape [-1, 256], was [-1, 224]"),
        ("[-1, 224]", "[-1, 224, 3]", "input pixels is of shape [-1, 224, 3], was [-1, 224]"),
        ("int64}", "int64, shape: [1]}", "input size is of shape [1], was scalar"),
        ("[-1, 10]", "[-1, -1]", "output scores is of shape [-1, -1], was [-1, 10]"),
        ("name: scores", "name: logits", "output scores is gone"),
    ],
)
def test_what_callers_cannot_take_breaks(old: str, new: str, seen: str) -> None:
    found = compared(BEFORE.replace(old, new))
    assert (found.outcome, found.seen) == (Outcome.UNMET, seen)
    assert {one["code"] for one in found.findings} == {"CMP010"}
    assert (found.pointer, found.warns) == ("/spec/signature", False)


def test_a_policy_may_only_warn_of_it() -> None:
    found = compared(BEFORE.replace("int64", "int32"), policy=RULE.replace("block", "warn"))
    assert (found.outcome, found.warns, len(found.findings)) == (Outcome.MET, True, 1)


def test_a_signature_that_is_declared_no_more_leaves_it_open() -> None:
    found = compared(NOTHING)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.why == "it declares no inputs or outputs, and the release now there does"


def test_where_nothing_was_promised_nothing_breaks() -> None:
    assert compared(BEFORE, NOTHING).outcome is Outcome.MET
    assert compared(NOTHING, NOTHING).outcome is Outcome.MET


def test_a_release_now_there_that_cannot_be_read_leaves_it_open() -> None:
    case = make(RULE, serving="sha256:" + "0" * 64)
    found = judged(decided(case), ID)
    assert (found.outcome, found.why) == (
        Outcome.INCONCLUSIVE,
        "the signature of the release now there cannot be read",
    )


@pytest.mark.parametrize("signature", [[], {"inputs": 1}, {"inputs": [1]}, {"outputs": [{}]}])
@pytest.mark.parametrize("ours", [True, False])
def test_a_signature_that_is_none_leaves_it_open(signature: object, *, ours: bool) -> None:
    good = manifest_of(MANIFEST + BEFORE)
    wrong = {**good, "spec": {**good["spec"], "signature": signature}}
    serving, manifest = (good, wrong) if ours else (wrong, good)
    case = make(RULE)
    (found,) = judge_signature(
        replace(case, manifest=manifest, serving="x", serving_manifest=serving)
    )
    assert found.outcome is Outcome.INCONCLUSIVE
    later = {**serving, "apiVersion": "weighbridge.dev/v9"}
    (found,) = judge_signature(replace(case, serving="x", serving_manifest=later))
    assert found.outcome is Outcome.INCONCLUSIVE


shapes = st.none() | st.lists(st.sampled_from([-1, 1, 2]), max_size=2)
tensors = st.dictionaries(
    st.sampled_from("abc"),
    st.fixed_dictionaries({"dtype": st.sampled_from(["int8", "bool"]), "shape": shapes}),
)


@given(tensors)
def test_nothing_breaks_where_nothing_changed(found: Tensors) -> None:
    assert [*breaks("input", found, found), *breaks("output", found, found)] == []


@given(tensors, tensors, tensors)
def test_two_steps_that_break_nobody_break_nobody_together(
    a: Tensors, b: Tensors, c: Tensors
) -> None:
    for kind in ("input", "output"):
        first, second = list(breaks(kind, a, b)), list(breaks(kind, b, c))
        assert first or second or not list(breaks(kind, a, c))
