from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.identities import passphrase_fd
from tests.usecases.cast import PASSPHRASES
from tests.usecases.stage import BOTH, FIRST, SECOND, STAGING
from tests.usecases.standing import (
    FLAW,
    PINNED,
    advise,
    answer,
    events,
    promoted,
    verdict,
    watch,
    watched,
)
from tests.usecases.workshop import command

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


def test_a_new_advisory_changes_the_verdict_and_a_vex_document_changes_it_back(
    stage: Stage,
) -> None:
    promoted(stage)
    advise(stage)
    assert watch(stage).code == 0
    begun = len(stage.entries())
    advise(stage, FLAW)
    assert verdict(stage) == "allowed"  # nobody has asked yet
    found = watch(stage)
    assert found.code == 1
    (said,) = found.json["releases"]
    assert (said["before"], said["after"], said["reweighed"]) == ("allowed", "denied", True)
    assert said["why"] == (f"evidence:report: it has findings that block (DEP005 torch {FLAW})")
    assert events(stage, begun) == ["evidence.added", "allowed -> denied"]
    told = stage.last()
    assert told["body"]["person"] == "carl"
    assert stage.pointer()["verdictSince"] == told["time"]
    again = watch(stage)
    assert (again.code, len(stage.entries())) == (1, begun + 2)
    assert again.json["releases"][0]["entry"] is None

    answer(stage, "not_affected", by="bea")  # whose word the policy does not take
    assert verdict(stage) == "denied"
    answer(stage, "not_affected")
    assert verdict(stage) == "allowed"
    assert watch(stage).code == 0
    assert events(stage, begun + 2) == ["evidence.added", "evidence.added", "denied -> allowed"]
    answer(stage, "affected")
    assert watched(stage)["after"] == "denied"
    assert "staging by carl: denied -> allowed" in stage.done("history", "demo").out
    stage.done("log", "verify", "--deep")
    pack = ("evidence", "export", PINNED, "--to=staging", "--output=p.tar")
    stage.done(*pack)
    stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub")


def test_what_a_report_carries_over_counts_as_long_as_it_does_itself(stage: Stage) -> None:
    promoted(stage)
    advise(stage, FLAW)
    assert stage.trust("max", "checker").code == 0
    assert watched(stage, by="max")["after"] == "denied"
    answer(stage, "fixed")
    assert verdict(stage) == "allowed"
    report = stage.report(PINNED)["https://weighbridge.dev/v1"]
    assert report["carriedFrom"]["asked"] == ["DEP005", "DEP006", "DEP016"]
    codes = {one["code"] for one in report["report"]["skipped"]}
    assert "DEP008" in codes
    assert not codes & {"DEP005", "DEP006", "DEP016"}
    before = "2026-01-01T00:00:01Z"
    assert stage.revoke("carl", "--at", before).code == 0
    found = stage.pointer()
    assert (found["verdict"], found["why"]) == (
        "inconclusive",
        "evidence:report: it carries over a report that does not count",
    )


def test_a_revoked_key_changes_the_verdict(stage: Stage) -> None:
    promoted(stage)
    assert stage.revoke("bea", "--at", "2026-01-01T00:00:01Z").code == 0
    found = watched(stage)
    assert (found["before"], found["after"]) == ("allowed", "denied")
    assert found["why"].startswith("signed-by-builder: no builder signed the release")


def test_a_waiver_that_ends_and_one_that_is_given_change_the_verdict(stage: Stage) -> None:
    promoted(stage)
    advise(stage, FLAW)
    waive = ("waive", "DEP005", PINNED, "--to=staging", "--reason=unreachable")
    assert watched(stage)["after"] == "denied"
    stage.done(*waive, "--expires=2026-02-10", by="cat")
    assert watched(stage)["after"] == "allowed"
    stage.clock.set("2026-02-11T00:00:00Z")
    assert watched(stage)["after"] == "denied"
    stage.done(*waive, "--expires=2026-02-20", by="cat")
    assert watched(stage)["after"] == "allowed"


def test_a_new_policy_changes_the_verdict_and_the_old_one_changes_it_back(stage: Stage) -> None:
    promoted(stage)
    stage.publish(
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: own, version: "2", owner: {team: platform}}\n'
        "spec:\n  evidence: [{type: provenance}]\n"
    )
    stage.apply(STAGING.replace("staging@1", "own@2"))
    found = watched(stage)
    assert (found["after"], found["why"]) == (
        "denied",
        "evidence:provenance: there is no such evidence (0)",
    )
    stage.apply(STAGING.replace("staging@1", "own@1"))
    assert watched(stage)["after"] == "allowed"


def test_a_rejection_counts_against_what_stands(stage: Stage) -> None:
    promoted(
        stage,
        "  approvals: [{min: 1, roles: [ml-lead, security], when: 'release.name == \"x\"'}]\n",
    )
    stage.done("reject", PINNED, "--to=staging", "--reason=it lies", by="mia")
    assert watched(stage)["why"] == "not-rejected: it was rejected (mia: it lies)"
    stage.done("lift", PINNED, "--to=staging", "--reason=it does not", by="cat")
    assert watched(stage)["after"] == "allowed"


