"""The controls map of real packs: it names papers that are there, and what the gate counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.usecases.packs import PRODUCTION, events, exported, judged
from tests.usecases.promoted import SECOND, promoted, promoted_folder
from weighbridge.gate.case import Act
from weighbridge.packing.evidence_pack import read_pack

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted

__all__ = ["promoted", "promoted_folder"]


def test_controls_point_at_papers_that_are_there(promoted: Promoted) -> None:
    papers, _ = read_pack(exported(promoted, SECOND))
    frameworks = json.loads(papers["controls.json"])["frameworks"]
    controls = {one["id"]: one for framework in frameworks for one in framework["controls"]}
    answers = [answer for control in controls.values() for answer in control["answers"]]
    sources = [source for answer in answers for source in answer["sources"]]
    assert {source["path"] for source in sources} - papers.keys() == set()
    assert {source["entry"] for source in sources} - {None} <= events(exported(promoted)).keys() | (
        events(exported(promoted, SECOND)).keys()
    )
    assert controls["CC8.1"]["standing"] == "there"
    assert controls["PS.3.2"]["standing"] == "missing"
    assert controls["8"]["standing"] == "missing"


def test_only_approvals_the_gate_counted_answer_a_control(promoted: Promoted) -> None:
    """Max asked, bea signed; dora took hers back and gave it again."""
    promoted.roll_back()
    promoted.approve(SECOND, "max", act=Act.LIFT)
    promoted.approve(SECOND, "dora", act=Act.WITHDRAW)
    promoted.approve(SECOND, "dora")
    assert promoted.promote(SECOND, PRODUCTION)
    pack = exported(promoted, SECOND)
    assert judged(promoted, pack).ok
    soc2 = json.loads(read_pack(pack)[0]["controls.json"])["frameworks"][2]["controls"]
    (answer,) = [
        one["sources"]
        for control in soc2
        for one in control["answers"]
        if control["id"] == "CC6.3" and one["asked"].startswith("an approval")
    ]
    said = {index: event.body for index, event in events(pack).items() if "act" in event.body}
    found = [(said[one["entry"]]["person"], said[one["entry"]]["act"]) for one in answer]
    assert sorted(found) == [("cat", "approve"), ("dora", "approve")]
    newest = max(index for index, body in said.items() if body["person"] == "dora")
    assert newest in {one["entry"] for one in answer}
