"""A release, written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.outline import outline
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.model.change import Value


def render_release(
    name: str,
    tree: Mapping[str, Value],
    *,
    digest: str | None,
    said: Sequence[str] = (),
    styled: bool = False,
) -> str:
    """Write a resolved manifest as an outline: a heading a section, a line a value.

    Args:
        name: What the release is called, `name@version`.
        tree: The resolved manifest.
        digest: The release digest, or None if it is not sealed.
        said: What else there is to say of it, a line each.
        styled: Whether a terminal that shows colour looks on.
    """
    lines = [paint(visible(name), "strong", styled=styled), digest or "(not sealed)", *said, ""]
    spec = tree["spec"]
    sections = {"metadata": tree["metadata"], **(spec if isinstance(spec, dict) else {})}
    for title, section in sections.items():
        lines.append(paint(title, "strong", styled=styled))
        lines.extend(outline(section, "  "))
    return "\n".join(lines) + "\n"