def test_a_hold_keeps_releases_out_until_somebody_lifts_it(stage: Stage) -> None:
    promoted(stage, "  onChange: {action: hold}\n")
    advise(stage, FLAW)
    begun = len(stage.entries())
    assert watched(stage)["action"] == "hold"
    assert events(stage, begun) == ["evidence.added", "allowed -> denied"]
    assert stage.pointer()["held"].startswith("denied since 2026-02-01T")
    found = stage.ask(SECOND, "staging")
    assert [one["id"] for one in found["conditions"] if one["outcome"] == "unmet"] == ["not-held"]
    stage.done("lift", "demo", "--in=staging", "--reason=looked into", by="dora")
    assert watched(stage)["action"] == "none"  # the verdict is the one that was told
    stage.arrive(SECOND)
    assert verdict(stage) == "allowed"
    stage.done("log", "verify", "--deep")
    stage.done("evidence", "export", SECOND, "--to=staging", "--output=p.tar")
    stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub")


def test_a_rollback_goes_back_to_the_release_before(stage: Stage) -> None:
    promoted(stage, "  onChange: {action: rollback}\n")
    advise(stage, FLAW)
    begun = len(stage.entries())
    found = watched(stage)
    assert found["problem"] == "whoever watches may not deploy to staging"
    assert events(stage, begun) == ["evidence.added", "allowed -> denied"]
    cause = len(stage.entries()) - 1
    stage.done(
        "key", "trust", "carl", "--person=carl", "--role=checker", "--role=releaser", by=BOTH
    )
    begun = len(stage.entries())
    found = watched(stage)
    assert (found["backTo"], found["problem"]) == ("1.0.0", None)
    assert events(stage, begun) == ["rollback.done", "evidence.added"]
    moved = stage.entries()[begun]["body"]
    assert (moved["cause"], moved["hold"]) == (cause, True)
    assert stage.pointer()["version"] == "1.0.0"
    assert f"set off by entry {cause}" in stage.done("history", "demo").out
    again = watch(stage)
    assert (again.code, len(stage.entries())) == (0, begun + 2)
    stage.done("log", "verify", "--deep")


def test_an_environment_that_observes_only_tells(stage: Stage) -> None:
    observing = STAGING.replace("spec:\n", "spec:\n  enforcement: observe\n")
    promoted(stage, "  onChange: {action: hold}\n", environment=observing)
    advise(stage, FLAW)
    found = watched(stage)
    assert (found["after"], found["action"]) == ("denied", "none")
    assert stage.pointer()["held"] is None


def test_only_a_checker_watches_and_whoever_is_refused_is_logged(stage: Stage) -> None:
    begun = len(stage.entries())
    found = watch(stage, by="dora")
    assert (found.code, found.out) == (4, "")
    assert "wrong role" in found.err
    assert events(stage, begun) == ["act.refused"]
    body = {"act": "watch", "environment": "staging", "person": "dora", "reason": "wrong-role"}
    assert stage.last()["body"] == body
    stage.done("log", "verify", "--deep")


def test_a_checker_whose_key_is_revoked_watches_no_longer(stage: Stage) -> None:
    assert watch(stage).code == 0
    assert stage.revoke("carl").code == 0
    begun = len(stage.entries())
    assert watch(stage).code == 4
    assert events(stage, begun) == ["act.refused"]
    assert stage.last()["body"]["reason"] == "revoked"


def test_a_dry_run_says_what_would_be_and_changes_nothing(stage: Stage) -> None:
    promoted(stage)
    advise(stage, FLAW)
    before = stage.everything()
    found = stage("watch", "staging", "--dry-run")
    assert found.code == 1
    assert found.out == (
        "demo@2.0.0 in staging: allowed -> denied; asked again with newer advisories\n"
        f"  evidence:report: it has findings that block (DEP005 torch {FLAW})\n"
    )
    assert stage.everything() == before


def test_older_advisories_do_not_take_the_place_of_newer_ones(stage: Stage) -> None:
    promoted(stage)
    advise(stage, FLAW)
    assert watched(stage)["after"] == "denied"
    advise(stage, modified="2026-01-20T00:00:00Z")
    begun = len(stage.entries())
    assert (watched(stage)["after"], len(stage.entries())) == ("denied", begun)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere", "--once"), "there is no environment nowhere"),
        (("staging", "--once", "--every=1h"), "--every does not go with --once"),
        (("staging", "--every=often"), "'often' is no duration"),
    ],
)
def test_what_is_not_to_be_watched_is_said(words: tuple[str, ...], said: str, stage: Stage) -> None:
    found = stage("watch", *words, by="carl")
    assert found.code == 2
    assert said in found.err


def test_where_nothing_stands_nothing_is_said(stage: Stage) -> None:
    assert (watch(stage).code, watch(stage).json["releases"]) == (0, [])
    assert FIRST not in stage("watch", "staging", "--once", by="carl").out


@pytest.mark.slow
def test_a_watch_that_goes_on_ends_when_it_is_told_to(stage: Stage) -> None:
    stage.arrive(FIRST)
    with (
        passphrase_fd(PASSPHRASES["carl"]) as reading,
        subprocess.Popen(
            command("watch", "staging", "--every=1h", "--key=carl"),
            cwd=stage.folder,
            env=dict(os.environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[reading],
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "demo@1.0.0 in staging: allowed\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode in {0, 130}, said
    assert "nothing" in said
    assert "Traceback" not in said
