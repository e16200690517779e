"""A release that is tried: a command that answers in JSON lines, and what it promises."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.tools import tool
from tests.usecases.workshop import LABELS, commit, manifest_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench, Ran

DOUBLING = """\
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    outputs = {"y": [2 * one for one in asked["inputs"]["x"]]}
    print(json.dumps({"id": asked["id"], "outputs": outputs, "by": "doubling 1"}), flush=True)
"""
ASKED = {"x": [1, 2.5]}
GOLDEN = "  golden: [{input: golden/one.json, expected: {y: [2, 5]}}]\n"
COMMAND = f"  runner: {{name: command, command: [{sys.executable}, serving/answer.py]}}\n"
FILES = """\
    - {name: code, role: code, path: serving}
    - {name: golden, role: dataset, path: golden}
"""


@pytest.fixture
def sandbox_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the sandbox found."""
    monkeypatch.setenv("PATH", f"{tool('bwrap').parent}{os.pathsep}{os.environ['PATH']}")


def lay_out_tried(
    folder: Path, *evaluation: str, code: str = DOUBLING, inputs: object = ASKED, more: str = ""
) -> None:
    """Make of the release in a folder one that can be tried, and commit it.

    Args:
        folder: The folder.
        evaluation: Lines of `spec.evaluation`.
        code: What answers.
        inputs: The known input.
        more: Further lines of `spec`.
    """
    for name in ("serving", "golden"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "labels.json").write_bytes(LABELS)
    (folder / "serving/answer.py").write_text(code)
    (folder / "golden/one.json").write_text(json.dumps(inputs))
    section = "".join(f"  {line}" for line in "".join(evaluation).splitlines(keepends=True))
    text = manifest_text() + FILES + more + ("  evaluation:\n" + section if section else "")
    (folder / "release.yaml").write_text(text)
    commit(folder)


def records(folder: Path, *pairs: tuple[list[float], object]) -> None:
    """Write a data set: inputs and what is right."""
    lines = [json.dumps({"inputs": {"x": x}, "expected": {"y": y}}) for x, y in pairs]
    (folder / "golden/records.jsonl").write_text("\n".join(lines) + "\n")


def tried(bench: Bench, *words: str) -> Ran:
    """Try the release."""
    return bench("try", "--output-format=json", *words)


def only(ran: Ran) -> tuple[int, str, str]:
    """Return the exit code, and what came of the one test."""
    (one,) = ran.json["tests"]
    return ran.code, one["verdict"], one["message"]


def verdicts_of(document: dict[str, Any]) -> dict[str, str]:
    """Return what came of each test, by name."""
    return {one["name"]: one["verdict"] for one in document["tests"]}
