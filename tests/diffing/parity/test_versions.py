from __future__ import annotations

import pytest

from weighbridge.diffing.parity.versions import is_version, reaches


@pytest.mark.parametrize(
    ("seen", "declared", "expected"),
    [
        ("2.1.0", "2.1", True),
        ("2.1.0+cu121", "2.1.0", True),
        ("2.1.0rc1", "2.1.0", False),
        ("2.1.0rc1", "2.1.0rc1", True),
        ("of-yesterday", "of-yesterday", True),
        ("of-yesterday", "2.1.0", False),
    ],
)
def test_a_version_is_the_locked_one_as_pep_440_has_it(
    seen: str, declared: str, *, expected: bool
) -> None:
    assert is_version(seen, declared) is expected


def test_a_version_nobody_can_read_reaches_itself_alone() -> None:
    assert reaches("x", "x")
    assert not reaches("x", "12.4")
    assert reaches("12.10", "12.4")
