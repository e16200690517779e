"""A release found damaged goes nowhere, until all of it was read again and nothing found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.usecases.packs import PRODUCTION, exported, judged
from tests.usecases.promoted import SECOND as NEXT
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.stage import FIRST, SECOND, condition, unmet
from tests.usecases.workshop import LABELS, sha256
from weighbridge.model.errors import OwnerlessError, UnsealedError
from weighbridge.model.event import Kind
from weighbridge.model.verification import Problem
from weighbridge.packing.evidence_pack import read_pack, write_pack
from weighbridge.usecases.unverified import unverified_of, unverify

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench

__all__ = ["promoted", "promoted_folder"]

PROBLEM = Problem(code="INT001", subject="labels.json", message="m", seen="x", wanted="y")
OTHER = Problem(code="INT005", subject="entry 7", message="m")
ID = "release-verified"


def found_wrong(stage: Stage, release: str = FIRST, *problems: Problem) -> int:
    name, version = release.split("@")
    registry = stage.registry
    try:
        return unverify(
            name,
            version,
            stage.release(release),
            found=problems or (PROBLEM,),
            by="deliver",
            registry=registry,
        )
    finally:
        registry.close()


def damage(stage: Stage) -> None:
    stage.overwrite(sha256(LABELS), b"other bytes")


def mend(stage: Stage) -> None:
    stage.overwrite(sha256(LABELS), LABELS)


def test_a_rollback_that_finds_damage_enters_it_and_everywhere_it_is_denied(stage: Stage) -> None:
    stage.approved()
    assert stage.promote(FIRST, "production").code == 0
    stage.arrive(SECOND)
    damage(stage)
    found = stage.roll_back()
    assert found.code == 2
    assert "then weighbridge verify demo@1.0.0 --log" in found.err
    last = stage.last()
    assert (last["kind"], last["body"]["by"]) == ("release.unverified", "dora")
    assert last["body"]["release"] == stage.release(FIRST)
    (problem,) = last["body"]["problems"]
    assert (problem["code"], problem["wanted"]) == ("INT001", sha256(LABELS))
    mend(stage)
    here = stage.pointer("production")
    assert here["verdict"] == "denied"
    assert "release-verified: what is stored of it was found wrong" in here["why"]
    assert stage.pointer("staging")["verdict"] == "allowed"
    asked = stage.ask(FIRST, "staging")
    assert (asked["verdict"], unmet(asked)) == ("denied", [ID])
    assert condition(asked, ID).remedy == [
        "weighbridge verify demo@1.0.0 --log, once what was sealed is stored again"
    ]
    assert "was found wrong by dora: INT001" in stage.done("history", "demo").out


def test_what_is_known_is_not_entered_again(stage: Stage) -> None:
    first = found_wrong(stage)
    size = len(stage.entries())
    assert found_wrong(stage) == first
    assert len(stage.entries()) == size
    assert found_wrong(stage, FIRST, PROBLEM, OTHER) == size
    assert found_wrong(stage, FIRST, OTHER) == first
    assert len(stage.entries()) == size + 1
    assert unverified_of("demo", stage.release(SECOND), stage.registry) is None


def test_what_is_no_release_cannot_be_found_wrong(stage: Stage) -> None:
    registry = stage.registry
    with pytest.raises(UnsealedError):
        unverify("demo", "9", sha256(b""), found=[PROBLEM], by="", registry=registry)
    with pytest.raises(ValueError, match="nothing was found"):
        unverify("demo", "1.0.0", sha256(b""), found=[], by="", registry=registry)
    registry.close()


def test_verifying_again_ends_it_once_all_is_in_order(stage: Stage) -> None:
    stage.arrive(FIRST)
    damage(stage)
    before = len(stage.entries())
    assert stage("verify", FIRST).code == 1
    assert len(stage.entries()) == before
    entered = stage("verify", FIRST, "--log")
    assert entered.code == 1
    assert "release.unverified: entry" in entered.err
    assert (stage.last()["kind"], stage.last()["body"]["by"]) == ("release.unverified", "")
    assert stage("verify", FIRST, "--log").code == 1
    assert len(stage.entries()) == before + 1
    mend(stage)
    only_read = stage.done("verify", FIRST)
    assert "goes nowhere until that is ended: add --log" in only_read.err
    told = stage.done("verify", FIRST, "--output-format=json").json["unverified"]
    assert (told["entry"], told["by"], len(told["problems"])) == (before, None, 1)
    assert stage.pointer()["verdict"] == "denied"
    ended = stage.done("verify", FIRST, "--log", "--output-format=json")
    assert "release.verified: entry" in ended.err
    assert ended.json["unverified"] is None
    assert stage.last()["kind"] == "release.verified"
    assert stage.pointer()["verdict"] == "allowed"
    size = len(stage.entries())
    stage.done("verify", FIRST, "--log")
    assert len(stage.entries()) == size


def test_signatures_that_are_missing_do_not_end_it_and_are_no_damage(stage: Stage) -> None:
    found_wrong(stage)
    before = len(stage.entries())
    assert stage("verify", FIRST, "--log", "--threshold=5").code == 1
    assert len(stage.entries()) == before
    assert stage("verify", SECOND, "--log", "--threshold=5").code == 1
    assert len(stage.entries()) == before
    assert stage("verify", ".", "--log").code == 2
    assert stage("verify", ".", "--log", "--bundle=x").code == 2


def test_papers_that_are_damaged_keep_it_unverified(stage: Stage) -> None:
    stage.arrive(FIRST)
    found_wrong(stage)
    decision = next(one["body"] for one in stage.entries() if one["kind"] == "promotion.done")
    data = stage.blob(decision["outcome"]).read_bytes()
    stage.overwrite(decision["outcome"], b"{}")
    assert stage("verify", FIRST).code == 0
    assert stage("verify", FIRST, "--log").code == 1
    assert stage.last()["kind"] == "release.unverified"
    stage.overwrite(decision["outcome"], data)
    assert stage("verify", FIRST, "--log").code == 0
    assert stage.last()["kind"] == "release.verified"


def test_a_store_without_owners_has_no_ledger_to_enter_it_in(bench: Bench) -> None:
    bench("seal")
    assert bench("verify", "demo@1.0.0", "--log").code == 2
    assert OwnerlessError.code in bench("verify", "demo@1.0.0", "--log").err


def test_watching_tells_that_what_stands_is_denied_and_allowed_again(stage: Stage) -> None:
    assert stage.trust("dora", "releaser", "--role=checker").code == 0
    stage.arrive(FIRST)
    found_wrong(stage)
    assert stage("watch", "staging", "--once", by="dora").code == 1
    last = stage.last()
    assert (last["kind"], last["body"]["verdict"]) == ("verdict.changed", "denied")
    assert last["body"]["why"].startswith("release-verified: ")
    stage.done("verify", FIRST, "--log")
    assert stage("watch", "staging", "--once", by="dora").code == 0
    assert stage.last()["body"]["verdict"] == "allowed"


def test_what_if_nothing_changed_says_the_same(stage: Stage) -> None:
    stage.arrive(FIRST)
    found_wrong(stage)
    told = stage("policy", "what-if", "--output-format=json").json
    assert "denied" in str(told)


def test_decisions_are_made_again_to_the_byte(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND)
    found_wrong(stage)
    assert stage.promote(FIRST, "staging").code == 1
    blocked = stage.last()["index"]
    assert stage.roll_back("--to", FIRST).code == 1
    back = stage.last()["index"]
    stage.done("verify", FIRST, "--log")
    assert stage.promote(FIRST, "staging").code == 0
    done = stage.last()["index"]
    for entry in (blocked, back, done):
        ran = stage("promote", f"--replay={entry}", "--output-format=json")
        assert (ran.code, ran.json["problems"]) == (0, []), entry
    assert stage("log", "verify", "--deep").code == 0


def test_a_rollback_by_itself_passes_over_it(stage: Stage) -> None:
    stage.arrive(FIRST, SECOND, "demo@1.2.0")
    found_wrong(stage, SECOND)
    assert stage.roll_back().code == 0
    assert stage.pointer()["version"] == "1.0.0"


def test_entries_that_lie_are_found(stage: Stage) -> None:
    body: dict[str, Any] = {"name": "demo", "version": "1.0.0", "by": ""}
    body |= {"release": stage.release(FIRST)}
    wrong = body | {"problems": [{"code": "x", "subject": "", "seen": "", "wanted": ""}]}
    stage.append(Kind.RELEASE_UNVERIFIED, wrong)
    stage.append(Kind.RELEASE_VERIFIED, body)
    document = stage("log", "verify", "--deep", "--output-format=json").json
    assert document["problems"] == []
    lies = {
        stage.append(Kind.RELEASE_VERIFIED, body): "nothing stood against the release by then",
        stage.append(Kind.RELEASE_UNVERIFIED, body): "the event does not say what was found",
        stage.append(
            Kind.RELEASE_UNVERIFIED, wrong | {"version": "7"}
        ): "no release is bound as it says",
    }
    document = stage("log", "verify", "--deep", "--output-format=json").json
    told = [(one["subject"], one["message"]) for one in document["problems"]]
    assert told == [(f"entry {entry}", said) for entry, said in lies.items()]


def test_a_pack_tells_that_its_release_was_found_damaged_since(promoted: Promoted) -> None:
    sound = exported(promoted, NEXT)
    assert judged(promoted, sound).ok
    unverify(
        "demo",
        "1.1.0",
        promoted.digest(NEXT),
        found=[PROBLEM],
        by="deliver",
        registry=promoted.registry,
    )
    pack = exported(promoted, NEXT)
    found = judged(promoted, pack)
    assert found.ok
    assert found.told is not None
    assert found.told.unverified is not None
    assert found.told.unverified.words == "labels.json (INT001)"
    page = read_pack(pack)[0]["report.html"].decode()
    assert "found wrong since" in page
    assert "labels.json (INT001)" in page
    before = judged(promoted, sound)
    assert before.told is not None
    assert (before.ok, before.told.unverified) == (True, None)


def test_what_a_pack_tells_of_it_cannot_be_taken_away_in_part(promoted: Promoted) -> None:
    release = promoted.digest(NEXT)
    entry = unverify("demo", "1.1.0", release, found=[PROBLEM], by="", registry=promoted.registry)
    papers, about = read_pack(exported(promoted, NEXT, PRODUCTION))
    (proof,) = [name for name in papers if name.endswith(f"/{entry}.proof")]
    less = write_pack({name: data for name, data in papers.items() if name != proof}, about=about)
    found = judged(promoted, less)
    assert [one.subject for one in found.problems] == ["report.html"]
