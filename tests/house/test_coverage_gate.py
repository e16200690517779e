from __future__ import annotations

from typing import Any

from scripts.coverage_gate import Coverage, measure, pure_packages
from tests.house.tree import project


def summary(lines: int, reached: int) -> dict[str, Any]:
    return {
        "summary": {
            "num_statements": lines - 2,
            "covered_lines": reached - 1,
            "num_branches": 2,
            "covered_branches": 1,
        }
    }


def test_lines_and_branches_of_a_package_are_added_up() -> None:
    files = {
        "src/weighbridge/rules/a.py": summary(10, 10),
        "src/weighbridge/rules/deep/b.py": summary(10, 5),
        "src/weighbridge/rulesets.py": summary(100, 1),
    }
    assert measure(["weighbridge.rules"], files) == [Coverage("weighbridge.rules", 15, 20)]
    assert Coverage("weighbridge.rules", 15, 20).percent == 75


def test_a_package_nobody_measured_is_not_reached() -> None:
    (coverage,) = measure(["weighbridge.gate"], {})
    assert coverage.percent == 0


def test_the_gate_holds_the_packages_of_the_purity_contract() -> None:
    assert {"weighbridge.model", "weighbridge.rules"} <= set(pure_packages(project()))
