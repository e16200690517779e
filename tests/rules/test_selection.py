from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.report import Skip
from weighbridge.model.retirement import Retired
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.selection import Selection, select

if TYPE_CHECKING:
    from weighbridge.rules.selection import Pattern

OLD = Retired(name="old", on="2026-12-01T00:00:00Z", successor="INT001", reason="told there")
CODES = [rule.code for rule in RULES]
patterns = st.lists(
    st.tuples(
        st.sampled_from(["INT", "INT0", "INT001", "S", "SEC001", "DEP00", "XYZ", ""]),
        st.sampled_from(["--select", "weighbridge.toml:4"]),
    ),
    max_size=4,
)


def ran(selection: Selection) -> list[str]:
    return [rule.code for rule in selection.run]


def test_nothing_selected_means_all() -> None:
    selection = select(RULES)

    assert ran(selection) == CODES
    assert (selection.skips, selection.faults) == ((), ())


def test_a_prefix_selects_a_family_and_the_rest_is_listed() -> None:
    selection = select(RULES, select=[("SEC", "--select")])

    chosen = [code for code in CODES if code.startswith("SEC")]
    assert ran(selection) == chosen != []
    assert [skip.code for skip in selection.skips] == [c for c in CODES if c not in chosen]
    assert selection.skips[0] == Skip(code="CFG001", reason="not selected", by="--select")


def test_ignore_outweighs_select_and_says_who_said_so() -> None:
    selection = select(
        RULES, select=[("INT", "--select")], ignore=[("INT001", "weighbridge.toml:4")]
    )

    assert ran(selection) == [code for code in CODES if code.startswith("INT") and code != "INT001"]
    assert Skip(code="INT001", reason="ignored", by="weighbridge.toml:4") in selection.skips


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [("int001", "did you mean `INT001`?"), ("XYZ", "weighbridge rules list"), ("", "rules list")],
)
def test_a_pattern_that_matches_nothing_is_a_fault(pattern: str, advice: str) -> None:
    selection = select(RULES, ignore=[(pattern, "weighbridge.toml:4")])

    assert ran(selection) == CODES
    (fault,) = selection.faults
    assert "weighbridge.toml:4 matches no rule" in fault.message
    assert advice in fault.help[0]


def test_a_retired_code_says_what_became_of_it() -> None:
    selection = select(RULES, select=[("OLD001", "--select")], retired={"OLD001": OLD})

    assert ran(selection) == []
    assert "is retired" in selection.faults[0].message
    told = "retired on 2026-12-01: INT001 takes its place (told there)"
    assert selection.faults[0].help == (told,)


@given(patterns, patterns)
def test_every_rule_runs_or_is_listed_as_skipped(
    chosen: list[Pattern], ignored: list[Pattern]
) -> None:
    selection = select(RULES, select=chosen, ignore=ignored)

    skipped = [skip.code for skip in selection.skips]
    assert sorted(ran(selection) + skipped) == CODES
    assert all(skip.by for skip in selection.skips)
