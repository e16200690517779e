"""The controls map as a section of the page about a promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.controls import Standing
from weighbridge.report.html_parts import badge, code, paragraph, plain, section, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.controls import MappedControl, MappedFramework, Source

_BADGES = {
    Standing.THERE: badge("there", "good"),
    Standing.PARTLY: badge("partly there", "soft"),
    Standing.MISSING: badge("missing", "bad"),
}
_INTRO = (
    "What auditors ask for, and what in this file answers it. Rules found these papers, nobody"
    " claimed them: <b>there</b> means that every paper it asks for is here, <b>partly there</b>"
    " that some are, or that papers alone cannot answer it. The titles are our words, not those of"
    " law or standard, and none of this says that anybody complies with anything."
)


def controls_section(frameworks: Iterable[MappedFramework]) -> str:
    """Write the controls of every framework, what answers them, and what is left to do."""
    body = paragraph(_INTRO) + "\n".join(map(_framework, frameworks))
    return section("controls", "What auditors ask for", body)


def _framework(framework: MappedFramework) -> str:
    counts = ", ".join(
        f"{sum(one.standing is standing for one in framework.controls)} {standing.value}"
        for standing in Standing
    )
    rows = [
        (
            f"<b>{plain(control.id)}</b><br>{plain(control.title)}",
            _BADGES[control.standing],
            "<br>".join(_answers(control)) or "–",
            plain(control.supply),
        )
        for control in framework.controls
    ]
    headings = ("Control", "Standing", "What answers it here", "What the organisation adds")
    return (
        f"<details open>\n<summary><b>{plain(framework.title)}</b><br>"
        f"{plain(framework.edition)}: {counts}</summary>\n{table(headings, rows)}\n</details>"
    )


def _answers(control: MappedControl) -> Iterator[str]:
    for answer in control.answers:
        if answer.sources:
            yield f"{plain(answer.asked)}: {_sources(answer.sources)}"
        else:
            yield f'<span class="quiet">not here: {plain(answer.asked)}</span>'


_SHOWN = 3
"""Sources of one answer that are named on the page; `controls.json` names them all."""


def _sources(sources: Sequence[Source]) -> str:
    named = [_source(one) for one in sources[:_SHOWN]]
    more = len(sources) - len(named)
    return "; ".join([*named, f"{more} more"] if more else named)


def _source(source: Source) -> str:
    if source.path.startswith(("evidence/", "ledger/")) and source.entry is not None:
        return f"entry {source.entry}"
    where = f" {code(source.where)}" if source.where else ""
    return f"{plain(source.path)}{where}"
