from __future__ import annotations

from importlib import resources

from weighbridge.codec.bundle import read_collection
from weighbridge.model.policy import BASELINE, PromotionPolicy
from weighbridge.model.policy.expressions import expressions


def baseline() -> PromotionPolicy:
    shipped = resources.files("weighbridge.model.policy") / f"{BASELINE}.yaml"
    return read_collection(shipped.read_bytes(), shipped.name)


def test_it_is_a_collection_of_that_name() -> None:
    assert baseline().metadata.name == BASELINE
    assert len(baseline().spec.conditions or ()) >= 4


def test_each_condition_says_what_to_do_and_has_examples() -> None:
    for condition in baseline().spec.conditions or ():
        assert condition.remediation, condition.id
        assert condition.tests.passing, condition.id
        assert condition.tests.failing, condition.id


def test_what_may_be_left_out_is_asked_for_before_it_is_read() -> None:
    for located in expressions(baseline()):
        if located.yields == "bool":
            assert "has(" in located.source, located.pointer
