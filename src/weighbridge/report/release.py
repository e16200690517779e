"""A release, written for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.change import Value


def render_release(
    name: str, tree: Mapping[str, Value], *, digest: str | None, styled: bool = False
) -> str:
    """Write a resolved manifest as an outline: a heading a section, a line a value.

    Args:
        name: What the release is called, `name@version`.
        tree: The resolved manifest.
        digest: The release digest, or None if it is not sealed.
        styled: Whether a terminal that shows colour looks on.
    """
    lines = [paint(visible(name), "strong", styled=styled), digest or "(not sealed)", ""]
    spec = tree["spec"]
    sections = {"metadata": tree["metadata"], **(spec if isinstance(spec, dict) else {})}
    for title, section in sections.items():
        lines.append(paint(title, "strong", styled=styled))
        lines.extend(_outline(section, "  "))
    return "\n".join(lines) + "\n"


def _outline(value: Value, indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _member(f"{indent}{visible(key)}:", member, indent)
    elif isinstance(value, list):
        for member in value:
            yield from _element(member, indent)


def _element(member: Value, indent: str) -> Iterator[str]:
    """Write a member of a list, headed by its name where it has one."""
    if isinstance(member, dict) and "name" in member:
        rest: Value = {key: value for key, value in member.items() if key != "name"}
        yield from _member(f"{indent}- {visible(str(member['name']))}", rest, indent)
    else:
        yield from _member(f"{indent}-", member, indent)


def _member(label: str, member: Value, indent: str) -> Iterator[str]:
    if isinstance(member, dict | list):
        yield label
        yield from _outline(member, indent + "  ")
    elif isinstance(member, bool):
        yield f"{label} {'true' if member else 'false'}"
    else:
        yield f"{label} {visible(str(member))}"
