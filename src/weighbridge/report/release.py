"""A release, written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def render_release(tree: Mapping[str, Any], *, digest: str | None, styled: bool = False) -> str:
    """Write a resolved manifest as an outline: a heading a section, a line a value."""
    metadata = tree["metadata"]
    title = f"{metadata['name']}@{metadata['version']}"
    lines = [paint(visible(title), "strong", styled=styled), digest or "(not sealed)", ""]
    sections = {"metadata": metadata, **tree["spec"]}
    for name, section in sections.items():
        lines.append(paint(name, "strong", styled=styled))
        lines.extend(_outline(section, "  "))
    return "\n".join(lines) + "\n"


def _outline(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _member(f"{indent}{visible(key)}:", member, indent)
    elif isinstance(value, list):
        for member in value:
            named = isinstance(member, dict) and "name" in member
            label = f"{indent}- {visible(str(member['name']))}" if named else f"{indent}-"
            rest = {k: v for k, v in member.items() if k != "name"} if named else member
            yield from _member(label, rest, indent)


def _member(label: str, member: Any, indent: str) -> Iterator[str]:
    if isinstance(member, dict | list):
        yield label
        yield from _outline(member, indent + "  ")
    else:
        text = (
            {True: "true", False: "false", None: "null"}.get(member)
            if isinstance(member, bool | None)
            else str(member)
        )
        yield f"{label} {visible(text or '')}"
