"""Files of baselines: JSON, sorted, a finding a block, so that a review shows what came or went."""

from __future__ import annotations

import json
from typing import Final

from weighbridge.codec.plain_records import RecordError, plain_record, read_record
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import BaselineError
from weighbridge.model.finding_baseline import FindingBaseline, RecordedFinding
from weighbridge.model.location import Location

SCHEMA_VERSION: Final = 1
LARGEST: Final = 16 << 20
"""Bytes of a baseline that are read."""
_KEYS = {"schemaVersion", "release", "findings"}


def write_baseline(baseline: FindingBaseline) -> bytes:
    """Write a baseline: the same bytes for the same findings, without paths or times of anybody."""
    findings = sorted(baseline.findings, key=lambda one: one.order)
    whole = {
        "schemaVersion": SCHEMA_VERSION,
        "release": baseline.release,
        "findings": [plain_record(one) for one in findings],
    }
    return json.dumps(whole, indent=2, ensure_ascii=True).encode() + b"\n"


def read_baseline(data: bytes, file: str) -> FindingBaseline:
    """Read a baseline.

    Args:
        data: Its bytes.
        file: Its name for messages.

    Raises:
        BaselineError: It is none, or none of a version that is known here.
    """
    if len(data) > LARGEST:
        raise _refused(file, f"it is larger than {LARGEST} bytes")
    try:
        whole = read_json(data)
        if not isinstance(whole, dict) or set(whole) != _KEYS:
            raise _refused(file, f"it is not a mapping of {', '.join(sorted(_KEYS))}")
        if whole["schemaVersion"] != SCHEMA_VERSION:
            raise _refused(file, f"its schemaVersion is not {SCHEMA_VERSION}")
        if not isinstance(whole["release"], str) or not isinstance(whole["findings"], list):
            raise _refused(file, "/release is not a text, or /findings not a list")
        read = tuple(
            read_record(RecordedFinding, one, ("findings", index))
            for index, one in enumerate(whole["findings"])
        )
    except (NotCanonicalError, RecordError) as error:
        raise _refused(file, str(error)) from error
    return FindingBaseline(release=whole["release"], findings=read)


def _refused(file: str, why: str) -> BaselineError:
    return BaselineError(
        f"{file} is not a baseline of findings: {why}",
        location=Location(file),
        wanted="what `weighbridge check --write-baseline FILE` writes",
        help=["restore it, or record one anew: `weighbridge check --write-baseline FILE`"],
    )
