from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from tests.codec.bundle.test_bundle import make
from tests.codec.policies import POLICY
from weighbridge.gate.cel import ExpressionError
from weighbridge.gate.program import Program, policies
from weighbridge.model.policy.expressions import Located, expressions
from weighbridge.model.policy.fields import Collection
from weighbridge.usecases.programs import compiler_for

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle

TASK = "release.spec.model.task in data.tasks"


def program_of(bundle: PolicyBundle) -> Program:
    return Program(bundle, compiler_for(bundle))


def test_every_expression_of_a_bundle_is_there() -> None:
    bundle = make()
    program = program_of(bundle)
    for policy in policies(bundle):
        for located in expressions(policy):
            if located.yields == "string":
                assert program.message(located.source, located.for_each).uses is not None
            else:
                assert program.condition(located.source, located.for_each).uses is not None


def test_what_is_included_comes_first() -> None:
    assert [policy.metadata.name for policy in policies(make())] == ["baseline", "production"]


def test_a_condition_is_evaluated_on_what_is_asked() -> None:
    condition = program_of(make()).condition(TASK)
    release = {"spec": {"model": {"task": "a"}}}
    assert condition.evaluate({"release": release, "data": {"tasks": ["a"]}}).value is True
    assert condition.evaluate({"release": release, "data": {"tasks": []}}).value is False
    unset = condition.evaluate({"release": {"spec": {"model": {}}}, "data": {"tasks": []}})
    assert unset.value is None
    assert "`task` is not there" in unset.error


def test_one_text_over_two_collections_is_two_expressions() -> None:
    compiler = compiler_for(make())
    there = Located(source='item.path == "a"', pointer="", for_each="release.artifacts")
    assert compiler.compile(there).uses == {"item"}
    with pytest.raises(ExpressionError, match="no field `path`"):
        compiler.compile(Located(source=there.source, pointer="", for_each="evidence"))
    with pytest.raises(ExpressionError, match="`item` is not a value here"):
        compiler.compile(Located(source=there.source, pointer=""))


@pytest.mark.parametrize("collection", get_args(Collection))
def test_every_collection_can_be_gone_through(collection: str) -> None:
    located = Located(source='item.pointer != ""', pointer="", for_each=collection)
    found = compiler_for(make()).compile(located).evaluate({"item": {"pointer": "/a"}})
    assert found.value is True


def test_a_message_is_text_and_a_condition_is_not() -> None:
    compiler = compiler_for(make())
    with pytest.raises(ExpressionError, match="gives bool, not text"):
        compiler.compile(Located(source="true", pointer="", yields="string"))
    with pytest.raises(ExpressionError, match="gives string, not bool"):
        compiler.compile(Located(source='"true"', pointer=""))


def test_one_expression_that_cannot_be_compiled_is_enough() -> None:
    bundle = make(POLICY.replace(TASK, "release.spec.model.tsk in data.tasks"))
    with pytest.raises(ExpressionError, match="no field `tsk`"):
        program_of(bundle)


def test_what_no_policy_says_is_not_compiled_on_the_way() -> None:
    with pytest.raises(KeyError):
        program_of(make()).condition("true")
