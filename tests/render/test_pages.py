from __future__ import annotations

from pathlib import Path

import pytest

from weighbridge.render.targets import target_of

PAGES = Path(__file__).parents[2] / "docs/reference/targets"


@pytest.mark.parametrize("kind", ["argo", "flagger", "kserve", "kubernetes"])
def test_the_page_of_a_target_lists_its_versions_and_options(kind: str) -> None:
    target = target_of(kind)
    assert target is not None
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    assert ", ".join(f"`{one}`" for one in target.versions) in text
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for one in target.options:
        default = f"`{one.default}`" if one.default else ""
        assert f"| `{one.name}` | {default} | {one.wanted} | {one.description} |" in rows
