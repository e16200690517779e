"""`NAME@ENV`: what an environment points to is a reference as any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, SECOND

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


@pytest.mark.parametrize("verb", ["check", "show", "verify"])
def test_an_environment_names_the_release_it_points_to(verb: str, stage: Stage) -> None:
    stage.arrive(FIRST)
    assert stage.done(verb, "demo@staging").out == stage.done(verb, FIRST).out
    stage.arrive(SECOND)
    assert stage.done(verb, "demo@staging").out == stage.done(verb, SECOND).out


def test_two_environments_are_compared(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    assert stage.done("diff", "demo@staging", "demo@production").out == "no differences\n"
    stage.arrive(SECOND)
    found = stage.done("diff", "demo@production", "demo@staging").out
    assert found == stage.done("diff", FIRST, SECOND).out


def test_what_is_in_staging_goes_to_production(stage: Stage) -> None:
    stage.approved()
    assert stage.ask("demo@staging", "production")["release"] == stage.release(FIRST)


@pytest.mark.parametrize("reference", ["demo@staging", "demo@nowhere", "other@staging"])
def test_an_environment_that_points_to_nothing_names_nothing(reference: str, stage: Stage) -> None:
    found = stage("show", reference)
    assert found.code == 2
    assert f"the registry holds no release {reference}" in found.err


def test_a_version_goes_before_an_environment_of_its_name(stage: Stage) -> None:
    stage.arrive(FIRST)
    digest = stage.release(SECOND)
    stage.registry.change(lambda transaction: transaction.bind("demo", "staging", digest))
    stage.registry.close()
    assert digest in stage.done("show", "demo@staging").out
