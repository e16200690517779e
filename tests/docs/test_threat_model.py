"""The threat model names a test for each defence, and leaves out no threat of the lists it maps."""

from __future__ import annotations

import re

from tests.docs.pages import text

PAGE = "explanation/threat-model.md"


def rows(heading: str) -> list[list[str]]:
    """Return the rows of the tables whose third heading is a given one."""
    found = []
    for table in re.findall(r"(?m)(?:^\|.*\|\n)+", text(PAGE)):
        head, _, *lines = [
            [cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()
        ]
        if len(head) > 2 and head[2] == heading:
            found += lines
    return found


def test_every_defence_names_the_test_that_shows_it() -> None:
    defended = rows("shown by")
    assert len(defended) > 40
    for threat, defence, shown, _ in defended:
        assert re.match(r"[STRIDE]: ", threat), threat
        assert defence, threat
        assert "`tests/" in shown, threat


def test_no_threat_of_slsa_is_left_out() -> None:
    letters = {row[0].partition(":")[0] for row in rows("what is left")}
    assert {*"ABCDEFGHI"} <= letters


def test_no_item_of_owasps_lists_is_left_out() -> None:
    told = " ".join(row[0] for row in rows("what is left"))
    named = {*re.findall(r"\b(?:ML|LLM)\d\d\b", told)}
    assert named == {f"{kind}{number:02}" for kind in ("ML", "LLM") for number in range(1, 11)}
