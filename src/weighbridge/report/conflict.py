"""What two checkpoints of a log show: in plain words, and as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.verification import Wrong
from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from weighbridge.model.verification import LogConflict, LogState

_WORDS = {
    Wrong.FORK: "this log's key signed two logs of one size: at most one of them is its history",
    Wrong.REWRITE: "this log's key signed both, and the longer log does not begin with the shorter",
    Wrong.ROLLBACK: (
        "this log's key signed both, which is no proof: an honest log was shorter once. Whoever "
        "was shown them in this order saw entries taken back, or an old state served as the newest"
    ),
}


def render_conflict(found: LogConflict, *, styled: bool = False) -> str:
    """Write what two checkpoints show."""
    proven = paint("proven", "error", styled=styled)
    observed = paint("observed, not proven", "error", styled=styled)
    verdict = f"{proven if found.is_proven else observed}: {found.wrong}"
    return (
        f"{verdict} of {visible(found.kept.origin)}\n"
        f"  kept   {_line(found.kept)}\n"
        f"  later  {_line(found.later)}\n"
        f"{_WORDS[found.wrong]}\n"
    )


def _line(log: LogState) -> str:
    return f"{plural(log.size, 'entry', 'entries')}, root {log.root}"


def conflict_json(found: LogConflict) -> dict[str, object]:
    """Turn what two checkpoints show into plain values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "ok": found.is_proven,
        "conflict": found.wrong.value,
        "proven": found.is_proven,
        "log": {"origin": found.kept.origin},
        "kept": _json(found.kept),
        "later": _json(found.later),
    }


def _json(log: LogState) -> dict[str, object]:
    return {"size": log.size, "root": log.root}
