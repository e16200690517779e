from __future__ import annotations

from functools import partial

import pytest

from weighbridge.server.dashboard.kept import Kept


def test_what_was_asked_last_is_kept() -> None:
    kept, made = Kept(most=2), list[str]()

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, partial(make, name)) == name
    assert made == ["a", "b", "c", "b"]


def test_an_error_is_not_kept() -> None:
    kept = Kept()
    with pytest.raises(ValueError, match="invalid literal"):
        kept.get("a", partial(int, "x"))
    assert kept.get("a", partial(int, "1")) == 1
