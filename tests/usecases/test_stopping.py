"""What owners and deployers stop: freeze, block and hold, and how each ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.packs import complaints, edited, exported, judged
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.stage import BOTH, FIRST, SECOND, STAGING, THIRD, condition, unmet
from tests.usecases.workshop import LABELS, sha256
from weighbridge.model.ports import NoProgress
from weighbridge.packing.evidence_pack import read_pack
from weighbridge.seal.control import Wish
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal
from weighbridge.usecases.stopping import blocking

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

__all__ = ["promoted", "promoted_folder"]

WHY = "--reason=the year ends"


def freeze(stage: Stage, *words: str, by: str = BOTH) -> Ran:
    return stage("freeze", "staging", WHY, *words, by=by)


def block(stage: Stage, *words: str, by: str = BOTH) -> Ran:
    return stage("block", *words, "--reason=leaks data", by=by)


def hold(stage: Stage, verb: str = "hold", by: str = "dora") -> Ran:
    return stage(verb, "demo", "--in=staging", "--reason=wait for the press", by=by)


def test_owners_freeze_an_environment_and_lift_that(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    first = freeze(stage, by="ann")
    assert (first.code, stage.last()["kind"]) == (1, "control.proposed")
    assert freeze(stage, by="ben").code == 0
    body = stage.last()["body"]
    assert (body["action"], body["about"]) == ("environment.freeze", "staging")
    assert body["said"] == {"reason": "the year ends"}
    assert freeze(stage, by="").out.endswith("environment.freeze staging: in force already\n")
    found = stage.ask(THIRD, "staging")
    assert (found["verdict"], unmet(found)) == ("needs", ["not-frozen"])
    assert condition(found, "not-frozen").seen == "the year ends"
    assert stage.last()["kind"] == "promotion.blocked"
    assert stage.roll_back().code == 0  # which no freeze stops
    assert "; frozen since 2026-" in stage.done("status").out
    assert "  frozen       since 2026-" in stage.done("env", "list").out
    assert "environment.freeze staging by ann, ben: the year ends" in stage.done("log", "show").out
    assert freeze(stage, "--lift").code == 0
    assert stage.pointer()["frozen"] is None
    assert unmet(stage.ask(THIRD, "staging")) == ["not-held"]
    stage.done("log", "verify", "--deep")


def test_a_freeze_ends_by_itself_and_stands_in_the_pack(stage: Stage) -> None:
    assert freeze(stage, "--until=2026-02-01T06:00:00Z").code == 0
    found = stage.ask(FIRST, "staging")
    assert condition(found, "not-frozen").wanted.startswith("not before 2026-02-01T06:00:00Z")
    stage.clock.set("2026-02-01T06:00:00Z")
    assert stage.promote(FIRST, "staging").code == 0
    assert "  frozen " not in stage.done("env", "list").out
    stage.done("evidence", "export", FIRST, "--to=staging", "--output=p.tar")
    told = stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub").out
    assert "met           not-frozen: the freeze ended at 2026-02-01T06:00:00Z" in told


def test_an_environment_that_only_observes_is_frozen_all_the_same(stage: Stage) -> None:
    stage.apply(f"{STAGING}  enforcement: observe\n")
    assert freeze(stage).code == 0
    assert stage.promote(FIRST, "staging").code == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--until=tomorrow",), 2, "--until is no time"),
        (("--until=14d",), 2, "--until is no time"),
        (("--until=2026-01-01",), 4, "the freeze would have ended"),
        (("--lift",), 2, "staging is not frozen"),
        (("--lift", "--until=2027-01-01"), 2, "--lift ends it now"),
        (("--reason= ",), 2, "for a reason"),
    ],
)
def test_a_freeze_that_makes_no_sense_is_refused(
    words: tuple[str, ...], code: int, said: str, stage: Stage
) -> None:
    found = freeze(stage, *words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err


def test_only_owners_freeze_and_block(stage: Stage) -> None:
    assert freeze(stage, by="dora").code == 4
    assert stage.last()["kind"] == "control.refused"
    assert block(stage, FIRST, by="dora").code == 4
    assert stage.last()["kind"] == "control.refused"
    assert stage("freeze", "stagin", WHY, by=BOTH).code == 2
    assert block(stage, FIRST, "--in=stagin").code == 2
    stage.done("log", "verify", "--deep")


def test_a_blocked_release_goes_nowhere_and_not_back_either(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND, THIRD)
    assert block(stage, SECOND).code == 0
    found = stage.ask(SECOND, "staging")
    assert (found["verdict"], "not-blocked" in unmet(found)) == ("denied", True)
    assert condition(found, "not-blocked").seen.startswith("demo@1.1.0, since 2026-")
    back = stage.roll_back("--to", SECOND)
    assert (back.code, stage.last()["kind"]) == (1, "rollback.blocked")
    assert "not-blocked: it is blocked" in back.out
    assert stage.roll_back().code == 0
    assert stage.pointer()["version"] == "1.0.0"  # the one before was passed over
    assert "  blocked      demo@1.1.0, everywhere since" in stage.done("env", "list").out
    assert block(stage, SECOND, "--lift").code == 0
    assert hold(stage, "lift").code == 0
    assert stage.promote(SECOND, "staging").code == 0
    stage.done("log", "verify", "--deep")


def test_what_is_there_and_blocked_is_no_longer_allowed(stage: Stage) -> None:
    stage.arrive(FIRST)
    assert block(stage, FIRST, "--in=staging").code == 0
    assert stage.pointer()["verdict"] == "denied"
    assert "  blocked      demo@1.0.0, here since" in stage.done("env", "list").out
    assert "release.block demo@1.0.0 in staging by ann, ben: leaks data" in (
        stage.done("log", "show").out
    )


def test_a_block_holds_where_nothing_else_is_enforced(stage: Stage) -> None:
    stage.apply(f"{STAGING}  enforcement: observe\n")
    assert block(stage, FIRST).code == 0
    assert stage.promote(FIRST, "staging").code == 1


def test_a_file_is_blocked_by_its_bytes_and_the_others_pass(stage: Stage) -> None:
    (stage.folder / "bad.json").write_bytes(LABELS)
    assert block(stage, "--artifact=bad.json").code == 0
    found = stage.ask(FIRST, "staging")
    assert condition(found, "not-blocked").remedy == [
        f"weighbridge block --artifact {sha256(LABELS)} --lift --reason TEXT, by owners"
    ]
    assert stage.promote(SECOND, "staging").code == 0
    stage.done("evidence", "export", SECOND, "--to=staging", "--output=p.tar")
    told = stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub").out
    assert "not-blocked: neither it nor a file of it is blocked" in told
    assert block(stage, f"--artifact={sha256(LABELS)}", "--lift").code == 0
    assert stage.promote(FIRST, "staging").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a release or a file is blocked"),
        ((FIRST, "--artifact=labels.json"), "a release or a file is blocked"),
        (("--artifact=no-such.bin",), "no-such.bin"),
        ((FIRST, "--lift"), "demo@1.0.0 is not blocked everywhere"),
        ((FIRST, "--lift", "--in=staging"), "demo@1.0.0 is not blocked in staging"),
    ],
)
def test_a_block_that_makes_no_sense_is_refused(
    words: tuple[str, ...], said: str, stage: Stage
) -> None:
    found = block(stage, *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_where_it_is_blocked_is_told_to_who_lifts_it_elsewhere(stage: Stage) -> None:
    assert block(stage, FIRST, "--in=staging").code == 0
    assert "blocked: staging" in block(stage, FIRST, "--lift").err


def test_who_deploys_holds_an_environment_and_lifts_that(stage: Stage) -> None:
    stage.arrive(FIRST)
    said = hold(stage)
    assert (said.code, stage.last()["body"]["act"]) == (0, "hold")
    assert said.out.startswith("dora: hold demo@1.0.0 to staging\n")
    assert stage.pointer()["held"].endswith(": wait for the press")
    found = stage.ask(SECOND, "staging")
    assert (found["verdict"], unmet(found)) == ("denied", ["not-held"])
    assert hold(stage, by="mia").code == 4
    assert stage.last()["kind"] == "act.refused"
    assert hold(stage, "lift").code == 0
    assert stage.promote(SECOND, "staging").code == 0
    stage.done("evidence", "export", SECOND, "--to=staging", "--output=p.tar")
    told = stage.done("evidence", "verify", "p.tar", "--key=.weighbridge/log.pub")
    assert "verified: demo@1.1.0 to staging" in told.out
    stage.done("log", "verify", "--deep")


def test_where_nothing_is_nothing_is_held(stage: Stage) -> None:
    found = hold(stage)
    assert (found.code, found.out) == (2, "")
    assert "staging points to no release of demo" in found.err


def test_a_file_in_a_folder_is_looked_for_again_from_a_pack(promoted: Promoted) -> None:
    """The pack holds the listing: without it nobody could tell that the file is not there."""
    folder = promoted.folder / "extra"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"known to be bad")
    manifest = promoted.folder / "release.yaml"
    text = manifest.read_text().replace('"1.1.0"', '"1.2.0"')
    manifest.write_text(text + "    - {name: extra, role: code, path: extra}\n")
    named, _ = find_authored(None, start=promoted.folder, catalogues=lambda _: [])
    seal(named, registry=promoted.registry, environ={}, progress=NoProgress())
    promoted.sign(THIRD)
    promoted.check(THIRD)
    bad, other = sha256(b"known to be bad"), sha256(b"another")
    wish = Wish(reason="known to be bad")
    for digest in (bad, other):
        promoted.owners(blocking(("a.bin", digest), wish, lift=False, registry=promoted.registry))
    assert not promoted.promote(THIRD, "staging")
    promoted.owners(blocking(("a.bin", bad), wish, lift=True, registry=promoted.registry))
    assert promoted.promote(THIRD, "staging")
    pack = exported(promoted, THIRD, "staging")
    assert judged(promoted, pack).problems == ()
    (listing,) = [name for name in read_pack(pack)[0] if name.startswith("subjects/")]
    assert complaints(judged(promoted, edited(pack, **{listing: None})))
