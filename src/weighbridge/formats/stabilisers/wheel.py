"""Wheels: a zip whose RECORD lists the members in any order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.stabilisers import zip_archive
from weighbridge.formats.stabilisers.draft import Draft, RefusedError, Stabiliser

if TYPE_CHECKING:
    from weighbridge.formats.stabilisers.draft import Form
    from weighbridge.formats.stabilisers.reading import Readable

_RECORD: Final = ".dist-info/RECORD"


def write(source: Readable, draft: Draft) -> None:
    """Write the members, and the lines of RECORD in order."""
    for member in zip_archive.read_members(source, draft):
        name = member.entry.name
        top = name.count("/") == 1 and name.endswith(_RECORD)
        form = _record(member.opened(), draft) if top else None
        zip_archive.keep_member(draft, member, name=name, form=form)


def _record(source: Readable, draft: Draft) -> Form:
    if source.size > draft.limits.header:
        raise RefusedError("RECORD is too long")
    raw = source.read_at(0, source.size)
    if b'"' in raw:
        raise RefusedError("RECORD holds a name in quotes, which may hold a line break")
    inner = Draft(
        STABILISER.label, limits=draft.limits, budget=draft.budget, look_into=draft.look_into
    )
    inner.keep(*sorted(raw.splitlines(keepends=True)))
    inner.let_go(raw)
    return inner.form()


STABILISER: Final = Stabiliser(
    name="wheel",
    version=1,
    formats=("wheel",),
    lets="the order of lines in RECORD, and all that `zip` lets differ",
    because=(
        "installers look files up in RECORD by path; every line of it, digests included, is kept"
    ),
    write=write,
)
