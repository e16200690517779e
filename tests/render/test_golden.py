from __future__ import annotations

import pytest

from tests.render.golden import CHANGES, KINDS, kept
from tests.render.orders import files_of, rendered


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_renders_its_golden_files_byte_for_byte(kind: str) -> None:
    assert files_of(rendered(kind, change=CHANGES.get(kind))) == kept(kind)
