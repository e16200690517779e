"""A decision is read back from what is signed as it was written, whatever it says."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gate.cases import decided, make
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.predicates import shape_fault
from weighbridge.gate.vsa import read_decision, vsa_predicate
from weighbridge.model.decision import (
    Decision,
    Excluded,
    GateVerdict,
    Inputs,
    Judged,
    Kept,
    Need,
    Outcome,
    Reused,
    Skipped,
    Waived,
)
from weighbridge.model.predicates import VSA

DIGEST = st.sampled_from([f"sha256:{letter * 64}" for letter in "0af"])
MAYBE = st.just("") | DIGEST
TEXT = st.text('abc <>"\\é\n', max_size=6)
WORD = st.sampled_from(["a", "b:c", "rob", "ml-lead"])
TIME = st.sampled_from(["2026-11-01T10:00:00Z", "2027-01-01T00:00:00Z"])
FINDING = st.fixed_dictionaries(
    {"code": WORD, "subject": TEXT, "severity": WORD, "verdict": WORD}, optional={"seen": TEXT}
)


def some(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, max_size=2).map(tuple)


JUDGED = st.builds(
    Judged,
    id=WORD,
    outcome=st.sampled_from(Outcome),
    why=TEXT,
    seen=TEXT,
    wanted=TEXT,
    pointer=TEXT,
    findings=some(FINDING),
    skipped=some(WORD),
    statements=some(DIGEST),
    warns=st.booleans(),
    excluded=some(TEXT),
)
INPUTS = st.builds(
    Inputs,
    data=st.dictionaries(WORD, DIGEST, max_size=2),
    serving=MAYBE,
    **{
        name: some(DIGEST)
        for name in (
            "acts",
            "delegations",
            "documents",
            "evidence",
            "locks",
            "packs",
            "past",
            "waivers",
        )
    },
)
PLAIN = decided(make())
DECISION = st.builds(
    Decision,
    verdict=st.sampled_from(GateVerdict),
    environment=WORD,
    environment_digest=DIGEST,
    policy=st.just("house@1"),
    policy_digest=DIGEST,
    name=st.just("detector"),
    version=st.just("1.4.0"),
    release=DIGEST,
    risk=WORD,
    conditions=some(JUDGED),
    outcome=st.just(PLAIN.outcome),
    outcome_digest=DIGEST,
    evidence=some(DIGEST),
    reused=some(st.builds(Reused, predicate_type=WORD, release=DIGEST, statement=DIGEST)),
    trust_digest=DIGEST,
    at=TIME,
    gate=st.integers(1, 9),
    needs=some(
        st.builds(
            Need,
            condition=WORD,
            count=st.integers(0, 3),
            roles=some(WORD),
            people=some(WORD),
            until=st.just("") | TIME,
        )
    ),
    skipped=some(st.builds(Skipped, rule=TEXT, by=TEXT, why=TEXT, person=WORD, statement=DIGEST)),
    waived=some(
        st.builds(
            Waived, rule=WORD, subject=TEXT, person=WORD, why=TEXT, until=TIME, statement=MAYBE
        )
    ),
    excluded=some(
        st.builds(
            Excluded, kind=st.sampled_from(Kept), name=WORD, why=TEXT, person=TEXT, statement=MAYBE
        )
    ),
    inputs=INPUTS,
)


@given(DECISION)
@settings(max_examples=150, deadline=None)
def test_what_is_read_is_what_was_written(decision: Decision) -> None:
    predicate = vsa_predicate(decision, log="house", mode="enforce")
    assert shape_fault(VSA, predicate) == ""
    assert canonical_bytes(predicate)
    subject = (f"{decision.name}@{decision.version}", decision.release)
    assert read_decision(predicate, subject=subject, outcome=decision.outcome) == decision
