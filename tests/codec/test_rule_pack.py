"""Rule packs as strangers write them: what is refused, where, and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.usecases.rule_packs import ACME
from weighbridge.codec.rule_pack import (
    MAX_BYTES,
    RulePackFormatError,
    parameter_faults,
    published_rule_pack,
    read_rule_pack,
    rule_pack_bytes,
    rule_pack_digest,
)
from weighbridge.model.errors import DocumentError
from weighbridge.model.rule_pack import MAX_RULES

PERIOD = 'effectiveOn: "%s-01-01T00:00:00Z"\n      expiresOn: "%s-01-01T00:00:00Z"'
RETIRED = 'retired: {on: "2026-01-01T00:00:00Z", successor: %s, reason: r}'


def refused(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_rule_pack(text.encode(), "rules.yaml")
    return [f"{fault.location}: {fault.message}" for fault in caught.value.faults]


def test_a_pack_is_read_back_from_its_canonical_bytes_and_no_others() -> None:
    pack, _ = read_rule_pack(ACME.encode(), "rules.yaml")
    data = rule_pack_bytes(pack)
    assert published_rule_pack(data) == read_rule_pack(data, "again")[0]
    assert rule_pack_digest(published_rule_pack(data)) == rule_pack_digest(pack)
    for other in (data + b"\n", b" " + data, data[:-1], b"{}", b"[]", b"\xff", data[::-1]):
        with pytest.raises(RulePackFormatError):
            published_rule_pack(other)
    with pytest.raises(RulePackFormatError, match="too large"):
        published_rule_pack(data + b" " * MAX_BYTES)
    with pytest.raises(RulePackFormatError, match="not valid"):
        published_rule_pack(data.replace(b'"ORG001"', b'"SEC001"'))


@pytest.mark.parametrize("prefix", ["CFG", "CMP", "DEP", "GOV", "INT", "REP", "SEC", "WB"])
def test_codes_that_begin_as_ours_are_refused_at_their_place(prefix: str) -> None:
    (said,) = refused(ACME.replace("ORG001", f"{prefix}001"))
    assert said.startswith("rules.yaml:6:13: spec.rules.0.code begins as codes of weighbridge do")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("ORG002", "ORG001", "has two members with the code 'ORG001'"),
        ("ORG001", "org1", "is not the code of a rule"),
        ("ORG001", "ORGAN001", "is not the code of a rule"),
        ("severity: warning", "severity: fatal", "severity is not one of error, warning or note"),
        ("howToFix: [use requests]", "howToFix: []", "is not a list of at least 1 member"),
        ("      why: It was agreed on.\n", "", "spec.rules.2.why is missing"),
        ("why: It was agreed on.", "why: TODO", "is TODO"),
        ("max: 5", "max: 5.5", "holds an unquoted decimal"),
        ("max: 5", "max: null", "gives max no default"),
        ("max: 5", '"a b": 5', "is not of the form it must have"),
        ("forEach: facts.packages", "forEach: facts.secrets", "forEach is not one of"),
        ("forEach: facts.packages\n", "\n", "has an example with item"),
        ("{item: {role: card}}", "{release: {}}", "has an example without item"),
        ("fail: [{item: {name: urllib3, lock: l}}]", "fail: []", "list of at least 1 member"),
        ("name: no-urllib3", "name: No_Urllib3", "is not of the form it must have"),
        ("why: It was agreed on.", "why: a\n      color: red", "color is not a key of"),
        ("severity: warning", f"severity: warning\n      {RETIRED % 'ORG009'}", "is no rule of it"),
        ("severity: warning", f"severity: warning\n      {RETIRED % 'ORG003'}", "is no rule of it"),
        (
            "severity: warning",
            f"severity: note\n      {PERIOD % ('2027', '2026')}",
            "ends before it begins",
        ),
        ("kind: RulePack", "kind: PromotionPolicy", "a RulePack is wanted here"),
    ],
)  # fmt: skip
def test_what_is_no_pack_is_refused(before: str, after: str, said: str) -> None:
    assert before in ACME
    assert any(said in one for one in refused(ACME.replace(before, after)))


def test_ours_may_take_the_place_of_a_retired_rule() -> None:
    retired = f"severity: warning\n      {RETIRED % 'SEC001'}"
    pack, _ = read_rule_pack(ACME.replace("severity: warning", retired).encode(), "rules.yaml")
    rule = pack.spec.rules[2]
    assert rule.why_not_at("2026-01-01T00:00:00Z") == "retired on 2026-01-01T00:00:00Z"
    assert rule.why_not_at("2025-12-31T23:59:59Z") == ""


def test_rules_are_in_force_from_their_first_moment_to_before_their_last() -> None:
    period = (
        'severity: note\n      effectiveOn: "2026-01-01T00:00:00Z"\n'
        '      expiresOn: "2026-02-01T00:00:00Z"'
    )
    pack, _ = read_rule_pack(ACME.replace("severity: warning", period).encode(), "rules.yaml")
    rule = pack.spec.rules[2]
    assert "not in force before" in rule.why_not_at("2025-12-31T23:59:59Z")
    assert rule.why_not_at("2026-01-01T00:00:00Z") == ""
    assert "not in force since" in rule.why_not_at("2026-02-01T00:00:00Z")


def test_bombs_and_heaps_are_refused_within_their_budgets() -> None:
    head, _, rest = ACME.partition("    - code: ORG001")
    first = rest.partition("    - code: ORG002")[0]
    many = "".join(f"    - code: ORG{n:03}{first}" for n in range(MAX_RULES + 1))
    assert any(f"at most {MAX_RULES} long" in one for one in refused(head + many))
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
    )
    assert refused(bomb + ACME)
    assert refused("x" * (80 << 20))
    assert refused("[" * 100_000)


def test_thresholds_that_are_none_of_a_pack_are_told() -> None:
    pack, _ = read_rule_pack(ACME.encode(), "rules.yaml")
    assert list(parameter_faults(pack, {"ORG001": {"max": 3}})) == []
    given: dict[str, dict[str, Any]] = {
        "ORG001": {"max": "3", "maks": 1},
        "ORG007": {"a": 1},
        "ORG002": {"a": 1},
    }
    assert list(parameter_faults(pack, given)) == [
        (("ORG001", "maks"), "ORG001 of acme@1 has no parameter maks", "did you mean `max`?"),
        (
            ("ORG001", "max"),
            "max of ORG001 is of another type than its default",
            "the default is 5",
        ),
        (("ORG002", "a"), "ORG002 of acme@1 has no parameter a", "there are: none"),
        (("ORG007",), "acme@1 has no rule ORG007", "did you mean `ORG003`?"),
    ]


def test_members_of_lists_are_of_the_type_of_the_defaults() -> None:
    pack, _ = read_rule_pack(ACME.replace("max: 5", "max: [a]").encode(), "rules.yaml")
    assert list(parameter_faults(pack, {"ORG001": {"max": ["b", "c"]}})) == []
    assert len(list(parameter_faults(pack, {"ORG001": {"max": ["b", 1]}}))) == 1
    assert len(list(parameter_faults(pack, {"ORG001": {"max": True}}))) == 1
