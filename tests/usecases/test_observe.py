from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, PRODUCTION, SECOND, STAGING, unmet

if TYPE_CHECKING:
    from tests.usecases.stage import Stage

OBSERVING = PRODUCTION + "  enforcement: observe\n"


def test_observing_decides_logs_and_moves_nothing(stage: Stage) -> None:
    found = stage.promote(FIRST, "staging", "--observe")
    assert (found.code, found.err) == (0, "")
    assert "allowed: demo@1.0.0 to staging\n" in found.out
    assert "observed: it does not block, and nothing was moved\n" in found.out
    assert "points to it" not in found.out
    last = stage.last()
    assert (last["kind"], last["body"]["verdict"]) == ("promotion.observed", "allowed")
    assert last["body"]["mode"] == "observe"
    assert "generation" not in last["body"]
    assert stage.done("status").out == ""


def test_what_would_be_denied_exits_with_nothing_wrong(stage: Stage) -> None:
    found = stage.promote(FIRST, "production", "--observe", "--output-format=json")
    assert (found.code, found.json["verdict"], found.json["mode"]) == (0, "denied", "observe")
    assert found.json["generation"] == 0
    predicate = stage.predicate(found.json["decision"])
    assert predicate["verificationResult"] == "FAILED"
    assert predicate["https://weighbridge.dev/v1"]["mode"] == "observe"


def test_who_observes_must_be_allowed_to_deploy(stage: Stage) -> None:
    assert stage.promote(FIRST, "staging", "--observe", by="bea").code == 4
    assert stage.promote(FIRST, "nowhere", "--observe").code == 2


def test_who_observed_has_asked_for_it(stage: Stage) -> None:
    assert stage.trust("dora", "releaser", "--role=ml-lead").code == 0
    assert stage.promote(FIRST, "production", "--observe").code == 0
    assert stage.say("approve", by="dora").code == 4


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_an_environment_that_observes_says_so(words: tuple[str, ...], stage: Stage) -> None:
    stage.apply(OBSERVING)
    stage.arrive(SECOND)
    found = stage.promote(FIRST, "production", *words, "--output-format=json", by="dora")
    assert (found.json["verdict"], found.json["mode"]) == ("denied", "observe")
    assert found.json["generation"] == (0 if words else 1)
    assert found.code == 0


def test_an_environment_that_observes_lets_it_through(stage: Stage) -> None:
    stage.apply(OBSERVING)
    found = stage.promote(FIRST, "production")
    assert found.code == 0
    assert "denied: demo@1.0.0 to production\n" in found.out
    assert "this environment only observes: what is not met does not block\n" in found.out
    assert found.out.endswith("  production points to it, generation 1\n")
    last = stage.last()
    assert (last["kind"], last["body"]["verdict"]) == ("promotion.done", "denied")
    assert last["body"]["mode"] == "observe"
    predicate = stage.predicate(last["body"]["decision"])
    assert predicate["verificationResult"] == "FAILED"
    # The way it came is past; nobody has approved of it since.
    assert stage.pointer("production")["verdict"] == "needs"


def test_where_nothing_is_unmet_it_says_no_more_than_that(stage: Stage) -> None:
    stage.apply(STAGING + "  enforcement: observe\n")
    found = stage.ask(FIRST, "staging")
    assert (found["verdict"], found["mode"], unmet(found)) == ("allowed", "observe", [])


def test_only_owners_make_an_environment_observe(stage: Stage) -> None:
    (stage.folder / "env.yaml").write_text(OBSERVING)
    assert stage("env", "apply", "env.yaml", by="dora").code == 4
    assert stage.promote(FIRST, "production").code == 1


def test_observing_leaves_the_pointer_where_it_is(stage: Stage) -> None:
    stage.arrive(FIRST)
    assert stage.promote(SECOND, "staging", "--observe").code == 0
    assert stage.pointer()["version"] == "1.0.0"
