from __future__ import annotations

import pytest

from tests.render.golden import CHANGES, KINDS, OPTIONS, kept
from tests.render.orders import files_of, rendered


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_renders_its_golden_files_byte_for_byte(kind: str) -> None:
    done = rendered(kind, options=OPTIONS.get(kind), change=CHANGES.get(kind))
    assert files_of(done) == kept(kind)
