"""An entry of the ledger as the folds read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Place = tuple[str, str]
"""An environment and the name of a release."""

NOWHERE: Place = ("", "")


class Entry(NamedTuple):
    """What an entry says.

    Attributes:
        number: Its index in the ledger.
        kind: What happened (`model.event.Kind`).
        time: When.
        body: What there is to say.
        place: Where it happened, and to releases of which name; `NOWHERE` if that is no question.
    """

    number: int
    kind: str
    time: str
    body: Mapping[str, Any]
    place: Place = NOWHERE
