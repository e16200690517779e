"""How bad a flaw is: by its CVSS vectors, else by the word of whoever wrote the record.

FIRST's scales: CVSS 2 (NVD), 3 and 4. The scores are reckoned by the `cvss` library, which is
imported when there is a vector; only compiling needs it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.model.advisory import WORDS, Level, scored_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VECTOR = re.compile(
    r"(?:CVSS:(?P<version>[34]\.[0-9])/)?[A-Za-z]{1,3}:[A-Za-z]{1,6}(?:/[A-Za-z]{1,3}:[A-Za-z]{1,6}){1,60}"
)


def level_of(record: Mapping[str, Any]) -> tuple[Level, int | None, tuple[str, ...]]:
    """Say how bad a flaw is.

    Args:
        record: Value of the record.

    Returns:
        The level, the score in tenths of the vector that gives it, and all vectors as written.
        Of several vectors the worst counts.
    """
    vectors = tuple(dict.fromkeys(_vectors(record)))
    scored = [found for vector in vectors if (found := _scored(vector)) is not None]
    if scored:
        level, score = max(scored, key=lambda one: (one[0].rank, one[1]))
        return level, score, vectors
    words = [WORDS[word] for word in _words(record) if word in WORDS]
    return max(words, key=lambda level: level.rank, default=Level.UNKNOWN), None, vectors


def _severities(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for holder in _holders(record):
        found = holder.get("severity")
        yield from (
            (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
        )


def _holders(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the record and each of what is affected: both may state a severity."""
    yield record
    affected = record.get("affected")
    yield from (
        (one for one in affected if isinstance(one, dict)) if isinstance(affected, list) else ()
    )


def _vectors(record: Mapping[str, Any]) -> Iterator[str]:
    for one in _severities(record):
        score = one.get("score")
        if str(one.get("type", "")).startswith("CVSS_") and isinstance(score, str):
            yield score


def _words(record: Mapping[str, Any]) -> Iterator[str]:
    for one in _severities(record):
        yield str(one.get("score", "")).upper()
    for holder in _holders(record):
        for place in ("database_specific", "ecosystem_specific"):
            inside = holder.get(place)
            if isinstance(inside, dict) and isinstance(inside.get("severity"), str):
                yield inside["severity"].upper()


def _scored(vector: str) -> tuple[Level, int] | None:
    """Reckon the base score of a vector; None if it is none."""
    form = _VECTOR.fullmatch(vector)
    if form is None:
        return None
    from cvss import (  # type: ignore[import-untyped]  # noqa: PLC0415 - only compiling needs it
        CVSS2,
        CVSS3,
        CVSS4,
    )
    from cvss.exceptions import CVSSError  # type: ignore[import-untyped]  # noqa: PLC0415

    major = (form["version"] or "2")[0]
    try:
        reckoned = {"2": CVSS2, "3": CVSS3, "4": CVSS4}[major](vector)
    except CVSSError:
        return None
    score = round(float(reckoned.base_score) * 10)
    return scored_level(score, old=major == "2"), score
