from __future__ import annotations

import os
import re

import pytest

from tests.house.tree import ROOT

DOCUMENTS = ["CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"]
SECTIONS = ["Context", "Options", "Choice", "Consequences"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def dead_links(name: str, content: str) -> list[str]:
    """List the relative links of a document in the root that lead to nothing."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", content)
    return [f"{name}: {target}" for target in targets if not (ROOT / target).exists()]


def test_a_planted_dead_link_is_seen() -> None:
    content = "[a](Makefile) [b](https://example.com) [c](#here) [d](docs/nowhere.md#x)"
    assert dead_links("README.md", content) == ["README.md: docs/nowhere.md"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_link_to_what_is_there(name: str) -> None:
    assert dead_links(name, text(name)) == []


def test_contributors_are_told_of_every_target() -> None:
    made = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.MULTILINE))
    told = set(re.findall(r"^\| `make ([a-z]+)` \|", text("CONTRIBUTING.md"), re.MULTILINE))
    assert made - {"help"} == told


def test_the_gate_is_what_contributors_run() -> None:
    assert text(".ci/run").rstrip().endswith("exec make test")
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_changes_to_come_have_their_place() -> None:
    assert re.search(r"^## \[Unreleased\]$", text("CHANGELOG.md"), re.MULTILINE)


def test_decisions_are_numbered_without_gaps_and_have_all_sections() -> None:
    records = sorted((ROOT / "docs/adr").glob("*.md"))
    assert len(records) >= 5
    for number, record in enumerate(records, start=1):
        content = record.read_text(encoding="utf-8")
        assert record.name.startswith(f"{number:04}-")
        assert content.startswith(f"# {number}. ")
        assert re.findall(r"^## (.+)$", content, re.MULTILINE) == SECTIONS
