"""Every error has a page that shows it as it is printed, or says how it comes about."""

from __future__ import annotations

import re

import pytest

from scripts import reference
from scripts.shown_commands import blocks
from weighbridge.usecases.own_docs import ERRORS, SHOWN, docs_folder, told_of_error

PAGES = {path.stem: path for path in sorted((docs_folder() / ERRORS).glob("*.md"))}
HEADINGS = ["How it is met", *SHOWN, "Related"]
UNSHOWN = {
    *("WB001", "WB900"),  # bugs: none is known
    "WB136",  # a clock that goes back
    *("WB153", "WB162", "WB240", "WB241", "WB260", "WB261", "WB262"),  # a cluster, a token, haproxy
    *("WB185", "WB190"),  # two versions
    "WB191",  # a forgery
    *("WB270", "WB271", "WB272", "WB273", "WB274"),  # a server
}
"""What no command of a page can bring about, by what it takes; no others."""


def text(code: str) -> str:
    return PAGES[code].read_text(encoding="utf-8")


def test_every_error_has_a_page_and_every_page_an_error() -> None:
    assert [*PAGES] == [*reference.errors()]


@pytest.mark.parametrize("code", PAGES)
def test_a_page_begins_with_what_the_error_means_and_where_it_ends(code: str) -> None:
    number, meaning = reference.errors()[code]
    sentence = " ".join(meaning.partition("\n\n")[0].split())
    assert text(code).startswith(f"# {code} ")
    assert f"\n**exit {number}** · {sentence}\n" in text(code)
    assert re.findall(r"(?m)^## (.+)$", text(code)) == HEADINGS


@pytest.mark.parametrize("code", sorted({*PAGES} - UNSHOWN))
def test_the_error_is_shown_as_it_is_printed(code: str) -> None:
    printed = "".join(block.body for block in blocks(text(code)) if block.language == "console")
    assert re.search(rf"(?m)^error\[{code}\]: ", printed)


@pytest.mark.parametrize("code", sorted(UNSHOWN))
def test_what_is_not_shown_is_held_by_a_test(code: str) -> None:
    assert "console" not in {block.language for block in blocks(text(code))}
    assert "<!-- held by: tests/" in text(code)


def test_what_explain_prints_has_no_links_and_no_commands_run() -> None:
    told = told_of_error("WB131")
    assert re.findall(r"(?m)^## (.+)$", told) == [*SHOWN]
    assert "](" not in "".join(map(told_of_error, PAGES))
    assert "```" not in "".join(map(told_of_error, PAGES))


def test_what_is_no_error_has_no_page() -> None:
    assert told_of_error("WB999") == ""
