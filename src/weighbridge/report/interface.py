"""What a renderer of reports is: a value in, a text out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.finding import Severity
    from weighbridge.model.report import Report
    from weighbridge.model.rule_catalogue import Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleText:
    """What is said about a rule wherever its findings are shown.

    Attributes:
        code: Its stable code.
        name: Its stable name in kebab case.
        severity: How much a failure weighs.
        summary: What it checks, one sentence.
        help_markdown: Its whole page, Markdown.
        pack: The rule pack it is of, `name@version`; empty if it is ours.
        judged_by: Who asks it.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    help_markdown: str
    pack: str = ""
    judged_by: Judge = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What a renderer may know beside the report.

    Attributes:
        rules: Texts of the rules by code.
        styled: Whether a terminal that understands colour looks on.
    """

    rules: Mapping[str, RuleText] = field(default_factory=dict)
    styled: bool = False


class Renderer(Protocol):
    """One way of writing a report down; made from a `Presentation`."""

    def render(self, report: Report) -> str:
        """Write the report as a whole document with a final line break."""
