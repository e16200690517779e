from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.admission import Answer
from weighbridge.model.errors import Fault
from weighbridge.report.admission import MESSAGE, problem_json, refusal, response_json, told

FAULT = Fault(
    "WB240",
    "demo@1.2.0 is promoted to staging, not to production",
    seen="production points to demo@1.1.0",
    wanted="production points to demo@1.2.0",
    help=("weighbridge promote demo@1.2.0 --to production",),
)
SAID = """\
error[WB240]: demo@1.2.0 is promoted to staging, not to production
   | wanted  production points to demo@1.2.0
   | seen    production points to demo@1.1.0
   = help:  weighbridge promote demo@1.2.0 --to production
   = more:  weighbridge explain WB240"""


def test_a_refusal_says_what_was_seen_wanted_and_to_do() -> None:
    assert response_json(Answer(uid="u", subject="Pod a", faults=(FAULT,))) == {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {
            "uid": "u",
            "allowed": False,
            "status": {"status": "Failure", "message": SAID, "reason": "Forbidden", "code": 403},
            "auditAnnotations": {"codes": "WB240"},
        },
    }


def test_what_is_let_in_carries_its_remarks_as_warnings() -> None:
    answer = Answer(uid="u", remarks=("the gate says denied", "\x1b" * 400))
    assert response_json(answer)["response"] == {
        "uid": "u",
        "allowed": True,
        "warnings": ["the gate says denied", ("\\x1b" * 400)[:255] + "…"],
    }


def test_what_is_let_in_unjudged_says_why_in_the_audit_log() -> None:
    answer = Answer(uid="u", why="DELETE brings in no container")
    assert response_json(answer)["response"] == {
        "uid": "u",
        "allowed": True,
        "auditAnnotations": {"unjudged": "DELETE brings in no container"},
    }


def test_as_many_faults_are_told_as_fit() -> None:
    text = refusal([FAULT] * 40)
    assert text.startswith(SAID)
    assert text.endswith("\nand 37 more")
    assert len(text.encode()) <= MESSAGE


def test_a_fault_that_is_too_long_is_cut_between_characters() -> None:
    long = Fault("WB240", "ä" * 2_000)
    text = refusal([long, FAULT])
    assert text.startswith("error[WB240]: ää")
    assert text.endswith("ä…\nand 1 more")
    assert MESSAGE - 3 < len(text.encode()) <= MESSAGE


@given(st.lists(st.builds(Fault, st.just("WB240"), st.text(max_size=2_000)), min_size=1))
def test_no_refusal_is_longer_than_a_kibibyte(faults: list[Fault]) -> None:
    assert 0 < len(refusal(faults).encode()) <= MESSAGE


def test_a_problem_has_its_code() -> None:
    document = problem_json((FAULT,), 400, "Bad Request")
    assert (document["status"], document["code"], document["detail"]) == (400, "WB240", SAID)


def test_a_line_is_told_of_each_answer() -> None:
    assert told(Answer(uid="u", subject="Pod a")) == "let in Pod a"
    assert told(Answer(uid="u", faults=(FAULT,))) == (
        "refused something unreadable: demo@1.2.0 is promoted to staging, not to production"
    )
    assert told(Answer(uid="u", subject="Pod \n", faults=(FAULT, FAULT))).endswith("; and 1 more")
    assert "\n" not in told(Answer(uid="u", subject="Pod \n"))
