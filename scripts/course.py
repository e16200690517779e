"""Write the table of what is planted into the last page of the course."""

from __future__ import annotations

import re
from pathlib import Path

from weighbridge.usecases.demo.course.faults import FAULTS

PAGES = Path(__file__).parents[1] / "docs/course"
PAGE = PAGES / "9-the-test.md"
_PLACE = re.compile(r"(?s)(?<=<!-- faults -->\n).*?(?=<!-- /faults -->)")
_RULE = re.compile(r"[A-Z]{3}\d{3}")


def table() -> str:
    """List every fault: where it belongs, what is wrong, what says so."""
    rows = [f"| {one.lesson} | {one.told} | {_said(one.by, one.codes)} |" for one in FAULTS]
    head = ["| lesson | what is wrong | what says so |", "|---|---|---|"]
    return "\n".join(["", *head, *rows, "", ""])


def _said(verb: str, codes: tuple[str, ...]) -> str:
    return f"`{verb}`: {', '.join(map(_linked, codes))}"


def _linked(code: str) -> str:
    if _RULE.fullmatch(code):
        return f"[{code}](../reference/rules/{code}.md)"
    return f"[{code}](../reference/errors.md)" if code.startswith("WB") else f"*{code}*"


def written(text: str) -> str:
    """Put the table into the page."""
    return _PLACE.sub(lambda _: table(), text)


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
