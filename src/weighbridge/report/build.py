"""What a build did, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.build_record import Origin, Witness
from weighbridge.model.wording import human_size, plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.build_record import BuildRecord

_SEEN = {
    Witness.STRACE: "seen by strace",
    Witness.AUDIT_HOOK: "seen by Python alone, so partial",
    Witness.NONE: "seen by nobody",
}


def build_text(record: BuildRecord, path: str) -> str:
    """Tell a build.

    Args:
        record: Its record.
        path: Where that is kept.
    """
    return "\n".join([*_summary(record), *findings(record), f"record: {path}", *_next(path)])


def _summary(record: BuildRecord) -> Iterator[str]:
    for one in record.outputs:
        yield f"made {one.path}  {one.digest}  {human_size(one.size)}"
    counted = [
        f"{sum(one.origin is origin for one in record.inputs)} {origin.value}"
        for origin in Origin
        if any(one.origin is origin for one in record.inputs)
    ]
    said = f" ({', '.join(counted)})" if counted else ""
    folded = sum(one.files for one in record.folded)
    yield (
        f"read {plural(len(record.inputs), 'file')}{said} and {folded:,} of its environment, "
        f"{_SEEN[record.witness]}"
    )


def findings(record: BuildRecord) -> Iterator[str]:
    """Say what `check` will find in a record, in short."""
    yield from _incomplete(record)
    undeclared = [one.path for one in record.undeclared]
    if undeclared:
        yield f"warning[REP007]: nobody declares {some_of(undeclared)}"
    if record.dead:
        yield f"warning[REP010]: declared and never opened: {some_of(record.dead)}"
    network = [one.address for one in record.network]
    if network:
        yield f"warning[REP011]: it used the network: {some_of(network)}"


def _incomplete(record: BuildRecord) -> Iterator[str]:
    if record.partial:
        yield f"error[REP001]: {record.blind}"
    unread = [one.path for one in record.unread]
    if unread:
        yield f"error[REP001]: read, and not to be digested afterwards: {some_of(unread)}"
    changed = [one.path for one in record.inputs if one.changed]
    if changed:
        yield f"error[REP001]: read, and changed while it ran: {some_of(changed)}"


def _next(path: str) -> Iterator[str]:
    yield "next: `weighbridge replay` makes it again and compares"
    yield f"      `weighbridge attest REF --predicate {path}` signs it as provenance, once sealed"
