"""Credentials in an image's environment and history: told by place and detector, never by text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.formats.credential_names import may_be_credential
from weighbridge.formats.credential_shapes import has_shape
from weighbridge.model.image import ImageSecret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.image import ImageConfig

_LONGEST = 64 << 10
_ASSIGNED = re.compile(
    r"(?<![\w.])(?P<name>[A-Za-z][\w.-]{0,80})=(?P<quote>[\"']?)(?P<value>[^\s\"',;&]{1,512})"
)


def exposed_secrets(config: ImageConfig) -> tuple[ImageSecret, ...]:
    """List the credentials in the environment, the labels and the history of an image."""
    found: dict[str, str] = {}
    for name, value in config.env:
        what = _found(value) or _found_under(name, value)
        if what:
            found.setdefault(f"env {name}", what)
    for name, value in config.labels:
        what = _found(value) or _found_under(name, value)
        if what:
            found.setdefault(f"label {name}", what)
    for number, step in enumerate(config.history, 1):
        text = step[:_LONGEST]
        what = _found(text) or next(_assigned(text), "")
        if what:
            found.setdefault(f"history {number}", what)
    return tuple(ImageSecret(where=where, what=what) for where, what in found.items())


def _assigned(text: str) -> Iterator[str]:
    for one in _ASSIGNED.finditer(text):
        what = _found_under(one["name"], one["value"])
        if what:
            yield what


def _found(text: str) -> str:
    """Name the detector that finds a credential by its form; empty if none does."""
    if not has_shape(text):
        return ""
    from weighbridge.probes.credential_detectors import detected  # noqa: PLC0415 - is slow to load

    return detected(text) or ""


def _found_under(name: str, value: str) -> str:
    """Name the detector that finds a credential by its name; empty if none does."""
    if not may_be_credential(name, value):
        return ""
    from weighbridge.probes.credential_detectors import detected_under  # noqa: PLC0415

    return detected_under(name, value) or ""
