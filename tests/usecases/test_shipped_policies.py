"""The shipped policies before a real release: what they let through, and what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.stage import BOTH, FIRST, STAGING, unmet

if TYPE_CHECKING:
    from tests.usecases.stage import Stage


def follow(stage: Stage, name: str) -> None:
    """Have staging follow a shipped policy."""
    stage.done("policy", "publish", f"shipped:{name}", by=BOTH)
    stage.apply(STAGING.replace("staging@1", f"{name}@1"))


def test_the_baseline_lets_a_good_release_through(stage: Stage) -> None:
    for name, role in (("mia", "approver"), ("max", "security")):
        assert stage.trust(name, role).code == 0
    follow(stage, "baseline")
    assert unmet(stage.ask(FIRST, "staging")) == ["approvals:0", "approvals:1"]
    for name in ("mia", "max"):
        stage.done("approve", FIRST, "--to=staging", by=name)
    assert stage.promote(FIRST, "staging").code == 0


def test_the_others_say_what_they_miss(stage: Stage) -> None:
    follow(stage, "high-risk")
    missing = unmet(stage.ask(FIRST, "staging"))
    assert {"evidence:replay", "evidence:sbom", "comes-in-slowly", "approvals:2"} <= {*missing}
    follow(stage, "air-gapped")
    missing = unmet(stage.ask(FIRST, "staging"))
    assert {"evidence:provenance", "evidence:sbom", "approvals:0"} <= {*missing}
    assert "files-come-along" not in missing
