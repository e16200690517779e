from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scripts.kept_schemas import stale
from tests.gate.cases import NOON, act, decided, having, make, outcomes, program_for
from weighbridge.gate.decide import decide
from weighbridge.model.errors import OutdatedPolicyError
from weighbridge.model.policy.shapes import INTEGER, TEXT, ListOf, Record
from weighbridge.usecases.programs import program_of, speech_of_today

if TYPE_CHECKING:
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.policy.shapes import Shape


def test_the_kept_schemas_are_what_the_classes_say() -> None:
    assert not stale(), "run `make reference`"


def with_model(**fields: Shape) -> PolicyBundle:
    """Take a bundle published when a manifest's model had these fields, or others."""
    release = speech_of_today()["release"]
    assert isinstance(release, Record)
    spec = release.fields["spec"]
    assert isinstance(spec, Record)
    model = Record(fields)
    spec = Record({**spec.fields, "model": model})
    known = {**speech_of_today(), "release": Record({**release.fields, "spec": spec})}
    return replace(make().bundle, speech=known)


def test_a_policy_is_judged_by_what_it_was_checked_against() -> None:
    case = make()
    with_speech = program_of(replace(case.bundle, speech=speech_of_today()))
    assert decide(case, with_speech) == decide(case, program_for(case.bundle))
    fewer = program_of(with_model(task=TEXT, license=TEXT))
    assert decide(case, fewer) == decide(case, program_for(case.bundle))
    assert outcomes(decided(having(case, act(case, "max")))) == {"approvals:0": "unmet"}
    assert case.now == NOON


@pytest.mark.parametrize("fields", [{"task": INTEGER}, {"task": ListOf(TEXT)}, {"family": TEXT}])
def test_a_policy_whose_words_mean_something_else_today_decides_nothing(
    fields: dict[str, Shape],
) -> None:
    with pytest.raises(OutdatedPolicyError) as raised:
        program_of(with_model(**fields))
    (fault,) = raised.value.faults
    assert fault.message == (
        "the policy production@3 decides nothing here, one of its expressions: "
        "there is no field `task` here"
    )
    assert fault.cause == "what it speaks of is not what it was when it was published"
    assert fault.help[0].startswith("raise its version, ")


def test_a_policy_of_a_collection_that_is_gone_decides_nothing() -> None:
    release = speech_of_today()["release"]
    assert isinstance(release, Record)
    fields = {name: shape for name, shape in release.fields.items() if name != "artifacts"}
    bundle = replace(make().bundle, speech={**speech_of_today(), "release": Record(fields)})
    with pytest.raises(OutdatedPolicyError):
        program_of(bundle)
