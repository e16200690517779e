"""`registry archive status`: where the files of releases are, and what holds them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.usecases.archiving.choosing import Bound, moment_of

if TYPE_CHECKING:
    from weighbridge.model.custody import Custody
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the files of one release are.

    Attributes:
        release: The release.
        custody: Where they are.
        hold: What owners said who hold them, or None.
        serving: Which environment needs them, in words, or empty.
        since: Since when nobody needs them: sealed, or served last.
    """

    release: Bound
    custody: Custody
    hold: Said | None
    serving: str
    since: str


def kept(registry: Registry) -> list[Kept]:
    """List every release, in the order of their names.

    Raises:
        OwnerlessError: The registry has no ledger.
        LedgerError: It does not prove what it says.
    """
    with registry.reading() as view:
        moment = moment_of(view, registry)
    return [
        Kept(
            release=release,
            custody=moment.where(release.digest),
            hold=moment.holds.get(release.digest),
            serving=moment.serving.get(release.digest, ""),
            since=moment.since.get(release.digest, ""),
        )
        for release in moment.releases
    ]
