from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.usecases.drilled import BASELINE, PRODUCTION, Drilled, drilled, drilled_folder
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.model.drill import Fate
from weighbridge.model.errors import NotFoundError, UsageError
from weighbridge.report.drill import drill_json, render_drill
from weighbridge.usecases.drill import PREFIX, chosen
from weighbridge.usecases.drilling.faults import FAULTS
from weighbridge.usecases.drilling.stages import Stages
from weighbridge.usecases.drilling.statement import drill_statement
from weighbridge.usecases.evidence_export import export_pack
from weighbridge.usecases.evidence_verify import verify_pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.drill import Drill, Planted

__all__ = ["drilled", "drilled_folder"]

ASKED = {
    "flipped-byte",
    "swapped-weights",
    "extra-file",
    "missing-file",
    "truncated-file",
    "stale-report",
    "stale-approval",
    "self-approval",
    "owner-approves-own",
    "second-account",
    "approval-of-another-release",
    "approval-for-another-environment",
    "approval-under-another-policy",
    "vulnerable-pin",
    "foreign-index",
    "dependency-confusion",
    "unpinned-dependency",
    "lock-drift",
    "unsafe-pickle",
    "malicious-pickle",
    "embedded-secret",
    "path-escape",
    "link-out-of-the-release",
    "mutable-image",
    "edited-policy",
    "edited-environment",
    "rewritten-row",
    "deleted-row",
    "database-of-yesterday",
    "forged-checkpoint",
    "signed-without-role",
    "report-of-another-release",
    "revoked-builder",
    "expired-approval",
    "expired-waiver",
    "unsigned-release",
    "clock-moved-back",
    "promotion-race",
    "skipped-rule",
    "unsure-told-as-passed",
    "dirty-source",
    "licence-lowered",
    "back-to-revoked",
}
"""What was asked for. More may be planted, none of these may go."""

SOME = (
    "flipped-byte",
    "malicious-pickle",
    "stale-report",
    "self-approval",
    "promotion-race",
    "not-soaked",
    "hidden-rejection",
    "risk-lowered",
)


REPORTED = """\
  evidence:
    - {type: report, signedBy: {role: checker}, noneAbove: warning}
"""


def by_name(found: Drill) -> dict[str, Planted]:
    return {one.name: one for one in found.planted}


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Read every file; not what SQLite leaves behind where a database was only read."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, data)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".db-shm"
        if (data := path.read_bytes()) or path.suffix != ".db-wal"
    }


def left_behind() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))


def test_every_fault_that_was_asked_for_is_known() -> None:
    names = [fault.name for fault in FAULTS]
    assert {*names} >= ASKED
    assert len(names) == len(set(names))
    assert all(fault.says and fault.catchers for fault in FAULTS)


