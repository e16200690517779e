"""What one source knows of a manifest, and how several of them become one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What one source knows.

    Attributes:
        looks_like: What the source takes the folder for, in words; empty if it says nothing.
        document: The sections and values it can vouch for, in the manifest's shape.
        found: What else it saw and people should know, a line each.
        roles: Files it names as part of the release, and what each is for.
        artifacts: Parts of the release that do not lie in the folder, as the manifest lists them.
        locks: Lock files it names and their formats, the more exact ones first.
    """

    looks_like: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    found: tuple[str, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)
    artifacts: tuple[Mapping[str, Any], ...] = ()
    locks: tuple[tuple[str, str], ...] = ()


def overlay(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Lay documents over each other: the first that has a value has the say.

    Mappings are merged; a list or a scalar is taken whole. None and empty text say nothing.
    """
    merged: dict[str, Any] = {}
    for document in documents:
        _fill(merged, document)
    return merged


def _fill(into: dict[str, Any], document: Mapping[str, Any]) -> None:
    for key, value in document.items():
        if value is None or value == "":
            continue
        if isinstance(value, dict):
            held = into.setdefault(key, {})
            if isinstance(held, dict):
                _fill(held, value)
        else:
            into.setdefault(key, value)


def without_empty(document: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what nothing is known of, but for the section every manifest has.

    Parameters are left alone: an empty list may be somebody's default.
    """
    kept = {
        key: without_empty(value) if isinstance(value, dict) and key != "parameters" else value
        for key, value in document.items()
    }
    return {key: value for key, value in kept.items() if key == "source" or value not in ({}, [])}
