"""What the advisories of this place are, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.wording import plural
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.advisory import AdvisoryData, UnreadRecord

NAME = "advisories"
"""Name of the data."""


def advisories_entry(
    data: AdvisoryData | None, *, age: int, unread: Sequence[UnreadRecord] = ()
) -> dict[str, Any]:
    """Make what programs are told.

    Args:
        data: The advisories; None if none were ever loaded.
        age: Days since the newest record was changed.
        unread: What could not be read, as far as it is listed.
    """
    if data is None:
        return {"name": NAME, "digest": None}
    return {
        "name": NAME,
        "digest": data.digest,
        "records": data.records,
        "newest": data.newest,
        "ageDays": age,
        "fetched": data.fetched,
        "sources": list(data.sources),
        "unread": data.unread,
        "unreadRecords": [
            {"source": one.source, "name": one.name, "reason": one.reason} for one in unread
        ],
    }


def advisories_text(
    data: AdvisoryData | None,
    *,
    age: int,
    stale: Sequence[str],
    unread: Sequence[UnreadRecord] = (),
) -> str:
    """Write what people are told.

    Args:
        data: The advisories; None if none were ever loaded.
        age: Days since the newest record was changed.
        stale: Why they are not today's.
        unread: What could not be read, as far as it is to be listed.
    """
    if data is None:
        return "advisories  none were loaded: `weighbridge advisories update --from DIR`\n"
    lines = [
        f"advisories  {data.digest}",
        f"  records  {data.records:,}, the newest of {data.newest} ({plural(age, 'day')} ago)",
        f"  loaded   {data.fetched} from {visible(', '.join(data.sources))}",
    ]
    if stale:
        lines.append(f"  stale    {' and '.join(stale)}")
    if data.unread:
        lines.append(f"  unread   {plural(data.unread, 'record')}")
    lines += [
        f"    {visible(one.source)}: {visible(one.name)} {visible(one.reason)}" for one in unread
    ]
    if unread and len(unread) < data.unread:
        lines.append(f"    and {data.unread - len(unread):,} more")
    return "\n".join(lines) + "\n"
