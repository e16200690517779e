"""What in-toto's own predicate types say (in-toto/attestation, spec/predicates).

All of them are open: "consumers MUST ignore unrecognized fields" (spec/v1, parsing rules).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.predicates.shape import (
    ShapeError,
    any_value,
    digest,
    either,
    integer,
    list_of,
    map_of,
    mapping,
    one_of,
    record,
    text,
    time,
    uri,
    word,
)
from weighbridge.model.predicates import OURS

if TYPE_CHECKING:
    from weighbridge.codec.predicates.shape import Shape, Way

RESULTS: Final = ("PASSED", "WARNED", "FAILED")
_DESCRIPTOR: Final = record(
    {},
    {
        "annotations": mapping,
        "content": text,
        "digest": map_of(word),
        "downloadLocation": text,
        "mediaType": text,
        "name": text,
        "uri": text,
    },
    closed=False,
)


def descriptor(value: Any, way: Way) -> None:
    """Take a ResourceDescriptor: it must say what it is of."""
    _DESCRIPTOR(value, way)
    if not any(value.get(name) for name in ("uri", "digest", "content")):
        raise ShapeError("has neither uri, digest nor content", way)


_NAMES: Final = list_of(text)
TEST_RESULT: Final = record(
    {"configuration": list_of(descriptor), "result": one_of(*RESULTS)},
    {"failedTests": _NAMES, "passedTests": _NAMES, "url": text, "warnedTests": _NAMES},
    closed=False,
)
_SCORES: Final = list_of(record({"method": text, "score": text}, closed=False))
_FLAW: Final = record({"id": word, "severity": _SCORES}, {"annotations": any_value}, closed=False)


def _vulnerabilities(flaw: Shape) -> Shape:
    base = record({}, {"lastUpdate": time, "uri": text, "version": text}, closed=False)
    scanner = record(
        {"result": list_of(flaw), "uri": uri}, {"db": base, "version": text}, closed=False
    )
    when = record({"scanFinishedOn": time, "scanStartedOn": time}, closed=False)
    return record({"metadata": when, "scanner": scanner}, {"invocation": mapping}, closed=False)


# The text of v0.1 has each flaw under `vulnerability`, its example has not.
VULNERABILITIES: Final = _vulnerabilities(
    either(_FLAW, record({"vulnerability": _FLAW}, closed=False))
)
_VULNERABILITIES_02: Final = _vulnerabilities(_FLAW)
SCAN: Final = record(
    {
        "about": text,
        "digest": digest,
        "open": list_of(text),
        "suppressed": integer,
        "tool": word,
    },
    closed=True,
)
"""What was read of a scanner's report: its sha256, and what it leaves open."""
_OWN: Final = record({OURS: record({"scan": SCAN}, closed=True)}, closed=False)
_UNDATED: Final = {
    "scanFinishedOn": "1970-01-01T00:00:00Z",
    "scanStartedOn": "1970-01-01T00:00:00Z",
}


def vulnerabilities_02(value: Any, way: Way) -> None:
    """Take a scan. The standard asks when it was; where we read a report that does not say, none.

    A time we would make up would count as the scan's.
    """
    if isinstance(value, dict) and OURS in value:
        _OWN(value, way)
        if value.get("metadata") == {}:
            value = {**value, "metadata": _UNDATED}
    _VULNERABILITIES_02(value, way)
