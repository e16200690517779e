from __future__ import annotations

import ast
from pathlib import Path

import tests.attacks

HERE = Path(__file__).parent
ROWS = {
    "rewritten entry",
    "dropped constraint or table",
    "truncation",
    "rolled-back database",
    "fork",
    "replayed approval: other release",
    "replayed approval: other environment",
    "replayed approval: other policy",
    "replayed approval: expired",
    "proof of another entry",
    "leaf and node confused",
    "checkpoint without the log's signature",
    "duplicate signature lines",
    "one key under two ids",
    "small-order Ed25519 key",
    "certificate expired or not yet valid",
    "key revoked before, and after",
    "garbage second signature",
    "payload type confused",
    "encrypted key, wrong passphrase",
    "own approval",
    "an owner's own approval",
    "the author's own approval",
    "second account with the same key",
    "approval before the outcome changed",
    "stale report",
    "evidence signed by the wrong role",
    "clock moved back",
    "policy swapped between approval and promotion",
    "engine error",
    "misspelt field",
    "budget exceeded",
    "huge expression",
}
"""What was asked for. More rows may be added, none may go."""


def table(text: str) -> dict[str, str]:
    """Read the rows of a table in a docstring: attack and test."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {line[0]: line[1] for line in lines[1:]}


def written_in(source: str) -> set[str]:
    """Name the tests of a file, those that assert something."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and any(
            isinstance(each, ast.Assert) or "raises" in ast.dump(each) for each in ast.walk(node)
        )
    }


def test_every_attack_has_its_test_and_every_test_its_attack() -> None:
    rows = table(tests.attacks.__doc__ or "")
    assert rows.keys() >= ROWS
    files = [path for path in HERE.glob("test_*.py") if path != Path(__file__)]
    written = [name for path in files for name in written_in(path.read_text(encoding="utf-8"))]
    assert sorted(rows.values()) == sorted(written)


def test_a_row_without_a_test_would_be_seen() -> None:
    rows = table("| attack | test |\n|---|---|\n| fork | test_a |\n| spoon | test_b |")
    assert rows == {"fork": "test_a", "spoon": "test_b"}
    assert written_in("def test_a():\n    assert 1\n\n\ndef test_b():\n    pass") == {"test_a"}
