"""The formats `check` can write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.github import GithubRenderer
from weighbridge.report.json import JsonRenderer
from weighbridge.report.junit import JunitRenderer
from weighbridge.report.markdown import MarkdownRenderer
from weighbridge.report.sarif import SarifRenderer
from weighbridge.report.text import TextRenderer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.report.interface import Presentation, Renderer

RENDERERS: Mapping[str, Callable[[Presentation], Renderer]] = {
    "text": TextRenderer,
    "json": JsonRenderer,
    "sarif": SarifRenderer,
    "junit": JunitRenderer,
    "github": GithubRenderer,
    "markdown": MarkdownRenderer,
}