def test_some_faults_are_caught_and_the_registry_is_only_read(
    drilled: Drilled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    before = everything(drilled.folder)
    found = drilled.drill(*SOME)
    assert everything(drilled.folder) == before
    assert list(scratch.iterdir()) == []
    assert found.controls == ()
    assert {one.name: one.fate for one in found.planted} == dict.fromkeys(SOME, Fate.CAUGHT)
    planted = by_name(found)
    assert planted["malicious-pickle"].lines == (("SEC001", "evidence:report"),)
    assert planted["self-approval"].hangs_on == ("approvals:0",)
    assert planted["hidden-rejection"].by == ("log verify",)
    assert planted["promotion-race"].verdict == "lost"


def test_what_got_through_is_told_with_what_closes_it(drilled: Drilled) -> None:
    found = drilled.drill("malicious-pickle", "self-approval", off=["SEC001"])
    planted = by_name(found)
    assert planted["malicious-pickle"].fate is Fate.THROUGH
    assert planted["self-approval"].fate is Fate.CAUGHT
    assert found.verdict == "fail"
    text = render_drill(found)
    assert "got through\n  malicious-pickle: a pickle runs a command" in text
    assert "    = help:  weighbridge policy publish policy.yaml" in text
    assert "without SEC001" in text


def test_an_environment_that_asks_for_little_is_told_so(drilled: Drilled) -> None:
    names = ("flipped-byte", "no-approval", "unsigned-release", "environment-skipped")
    found = by_name(drilled.drill(*names, environment="staging"))
    fates = [found[name].fate for name in names]
    assert fates == [Fate.THROUGH, Fate.THROUGH, Fate.CAUGHT, Fate.ABSENT]
    assert found["environment-skipped"].why == "nothing comes before staging"


def test_where_all_counts_as_high_nothing_can_be_lowered(drilled: Drilled) -> None:
    drilled.publish(
        "always", f"{BASELINE}  riskWhen:\n    - {{risk: high, when: 'release.name == \"demo\"'}}\n"
    )
    drilled.apply("production", PRODUCTION.replace("strict", "always"))
    (planted,) = drilled.drill("risk-lowered").planted
    assert planted.fate is Fate.ABSENT
    assert planted.why == "the policy may count it as high whatever its manifest says"


def test_a_twin_that_is_not_let_pass_proves_nothing(drilled: Drilled) -> None:
    (weights, *_) = sorted((drilled.folder / ".weighbridge/blobs").rglob("*"), key=size)
    weights.chmod(0o600)
    weights.write_bytes(b"damaged")
    found = drilled.drill("self-approval")
    assert (found.planted, found.verdict) == ((), "inconclusive")
    assert [name for name, _ in found.controls] == ["promotion"]
    assert "refused without any fault\n  promotion: evidence:report" in render_drill(found)
    with pytest.raises(UsageError, match="proves nothing"):
        drill_statement(found)


def size(path: Path) -> tuple[bool, int]:
    """Put the weights first: they alone are no text."""
    data = path.read_bytes() if path.is_file() else b"{"
    return (b'"F32"' not in data, 0)


def test_nothing_is_left_of_a_drill_that_is_interrupted(
    drilled: Drilled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = [*tmp_path.iterdir()]

    def interrupt(*_: object) -> None:
        assert [*tmp_path.iterdir()] != found
        raise KeyboardInterrupt

    monkeypatch.setattr(Stages, "at", interrupt)
    with pytest.raises(KeyboardInterrupt):
        drilled.drill("self-approval")
    assert [*tmp_path.iterdir()] == found


def test_a_drill_is_written_as_programs_read_it(drilled: Drilled) -> None:
    found = drilled.drill("no-approval", "environment-skipped", environment="staging")
    document = json.loads(drill_json(found))
    assert document["schemaVersion"] == 1
    assert document["environment"] == "staging"
    (one,) = document["planted"]
    assert (one["name"], one["caught"], one["by"], one["verdict"]) == (
        "no-approval",
        False,
        "",
        "allowed",
    )
    assert document["notApplicable"] == [
        {
            "name": "environment-skipped",
            "family": "owners and deployers",
            "because": "nothing comes before staging",
        }
    ]


@pytest.mark.parametrize("name", ["SEC0O1", "approvals:7", "case-intact", "fresh:sbom"])
def test_what_the_policy_does_not_say_cannot_be_switched_off(name: str, drilled: Drilled) -> None:
    with pytest.raises(UsageError, match="asks for nothing that is called"):
        drilled.drill(off=[name])


def test_a_fault_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        chosen(["self-aproval"])
    assert caught.value.faults[0].help == ("did you mean `self-approval`?",)


def test_a_drill_begins_with_what_was_promoted(drilled: Drilled) -> None:
    drilled.apply("empty", "{policy: lax@1}")
    with pytest.raises(NotFoundError, match="empty points to nothing"):
        drilled.drill(environment="empty")
    with pytest.raises(NotFoundError, match="production points to no release of other"):
        drilled.drill(name="other")


def test_an_environment_that_observes_is_drilled_by_what_it_would_say(drilled: Drilled) -> None:
    drilled.apply(
        "watched", "{policy: strict@1, enforcement: observe, roles: {deployers: [releaser]}}"
    )
    drilled.check(FIRST)
    drilled.approve_for("watched", FIRST, "cat", "dora")
    assert drilled.promote(FIRST, "watched")
    found = drilled.drill("no-approval", "unsigned-release", environment="watched")
    assert found.mode == "observe"
    assert [one.fate for one in found.planted] == [Fate.CAUGHT, Fate.CAUGHT]
    assert "is told, and not stopped" in render_drill(found)


@pytest.mark.slow
def test_what_excuses_nothing_is_caught_where_excuses_are_taken(drilled: Drilled) -> None:
    names = ("vex-by-builder", "vex-of-another-version", "vex-taken-back", "vex-of-an-attack")
    found = drilled.drill(*names)
    assert found.controls == ()
    assert [one.lines for one in found.planted] == [
        *[(("DEP005", "evidence:report"),)] * 3,
        (("DEP006", "evidence:report"),),
    ]


def test_demanded_rule_packs_are_asked_in_the_twin_and_missed_if_they_were_not(
    drilled: Drilled,
) -> None:
    digest = drilled.publish_pack()
    demand = f"{{name: drilled, version: '1', digest: '{digest}'}}"
    drilled.publish("packs", f"{REPORTED}  rulePacks:\n    - {demand}\n")
    drilled.apply("packed", "{policy: packs@1, roles: {deployers: [releaser]}}")
    drilled.check(FIRST, "packed")
    assert drilled.promote(FIRST, "packed")
    names = [one.name for one in FAULTS if one.name.startswith("rule-pack-")]
    found = drilled.drill(*names, environment="packed")
    assert found.controls == ()
    assert [one.lines for one in found.planted] == [(("rule-pack:drilled@1",),)] * 3


@pytest.mark.parametrize(
    ("guard", "without", "names"),
    [
        ("weighbridge.gate.decide.judge_blocks", lambda _: (), ("blocked-release",)),
        pytest.param(
            "weighbridge.usecases.hearing._says_when",
            lambda _: False,
            ("old-report-again", "good-report-again", "approval-again", "delegation-again"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "weighbridge.gate.standing.judge_windows",
            lambda _: (),
            ("outside-window",),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "weighbridge.gate.glass.authors",
            lambda _: frozenset(),
            ("glass-by-builder",),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_gate_that_forgets_a_guard_is_found_out(
    guard: str,
    without: Callable[[object], object],
    names: tuple[str, ...],
    drilled: Drilled,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, without)
    found = drilled.drill(*names)
    assert tuple(one.name for one in found.through) == names
    assert found.verdict == "fail"


def test_an_approval_past_its_time_is_caught_where_approvals_end(
    drilled: Drilled, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = by_name(drilled.drill("expired-approval"))["expired-approval"]
    assert (absent.fate, absent.why) == (
        Fate.ABSENT,
        "its policy lets approvals count for ever (no `validFor`)",
    )
    ending = BASELINE.replace("roles: [ml-lead]", "roles: [ml-lead], validFor: 9d", 1)
    drilled.publish("ending", ending)
    drilled.apply("production", PRODUCTION.replace("strict@1", "ending@1"))
    caught = by_name(drilled.drill("expired-approval"))["expired-approval"]
    assert (caught.fate, caught.lines) == (Fate.CAUGHT, (("GOV002", "approvals:0"),))
    monkeypatch.setattr("weighbridge.gate.approvals.after", lambda *_: "")
    assert drilled.drill("expired-approval").verdict == "fail"


ASKS = "  evidence:\n    - {type: drill, maxAge: 7d, signedBy: {role: checker}}\n"


def test_a_signed_drill_is_evidence_the_next_release_is_let_in_by(drilled: Drilled) -> None:
    drilled.publish("drills", ASKS)
    drilled.apply("next", "{policy: lax@1, roles: {deployers: [releaser]}}")
    assert drilled.promote(FIRST, "next")
    drilled.apply("next", "{policy: drills@1, roles: {deployers: [releaser]}}")
    drilled.seal_next()
    drilled.sign(SECOND)
    assert not drilled.promote(SECOND, "next")
    found = drilled.drill("unsigned-release", environment="next")
    assert (found.verdict, found.controls) == ("pass", ())
    drilled.attest(FIRST, drill_statement(found), by="carl")
    assert drilled.promote(SECOND, "next")
    pack = export_pack(drilled.digest(SECOND), "next", registry=drilled.registry)
    assert verify_pack(pack, log_key=drilled.registry.log_key).ok
    drilled.clock.set("2026-02-20T00:00:00Z")
    assert not drilled.promote(FIRST, "next")


def test_a_signed_drill_counts_for_no_other_environment_and_under_no_other_policy(
    drilled: Drilled,
) -> None:
    drilled.publish("drills", ASKS)
    drilled.publish("drills-too", ASKS + "  risk: {lowered: block}\n")
    for name in ("next", "after"):
        drilled.apply(name, "{policy: lax@1, roles: {deployers: [releaser]}}")
        assert drilled.promote(FIRST, name)
        drilled.apply(name, "{policy: drills@1, roles: {deployers: [releaser]}}")
    found = drilled.drill("unsigned-release", environment="next")
    drilled.attest(FIRST, drill_statement(found), by="carl")
    assert not drilled.promote(FIRST, "after")
    drilled.apply("next", "{policy: drills-too@1, roles: {deployers: [releaser]}}")
    assert not drilled.promote(FIRST, "next")
    drilled.apply("next", "{policy: drills@1, roles: {deployers: [releaser]}}")
    assert drilled.promote(FIRST, "next")


def test_a_drill_that_let_something_through_is_evidence_that_is_not_met(drilled: Drilled) -> None:
    found = drilled.drill("no-approval", environment="staging")
    predicate = json.loads(drill_statement(found))["predicate"]
    assert (predicate["result"], predicate["environment"]["name"]) == ("FAILED", "staging")
    assert predicate["planted"] == [
        {"by": "", "caught": False, "name": "no-approval", "verdict": "allowed"}
    ]
