"""The page of what can be rendered for: versions and options of every target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.render.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from weighbridge.model.rendering import Target

_ABOUT = """\
What `render --target` knows. The newest version is meant if none is named. Options are said by
`--option NAME=VALUE`, or in `spec.target.options` of an [environment](../environment.md), as text.
[How to render a release](../../how-to/render-a-release.md).
"""


def targets_page(table: Callable[[Iterable[str], Iterable[Iterable[str]]], str]) -> str:
    """Write the page of all targets.

    Args:
        table: Writes a table of headings and rows.
    """
    parts = ["# Targets", _ABOUT, table(("target", "versions"), map(_row, TARGETS))]
    for one in TARGETS:
        parts += [f"## {one.kind}", table(("option", "default", "values", "what"), _options(one))]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _row(one: Target) -> tuple[str, str]:
    return f"[`{one.kind}`]({one.kind}.md)", ", ".join(f"`{version}`" for version in one.versions)


def _options(one: Target) -> Iterator[tuple[str, ...]]:
    for option in sorted(one.options, key=lambda found: found.name):
        default = f"`{option.default}`" if option.default else ""
        yield f"`{option.name}`", default, option.wanted, option.description
