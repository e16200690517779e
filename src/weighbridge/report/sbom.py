"""What is wrong with a bill of materials, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.bill import Inconsistency


def render_sbom_json(
    name: str,
    format: str,  # noqa: A002 - the field's word
    *,
    schema: Sequence[tuple[str, str]] | None,
    inconsistencies: Sequence[Inconsistency],
) -> str:
    """Write what is wrong with a bill as JSON.

    Args:
        name: Its file.
        format: Its format and version.
        schema: Where it departs from its schema, and how; None if nobody looked.
        inconsistencies: What a schema does not see.
    """
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "sbom": name,
            "format": format,
            "schemaChecked": schema is not None,
            "schemaFaults": [{"pointer": at, "message": text} for at, text in schema or ()],
            "inconsistencies": [
                {
                    "fault": one.fault,
                    "message": one.message,
                    "pointer": one.pointer,
                    "wanted": one.wanted,
                }
                for one in inconsistencies
            ],
        }
    )


def render_sbom_text(
    name: str,
    format: str,  # noqa: A002 - the field's word
    *,
    schema: Sequence[tuple[str, str]] | None,
    inconsistencies: Sequence[Inconsistency],
) -> str:
    """Write what is wrong with a bill as text; the arguments are those of `render_sbom_json`."""
    lines = schema_lines(schema)
    lines.extend(fault_lines(inconsistencies))
    if schema is None:
        lines.append("the schema was not checked")
    count = len(inconsistencies) + len(schema or ())
    verdict = plural(count, "fault") if count else "consistent"
    return "".join(f"{line}\n" for line in [*lines, f"{visible(name)}: {format}, {verdict}"])


def schema_lines(schema: Sequence[tuple[str, str]] | None) -> list[str]:
    """Write where a bill departs from its schema, a line each."""
    return [f"schema  {visible(at) or '/'}: {visible(text)}" for at, text in schema or ()]


def fault_lines(inconsistencies: Sequence[Inconsistency]) -> list[str]:
    """Write inconsistencies, a line each."""
    return [
        f"{one.fault}  {visible(one.pointer) + ': ' if one.pointer else ''}{visible(one.message)}"
        + (f" (wanted: {visible(one.wanted)})" if one.wanted else "")
        for one in inconsistencies
    ]
