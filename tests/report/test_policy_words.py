from __future__ import annotations

import pytest

from weighbridge.bootstrap import rule_set
from weighbridge.report.policy_changes import coming, differences
from weighbridge.report.policy_words import DemandRow, demand_rows, span, when_words
from weighbridge.usecases.policy_shelf import shipped_policies


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        ("604800s", "7 days"),
        ("86400s", "1 day"),
        ("90000s", "25 hours"),
        ("60s", "1 minute"),
        ("61s", "61 seconds"),
        ("0.5s", "0.5 seconds"),
        ("0s", "0 seconds"),
    ],
)
def test_durations_are_said_in_the_largest_unit_that_fits(duration: str, words: str) -> None:
    assert span(duration) == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ('environment.metadata.name == "production"', "the environment is production"),
        ('release.effectiveRisk != "low"', "the effective risk is not low"),
        ("!has(release.metadata.risk)", "the declared risk is not stated"),
        (
            'has(release.spec.card) && release.metadata.name == "a"',
            "release.spec.card is stated and the release's name is a",
        ),
        ("release.externalServices.size() > 0", ""),
        ('has(release.spec.card) || release.metadata.name == "a"', ""),
        ('!(release.metadata.name == "a")', ""),
        ("", ""),
    ],
)
def test_only_what_is_simple_is_said_in_words(expression: str, words: str) -> None:
    assert when_words(expression) == words


def test_every_demand_of_a_shipped_policy_has_a_name_and_a_sentence() -> None:
    for bundle in shipped_policies(rule_set()).values():
        rows = demand_rows(bundle)
        names = [row.id for row in rows]
        assert len(set(names)) == len(names)
        assert all(row.demands[:1].isupper() or row.demands[0].isdigit() for row in rows)
        conditions = {placed.condition.id for placed in bundle.conditions()}
        assert conditions == {row.id for row in rows if row.part == "conditions"}
        assert differences(rows, rows) == []


def test_what_changed_is_told_part_by_part() -> None:
    before = [
        DemandRow(id="a", part="conditions", demands="A."),
        DemandRow(id="b", part="conditions", demands="B.", blocks=False, rules=("X001",)),
        DemandRow(id="c", part="conditions", demands="C."),
    ]
    after = [
        DemandRow(id="b", part="conditions", demands="B.", when="true"),
        DemandRow(id="c", part="conditions", demands="C."),
        DemandRow(id="d", part="conditions", demands="D."),
    ]
    found = differences(before, after)
    assert [(one["id"], one["kind"], one["before"], one["after"]) for one in found] == [
        ("b", "changed", "B.", "B."),
        ("d", "added", None, "D."),
        ("a", "removed", "A.", None),
    ]
    assert found[0]["parts"] == [
        {"name": "only if", "before": "", "after": "true"},
        {"name": "effect", "before": "warns", "after": "blocks"},
        {"name": "rules", "before": "X001", "after": ""},
    ]


def test_only_what_is_still_to_come_is_coming() -> None:
    rows = [
        DemandRow(id="a", part="evidence", demands="A.", effective_on="2026-01-01T00:00:00Z"),
        DemandRow(
            id="b",
            part="evidence",
            demands="B.",
            effective_on="2026-05-01T00:00:00Z",
            expires_on="2026-04-01T00:00:00Z",
        ),
    ]
    assert coming(rows, "2026-01-01T00:00:00Z") == [
        {"at": "2026-04-01T00:00:00Z", "id": "b", "what": "ends"},
        {"at": "2026-05-01T00:00:00Z", "id": "b", "what": "begins to block"},
    ]
