from __future__ import annotations

from pathlib import Path

import pytest

from weighbridge.render.targets import TARGETS, target_of

PAGES = Path(__file__).parents[2] / "docs/reference/targets"


@pytest.mark.parametrize("kind", [one.kind for one in TARGETS])
def test_the_page_of_a_target_names_its_versions_and_leads_to_its_options(kind: str) -> None:
    target = target_of(kind)
    assert target is not None
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert [one for one in target.versions if one not in text] == []
    assert f"(index.md#{kind})" in text
