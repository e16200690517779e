from __future__ import annotations

from scripts.kept_schemas import stale


def test_the_kept_schemas_are_what_the_classes_say() -> None:
    assert not stale(), "run `make reference`"
