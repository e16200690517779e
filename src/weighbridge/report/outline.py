"""Plain values as an outline for people: a line a value, indented by what it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.change import Value

_NAMES = ("name", "id", "alert", "ref")


def outline(value: Value, indent: str = "") -> Iterator[str]:
    """Write plain values as indented lines, a line a value; text from outside is made safe."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _member(f"{indent}{visible(key)}:", member, indent)
    elif isinstance(value, list):
        for member in value:
            yield from _element(member, indent)


def _element(member: Value, indent: str) -> Iterator[str]:
    """Write a member of a list, headed by what it is called where it is called something."""
    called = next((key for key in _NAMES if isinstance(member, dict) and key in member), None)
    if isinstance(member, dict) and called is not None:
        rest: Value = {key: value for key, value in member.items() if key != called}
        yield from _member(f"{indent}- {visible(str(member[called]))}", rest, indent)
    else:
        yield from _member(f"{indent}-", member, indent)


def _member(label: str, member: Value, indent: str) -> Iterator[str]:
    if isinstance(member, dict | list):
        yield label
        yield from outline(member, indent + "  ")
    elif isinstance(member, bool):
        yield f"{label} {'true' if member else 'false'}"
    else:
        yield f"{label} {visible(str(member))}"
