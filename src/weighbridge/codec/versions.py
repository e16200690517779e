"""Versions of the format: which are read here, and what to say of any other."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from weighbridge.model.authoring import API_VERSION

GROUP, _, _TODAY = API_VERSION.partition("/")
V1ALPHA1 = f"{GROUP}/v1alpha1"
READ = (API_VERSION, V1ALPHA1)
"""Every version a manifest may be of, today's first."""

_VERSION = re.compile(
    rf"{re.escape(GROUP)}/v([1-9][0-9]{{0,8}})(?:(alpha|beta)(0|[1-9][0-9]{{0,8}}))?"
)
_STAGES = {"alpha": 0, "beta": 1, None: 2}
_OLDEST = (1, 0, 1)
_CLOSE = 0.8


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a version is not read.

    Attributes:
        message: What it is.
        help: What to do.
    """

    message: str
    help: str


def refusal(seen: str, *, read: tuple[str, ...] = READ) -> Refusal | None:
    """Say why a document of a version is not read; None if it is.

    Versions are ordered as Kubernetes orders them. What is older than the oldest that is read was
    given up; any other is of a weighbridge that is not this one, so of a later one.

    Args:
        seen: What stands under `apiVersion`.
        read: The versions that are read.
    """
    if seen in read:
        return None
    match = _VERSION.fullmatch(seen)
    if match is not None:
        number = (int(match[1]), _STAGES[match[2]], int(match[3] or 0))
        return _ours(seen, number, read)
    close = difflib.get_close_matches(seen.lower(), read, n=1, cutoff=_CLOSE)
    close = close or [known for known in read if known == f"{GROUP}/{seen.lower()}"]
    if close:
        return Refusal(f"{seen} is no version of {GROUP}", f"did you mean `{close[0]}`?")
    group, slash, _ = seen.rpartition("/")
    if slash and group != GROUP:
        return Refusal(f"this is a document of {group}, not of {GROUP}", _reads(read))
    return Refusal(f"{seen} is no version of {GROUP}", _reads(read))


def _ours(seen: str, number: tuple[int, int, int], read: tuple[str, ...]) -> Refusal:
    if seen in READ:
        return Refusal(f"{seen} is read of manifests alone", f"write apiVersion: {read[0]}")
    if number < _OLDEST:
        message = f"this is written for {seen}, which is no longer read"
        return Refusal(message, f"{_reads(read)}; write it anew in the form of {read[0]}")
    message = f"this is written for a newer weighbridge: {seen}"
    return Refusal(message, f"{_reads(read)}; upgrade weighbridge to read it")


def _reads(read: tuple[str, ...]) -> str:
    return f"this weighbridge reads {' and '.join(read)}"
