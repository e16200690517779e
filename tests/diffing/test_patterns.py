from __future__ import annotations

import pytest

from weighbridge.diffing.patterns import Patterns

PATTERNS = Patterns(
    {
        "/spec": "spec",
        "/spec/artifacts": "artifacts",
        "/spec/artifacts/*/digest": "digest",
        "/spec/*/*/digest": "any digest",
        "/spec/a~1b": "escaped",
    }
)


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        (["spec"], "spec"),
        (["spec", "model"], "spec"),
        (["spec", "artifacts", "model"], "artifacts"),
        (["spec", "artifacts", "model", "digest"], "digest"),
        (["spec", "lineage", "data", "digest"], "any digest"),
        (["spec", "artifacts", "model", "digest", "deeper"], "digest"),
        (["spec", "a/b"], "escaped"),
        (["metadata"], None),
        ([], None),
    ],
)
def test_the_longest_and_most_literal_pattern_wins(parts: list[str], value: str | None) -> None:
    assert PATTERNS.longest(parts) == value


def test_exact_means_the_whole_pointer() -> None:
    assert PATTERNS.exact(["spec", "artifacts"]) == "artifacts"
    assert PATTERNS.exact(["spec", "artifacts", "model"]) is None
    assert PATTERNS.exact(["spec", "artifacts", "model", "digest"]) == "digest"
    assert PATTERNS.exact([]) is None


def test_the_empty_pattern_is_the_document() -> None:
    everything = Patterns({"": 1})
    assert everything.exact([]) == 1
    assert everything.longest(["any", "where"]) == 1
