"""What became of the versions of another registry, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from weighbridge.model.imports import Imported

OUTCOMES = ("imported", "updated", "outdated", "kept", "failed")
_LONGEST = 200


def render_imported(found: Sequence[Imported], *, dry_run: bool) -> str:
    """Write a line a version, and how many there are of each outcome."""
    lines = [_line(one) for one in found]
    counted = Counter(one.outcome for one in found)
    amounts = ", ".join(f"{counted[name]} {name}" for name in OUTCOMES if counted[name])
    would = " (nothing was written)" if dry_run else ""
    lines.append(f"{plural(len(found), 'version')}{': ' if amounts else ''}{amounts}{would}")
    return "".join(f"{line}\n" for line in lines)


def _line(one: Imported) -> str:
    name = visible(one.model[:_LONGEST])
    what = f"{one.outcome:9} {name} {one.version}"
    return f"{what}: {visible(one.why)}" if one.why else f"{what}  {visible(one.path)}"


def imported_json(
    found: Sequence[Imported], *, passed_over: Iterable[str], dry_run: bool
) -> dict[str, object]:
    """Turn it into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "dryRun": dry_run,
        "versions": [
            {
                "model": one.model,
                "version": one.version,
                "outcome": one.outcome,
                "path": one.path,
                "why": one.why,
                "todos": list(one.todos),
                "leftOut": list(one.left_out),
            }
            for one in found
        ],
        "passedOver": list(passed_over),
    }
