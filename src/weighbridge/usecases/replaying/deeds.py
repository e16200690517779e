"""What a build did or tried in the sandbox that its record should not need."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from weighbridge.model.replayed_build import Deed
from weighbridge.model.sandbox import Deed as Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.sandbox import Act

_SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/proc", "/sys"),
    *("/dev", "/opt", "/var/lib", "/run"),
)
_OURS: Final = ("/weighbridge", "/tmp", "/build", "/srv/another/place/of-the-build")  # noqa: S108 - inside the sandbox
_MOST: Final = 50
"""How many of a kind are told: a hostile build does millions."""
_LOCAL: Final = "unix:"
_HOME: Final = "/home"


def deeds_of(acts: Iterable[Act], record: BuildRecord, known: Collection[str]) -> tuple[Deed, ...]:
    """Name what a build did that nobody declared.

    Args:
        acts: What was traced.
        record: The record of the build.
        known: Folders and files that are there for it, besides the system's own.
    """
    found = dict.fromkeys((*_recorded(record), *_traced(list(acts), known)))
    kinds = dict.fromkeys(one.kind for one in found)
    return tuple(
        one for kind in kinds for one in [each for each in found if each.kind == kind][:_MOST]
    )


def _recorded(record: BuildRecord) -> Iterator[Deed]:
    """List what the record itself tells."""
    yield from (Deed(kind="undeclared-input", what=one.path) for one in record.undeclared)
    yield from (Deed(kind="network", what=one.address) for one in record.network)
    read = {one.digest for one in record.inputs}
    yield from (
        Deed(kind="copied-output", what=one.path) for one in record.outputs if one.digest in read
    )


def _traced(acts: list[Act], known: Collection[str]) -> Iterator[Deed]:
    written = {act.what for act in acts if act.deed is Kind.WRITTEN}
    for act in acts:
        if act.deed is Kind.CONNECTED and not act.what.startswith(_LOCAL):
            yield Deed(kind="network", what=act.what)
        elif act.deed is Kind.OPENED and _outside(act.what, known) and act.what not in written:
            yield Deed(kind="read-outside", what=act.what)
        elif act.deed is Kind.WRITTEN and _outside(act.what, (*known, _HOME), writing=True):
            yield Deed(kind="written-outside", what=act.what)


def _outside(path: str, known: Collection[str], *, writing: bool = False) -> bool:
    """Tell whether a path is none a build is given."""
    if not posixpath.isabs(path):
        return False  # `pipe:[123]`, `anon_inode:…`
    allowed = ("/dev", "/proc", *_OURS) if writing else (*_SYSTEM, *_OURS)
    return not any(path == one or path.startswith(f"{one}/") for one in (*allowed, *known)) and (
        # Folders on the way to something that is given are looked into by whoever goes there.
        not any(one.startswith(f"{path.rstrip('/')}/") for one in (*allowed, *known))
    )
