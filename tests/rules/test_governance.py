from __future__ import annotations

from tests.rules.asking import ask, messages
from weighbridge.rules import sample


def test_a_contact_left_todo_reaches_nobody() -> None:
    facts = sample.release({"/metadata/owner": {"team": "TODO", "contact": "TODO"}})

    findings = ask("GOV001", facts)
    assert sorted(messages(findings)) == [
        "the release has no owner's contact",
        "the release has no owner's team",
    ]
    assert {found.location.pointer for found in findings} == {
        "/metadata/owner/team",
        "/metadata/owner/contact",
    }
